"""OTLP/JSON to protobuf, item by item: the whole request is never there as Python's values.

JSON is the OTLP mapping and not protobuf's own: trace and span ids are hexadecimal, while
`json_format` takes them for base64, so they are brought to base64 before it sees them.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import ParseDict, ParseError

from labo.adapters.otlp.parts import (
    MAX_ITEM_BYTES,
    MAX_ITEM_VALUES,
    TOO_LARGE,
    Holder,
    Leaf,
    TooMuch,
    Walk,
)
from labo.adapters.otlp.shapes import class_of, json_names, message_of
from labo.errors import InvalidInput

FAILURES = (
    *(ParseError, ValueError, TypeError, AttributeError, KeyError, OverflowError),
    SystemError,
)
"""What the JSON mapping raises for values of other shapes; the last for a lone surrogate in a name,
which protobuf's C part reports so."""
_ITEM_LEVEL = 3
"""From here on what can't be read is a bad item; above, a bad request."""
_ID_LENGTHS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}
_SNAKE = {"trace_id": "traceId", "span_id": "spanId", "parent_span_id": "parentSpanId"}
_SMALL = 16_000
"""Characters of a value that is decoded without looking for its end first."""
_SPACE = re.compile(r"[ \t\n\r]*+")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def leaves(walk: Walk, body: bytes) -> Iterator[Leaf]:
    """The items of a request. Raises InvalidInput, before the first of them."""
    try:
        found = _Reader(walk, body).items()
    except json.JSONDecodeError as error:
        position = f"character {error.pos}"
        raise InvalidInput(f"invalid JSON: {error.msg}", where=position) from error
    except RecursionError as error:
        raise InvalidInput("nested too deeply", where="body") from error
    except FAILURES as error:
        raise InvalidInput(f"not readable: {str(error)[:300]}", where="body") from error
    while found:
        yield found.popleft()


