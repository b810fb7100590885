"""Protobuf's wire format as far as spans are put together by hand.

A message's serialised parts may be joined in any order: that is a merge (Protocol Buffers
encoding, "Last one wins"). So what many spans share is serialised once by the library, and a span
is that part, its ids and times, and its few values.
"""

from __future__ import annotations

import struct

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

_BYTES = 2

# trace_id (1) and span_id (2) as bytes, start (7) and end (8) as fixed64, parent_span_id (4).
_ROOT = struct.Struct("<2s16s2sQcQcQ")
_CHILD = struct.Struct("<2s16s2sQcQcQ2sQ")

pack_double = struct.Struct("<d").pack


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


LENGTHS = tuple(varint(length) for length in range(4096))
"""Of the lengths that nearly all spans have: looking one up is faster than writing it."""

ID = struct.Struct("<Q")
"""How an id's number becomes its eight bytes."""


def message(field: int, body: bytes) -> bytes:
    """`body` as field number `field` of the message around it."""
    return varint(field << 3 | _BYTES) + varint(len(body)) + body


def root_place(trace: bytes, span: int, start: int, end: int) -> bytes:
    """Ids (16 bytes and a number) and times (nanoseconds) of a span without a parent."""
    return _ROOT.pack(b"\x0a\x10", trace, b"\x12\x08", span, b"\x39", start, b"\x41", end)


def child_place(trace: bytes, span: int, parent: int, start: int, end: int) -> bytes:
    """The same with a parent."""
    return _CHILD.pack(
        b"\x0a\x10", trace, b"\x12\x08", span, b"\x39", start, b"\x41", end, b"\x22\x08", parent
    )


def double_attribute(key: str) -> bytes:
    """All of a span's attribute but its value, which follows as eight bytes (`pack_double`)."""
    pair = KeyValue(key=key, value=AnyValue(double_value=1.0))
    return Span(attributes=[pair]).SerializeToString()[:-8]
