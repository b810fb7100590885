"""The part of Protobuf's wire format that is needed to assemble spans by hand.

A message's serialised parts may be concatenated in any order: that is a merge (Protocol Buffers
encoding, "Last one wins"). So what many spans share is serialised once by the library, and a span
is that part, its ids and times, and its few values.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from functools import lru_cache

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from engine.telemetry.forms import Form, Value

_BYTES = 2

# trace_id (1) and span_id (2) as bytes, start (7) and end (8) as fixed64, parent_span_id (4).
_TRACE, _ID, _START, _END, _PARENT = b"\x0a\x10", b"\x12\x08", b"\x39", b"\x41", b"\x22\x08"
_POSITION = "16s2sQcQcQ"
_POSITION_SIZE = 16 + 2 + 8 + 1 + 8 + 1 + 8
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
"""Packs an id's number into its eight bytes."""


def start(field: int, size: int) -> bytes:
    """The header of a message of `size` bytes, as field number `field` of the enclosing one."""
    return varint(field << 3 | _BYTES) + varint(size)


class Frame:
    """All spans of one form as fields of their ScopeSpans: one `pack` each.

    A trace's id has 16 bytes, those of spans are numbers, times are nanoseconds.
    """

    __slots__ = ("_head", "_keys", "_pack")

    def __init__(self, form: Form) -> None:
        shared = _shared(form)
        prefixes = [_double_attribute(key) for key in form.values]
        size = len(shared) + len(_TRACE) + _POSITION_SIZE
        size += sum(len(prefix) + 8 for prefix in prefixes) + (0 if form.is_root else 10)
        self._head = start(_SPAN, size) + shared + _TRACE
        self._keys = [part for prefix in prefixes for part in (prefix, 0.0)]
        parent = "" if form.is_root else "2sQ"
        values = "".join(f"{len(prefix)}sd" for prefix in prefixes)
        self._pack = struct.Struct(f"<{len(self._head)}s{_POSITION}{parent}{values}").pack

    def root(self, trace: bytes, span: int, start: int, end: int, values: Iterable[float]) -> bytes:
        """One span of a form without a parent."""
        parts = self._keys.copy()
        parts[1::2] = values
        return self._pack(self._head, trace, _ID, span, _START, start, _END, end, *parts)

    def child(
        self, trace: bytes, span: int, parent: int, start: int, end: int, values: Iterable[float]
    ) -> bytes:
        """One span of a form with a parent."""
        parts = self._keys.copy()
        parts[1::2] = values
        return self._pack(
            self._head, trace, _ID, span, _START, start, _END, end, _PARENT, parent, *parts
        )


def _shared(form: Form) -> bytes:
    """A span without ids, times and values, in the order in which the library writes it."""
    attributes = b"".join(_attribute(key, value) for key, value in form.attributes.items())
    return _named(form.name, form.kind) + attributes + _ended(form.failed, form.flags)


# There are as many forms as paths through the system, but few different parts: with each part built
# once, a form costs 15 instead of 30 µs.
@lru_cache(maxsize=10_000, typed=True)
def _attribute(key: str, value: Value) -> bytes:
    return Span(attributes=attributes_of({key: value})).SerializeToString()


@lru_cache(maxsize=10_000)
def _named(name: str, kind: Span.SpanKind.ValueType) -> bytes:
    return Span(name=name, kind=kind).SerializeToString()


@lru_cache(maxsize=100)
def _ended(failed: bool, flags: int) -> bytes:
    span = Span(flags=flags)
    if failed:
        span.status.code = Status.STATUS_CODE_ERROR
    return span.SerializeToString()


@lru_cache(maxsize=1_000)
def _double_attribute(key: str) -> bytes:
    """A span's attribute except its value, which follows as eight bytes."""
    return _attribute(key, 1.0)[:-8]


def attributes_of(values: Mapping[str, Value]) -> list[KeyValue]:
    """Attributes in OTLP's form."""
    return [KeyValue(key=key, value=_any(value)) for key, value in values.items()]


def _any(value: Value) -> AnyValue:
    if isinstance(value, str):
        return AnyValue(string_value=value)
    return AnyValue(int_value=value) if isinstance(value, int) else AnyValue(double_value=value)