class _Reader:
    """Reads the text as Latin-1, which takes a byte a character and leaves JSON's signs as they
    are; the texts in it are decoded with their value."""

    def __init__(self, walk: Walk, body: bytes) -> None:
        if json.detect_encoding(body) not in ("utf-8", "utf-8-sig"):
            body = body.decode(json.detect_encoding(body)).encode()
        self._text = body.decode("latin-1").removeprefix("\xef\xbb\xbf")  # a byte order mark
        self._is_ascii = body.isascii()
        self._walk = walk
        self._found: deque[Leaf] = deque()
        self._decode = json.JSONDecoder().raw_decode

    def items(self) -> deque[Leaf]:
        walk = self._walk
        at = self._skip_space(0)
        if self._sign(at) != "{":
            self._decode(self._text[at : at + _SMALL])  # raises where it is no JSON at all
            raise InvalidInput("an object is expected", where="body")
        end = self._object(at, walk.shape.request, ())
        if self._skip_space(end) < len(self._text):
            raise json.JSONDecodeError("Extra data", self._text, end)
        return self._found

    def _holder(self, at: int, field: FieldDescriptor, holders: tuple[Holder, ...]) -> int:
        holder = Holder(field.number, message_of(field))
        return self._object(at, message_of(field), (*holders, holder))

    def _object(self, at: int, message: Descriptor, holders: tuple[Holder, ...]) -> int:
        """Read an object that holds items, or holds what does; where it ends."""
        level = len(holders)
        followed = json_names(message, self._walk.shape.levels[level])
        rest: dict[str, Any] = {}
        before, has_followed = len(self._found), False
        for name, value_at in self._members(at):
            field = followed.get(name)
            has_followed = has_followed or field is not None
            if field is None or self._is_null(value_at):
                rest[name], self._at = self._value(value_at)
            else:
                self._at = self._follow(value_at, field, holders)
        end = self._at
        if not level:
            if rest and not has_followed:
                raise InvalidInput(f"there is no `{next(iter(followed))}`", where="body")
            return end
        try:
            holders[-1].header = _message(message, rest)
        except FAILURES as error:
            if level < _ITEM_LEVEL:
                raise
            self._walk.lost.add(str(error), max(1, len(self._found) - before))
            while len(self._found) > before:
                self._found.pop()
        return end

    def _follow(self, at: int, field: FieldDescriptor, holders: tuple[Holder, ...]) -> int:
        """Read what holds items, or the items themselves."""
        level = len(holders) + 1
        if not field.is_repeated:
            if self._sign(at) != "{":
                _, end = self._value(at)
                self._walk.lost.add(f"{field.json_name} is no object")
                return end
            self._walk.count()
            return self._holder(at, field, holders)
        if self._sign(at) != "[":
            raise InvalidInput(f"{field.json_name} is no list", where="body")
        is_item = level == len(self._walk.shape.levels)
        for item_at in self._elements(at):
            if self._is_null(item_at):
                self._at = item_at + len("null")
            elif is_item:
                self._at = self._item(item_at, field, holders)
            elif self._sign(item_at) == "{":
                self._walk.count()
                self._at = self._holder(item_at, field, holders)
            elif level < _ITEM_LEVEL:
                raise InvalidInput(f"{field.json_name} holds no objects", where="body")
            else:
                self._walk.lost.add("an item is no object")
                _, self._at = self._value(item_at)
        return self._at

    def _item(self, at: int, field: FieldDescriptor, holders: tuple[Holder, ...]) -> int:
        self._walk.count_item()
        lost = self._walk.lost
        try:
            value, end = self._value(at)
        except TooMuch:
            lost.add(TOO_LARGE)
            return self._end(at)
        try:
            content = _message(message_of(field), value)
        except FAILURES as error:
            lost.add(str(error))
        else:
            self._found.append(Leaf(holders, field.number, message_of(field), content))
        return end

    def _members(self, at: int) -> Iterator[tuple[str, int]]:
        """Names of an object, and where their values start; `_at` is then where they end."""
        for member_at in self._elements(at):
            if self._sign(member_at) != '"':
                raise json.JSONDecodeError("a name is expected", self._text, member_at)
            name, end = self._value(member_at)
            end = self._skip_space(end)
            if self._sign(end) != ":":
                raise json.JSONDecodeError("':' is expected", self._text, end)
            yield name, self._skip_space(end + 1)

    def _elements(self, at: int) -> Iterator[int]:
        """Where the elements of a list or an object start. Whoever asks for the next has put where
        the last one ended into `_at`, which is in the end where all ends."""
        closing = "]" if self._sign(at) == "[" else "}"
        at = self._skip_space(at + 1)
        if self._sign(at) == closing:
            self._at = at + 1
            return
        while True:
            yield at
            at = self._skip_space(self._at)
            sign = self._sign(at)
            if sign == closing:
                self._at = at + 1
                return
            if sign != ",":
                raise json.JSONDecodeError("',' is expected", self._text, at)
            at = self._skip_space(at + 1)

    def _value(self, at: int) -> tuple[Any, int]:
        """A value and where it ends. Raises TooMuch."""
        piece = self._text[at : at + _SMALL]
        end = 0
        with contextlib.suppress(json.JSONDecodeError):
            value, end = self._decode(piece)
        if not end or (end == len(piece) == _SMALL):
            end = self._end(at) - at
            piece = self._text[at : at + end]
            if end > MAX_ITEM_BYTES or sum(map(piece.count, ",{[")) > MAX_ITEM_VALUES:
                raise TooMuch(TOO_LARGE, where="body", hint="send smaller batches")
            value, end = self._decode(piece)
        if not self._is_ascii:
            value = json.loads(piece[:end].encode("latin-1"))
        return value, at + end

    def _end(self, at: int) -> int:
        """Where a value ends; of a number or a word at most, and of one without end, the text's."""
        depth = 0
        if self._sign(at) not in ("{", "[", '"'):
            return min(len(self._text), at + _SMALL)
        for token in _TOKEN.finditer(self._text, at):
            sign = token[0]
            depth += 1 if sign in "{[" else -1 if sign in "]}" else 0
            if depth <= 0:
                return token.end()
        return len(self._text)

    def _sign(self, at: int) -> str:
        return self._text[at : at + 1]

    def _is_null(self, at: int) -> bool:
        return self._text.startswith("null", at)

    def _skip_space(self, at: int) -> int:
        space = _SPACE.match(self._text, at)
        return space.end() if space else at


def _message(message: Descriptor, value: object) -> bytes:
    if not isinstance(value, dict):
        raise TypeError("an object is expected")
    _prepare(value)
    found = ParseDict(value, class_of(message)(), ignore_unknown_fields=True)
    return found.SerializeToString()


def _prepare(root: object) -> None:
    """Ids to base64, nulls out of lists, in place. An id that is not hexadecimal becomes empty, so
    its span is refused."""
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            if None in value:
                value[:] = [one for one in value if one is not None]
            waiting.extend(value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, dict | list):
                    waiting.append(inner)
                elif key == "body" and isinstance(inner, str):
                    value[key] = {"stringValue": inner}  # as written by hand, and by some scripts
                elif isinstance(inner, str) and (name := _SNAKE.get(key, key)) in _ID_LENGTHS:
                    value[key] = _base64(inner, _ID_LENGTHS[name])


def _base64(text: str, length: int) -> str:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return ""
    return base64.b64encode(raw).decode() if len(raw) == length else ""
