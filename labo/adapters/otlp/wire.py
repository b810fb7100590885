"""Protobuf's wire format: where the fields of a message are, without decoding them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

LENGTH_DELIMITED = 2
_VARINT = 0
_FIXED = {1: 8, 5: 4}


class Field(NamedTuple):
    """A field's number and wire type, and where it starts, its content starts and it ends."""

    number: int
    wire_type: int
    start: int
    content: int
    end: int


def fields(body: bytes, at: int, until: int) -> Iterator[Field]:
    """The fields of the message `body[at:until]`. Raises ValueError for what is no message."""
    while at < until:
        start = at
        tag, at = read_varint(body, at)
        content = at
        wire_type = tag & 7
        if wire_type == LENGTH_DELIMITED:
            length, content = read_varint(body, at)
            at = content + length
        elif wire_type == _VARINT:
            _, at = read_varint(body, at)
        elif wire_type in _FIXED:
            at += _FIXED[wire_type]
        else:
            raise ValueError("a field of no known type")
        if at > until:
            raise ValueError("a field ends too late")
        yield Field(tag >> 3, wire_type, start, content, at)


def read_varint(body: bytes, at: int) -> tuple[int, int]:
    """A number, and where it ends. Raises ValueError."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(body):
            break
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number ends too late")


def delimited(number: int, content: bytes | bytearray) -> bytes:
    """A field of text, bytes or a message."""
    return b"".join((_varint(number << 3 | LENGTH_DELIMITED), _varint(len(content)), content))


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
