"""Protobuf's wire format as far as spans are put together by hand.

A message's serialised parts may be joined in any order: that is a merge (Protocol Buffers
encoding, "Last one wins"). So what many spans share is serialised once by the library, and a span
is that part, its ids and times, and its few values.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

_BYTES = 2

# trace_id (1) and span_id (2) as bytes, start (7) and end (8) as fixed64, parent_span_id (4).
_TRACE, _ID, _START, _END, _PARENT = b"\x0a\x10", b"\x12\x08", b"\x39", b"\x41", b"\x22\x08"
_PLACE = "16s2sQcQcQ"
_PLACE_SIZE = 16 + 2 + 8 + 1 + 8 + 1 + 8
_SPAN = 2
"""Field number of a span in its ScopeSpans."""


def varint(number: int) -> bytes:
    """A length or tag; `number` is not negative."""
    if number < 0x80:
        return bytes((number,))
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


ID = struct.Struct("<Q")
"""How an id's number becomes its eight bytes."""


def message(field: int, body: bytes) -> bytes:
    """`body` as field number `field` of the message around it."""
    return varint(field << 3 | _BYTES) + varint(len(body)) + body


class Frame:
    """All spans of one kind: what they share, and where ids, times and values go.

    `shared` is a serialised span without them; `keys` are attributes with a double each.
    """

    __slots__ = ("_head", "_keys", "_pack")

    def __init__(self, shared: bytes, keys: Sequence[str], *, is_root: bool) -> None:
        prefixes = [double_attribute(key) for key in keys]
        size = len(shared) + len(_TRACE) + _PLACE_SIZE
        size += sum(len(prefix) + 8 for prefix in prefixes) + (0 if is_root else 10)
        self._head = varint(_SPAN << 3 | _BYTES) + varint(size) + shared + _TRACE
        self._keys = [part for prefix in prefixes for part in (prefix, 0.0)]
        parent = "" if is_root else "2sQ"
        values = "".join(f"{len(prefix)}sd" for prefix in prefixes)
        self._pack = struct.Struct(f"<{len(self._head)}s{_PLACE}{parent}{values}").pack

    def root(self, trace: bytes, span: int, start: int, end: int, values: Iterable[float]) -> bytes:
        """One span as a field of its ScopeSpans. `trace` has 16 bytes, times are nanoseconds."""
        parts = self._keys.copy()
        parts[1::2] = values
        return self._pack(self._head, trace, _ID, span, _START, start, _END, end, *parts)

    def child(
        self, trace: bytes, span: int, parent: int, start: int, end: int, values: Iterable[float]
    ) -> bytes:
        """The same with a parent."""
        parts = self._keys.copy()
        parts[1::2] = values
        return self._pack(
            self._head, trace, _ID, span, _START, start, _END, end, _PARENT, parent, *parts
        )


def double_attribute(key: str) -> bytes:
    """All of a span's attribute but its value, which follows as eight bytes."""
    pair = KeyValue(key=key, value=AnyValue(double_value=1.0))
    return Span(attributes=[pair]).SerializeToString()[:-8]
