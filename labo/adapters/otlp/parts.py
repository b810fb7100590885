"""A large request in parts, each a request of its own, so that little is decoded at a time.

A decoded message takes up to seventy times its bytes. So nothing is decoded that was not first
measured on the wire: a part has few items and bytes, and an item of absurd size is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from labo.adapters.otlp.shapes import Shape, message_of, numbers
from labo.adapters.otlp.wire import LENGTH_DELIMITED, delimited, fields
from labo.errors import InvalidInput

PART_BYTES = 250_000
"""Of one part: if all of it were empty messages, they would take 18 MB; usual ones take 1 MB."""
MAX_ITEMS = 20_000
"""Spans, data points or log records of one request, and resources and scopes; senders' batches
have some thousands."""
MAX_ITEM_BYTES = 2_000_000
MAX_ITEM_VALUES = 20_000
"""Of one item. By judgement: a record's text of so many bytes is cut to 32 kB, a span to 8 kB."""
_MEASURED_FROM = PART_BYTES // 4
"""Bytes of an item from which its values are counted."""
MAX_HEADER_BYTES = 100_000
"""Of a resource, a scope or a metric without its items; each part repeats it."""
_MAX_REPEATED = 3
"""Times its own size to which headers may bring a request in parts."""
_ITEM_BYTES = 20
"""About what an item's own frame takes."""
_MAX_FIELDS = 25 * MAX_ITEMS
_MAX_DEPTH = 100
"""As deep as protobuf decodes."""
TOO_LARGE = (
    f"an item has more than {MAX_ITEM_BYTES} bytes or {MAX_ITEM_VALUES} values, or its resource, "
    f"scope or metric more than {MAX_HEADER_BYTES} bytes"
)


class TooMuch(InvalidInput):
    """More in one request than this server reads."""

    code = "too_large"


@dataclass(slots=True)
class Lost:
    """How many items were left out, and the first one's reason."""

    count: int = 0
    reason: str = ""

    def add(self, reason: str, count: int = 1) -> None:
        self.count += count
        self.reason = self.reason or reason[:200]


@dataclass(slots=True, eq=False)
class Holder:
    """A resource, scope or metric: the field that it is, and its content without what it holds."""

    number: int
    message: Descriptor
    header: bytes = b""


class Leaf(NamedTuple):
    """An item in protobuf, the field that it is, and what holds it, from the outermost."""

    holders: tuple[Holder, ...]
    number: int
    message: Descriptor
    content: bytes


@dataclass(slots=True)
class Walk:
    """Items of requests in protobuf; what is lost on the way is counted. Raises TooMuch for more
    of anything than a request may have."""

    shape: Shape
    lost: Lost = field(default_factory=Lost)
    held: int = 0
    _items: int = 0
    _fields: int = 0

    def leaves(self, body: bytes) -> Iterator[Leaf]:
        """Raises ValueError for what is no protobuf."""
        yield from self._leaves(body, (0, len(body)), self.shape.request, ())

    def _leaves(
        self, body: bytes, extent: tuple[int, int], message: Descriptor, holders: tuple[Holder, ...]
    ) -> Iterator[Leaf]:
        level = len(holders)
        followed = numbers(message, self.shape.levels[level])
        if holders:
            holders[-1].header = self._header(body, extent, followed)
        for number, wire_type, _, content, end in fields(body, *extent):
            inner = followed.get(number)
            self._count_field()
            if inner is None or wire_type != LENGTH_DELIMITED:
                continue
            if level + 1 < len(self.shape.levels):
                self.count()
                held = (*holders, Holder(number, message_of(inner)))
                yield from self._leaves(body, (content, end), message_of(inner), held)
                continue
            self.count_item()
            if self._fits(body, (content, end), message_of(inner), holders):
                yield Leaf(holders, number, message_of(inner), body[content:end])

    def count_item(self) -> None:
        """One more item. Raises TooMuch."""
        self._items += 1
        if self._items > MAX_ITEMS:
            raise too_many()

    def count(self) -> None:
        """One more of what holds items. Raises TooMuch."""
        self.held += 1
        if self.held > 4 * MAX_ITEMS:
            raise too_many()

    def _count_field(self) -> None:
        self._fields += 1
        if self._fields > _MAX_FIELDS:
            raise too_many()

    def _header(self, body: bytes, extent: tuple[int, int], followed: Iterable[int]) -> bytes:
        header = []
        for number, _, start, _, end in fields(body, *extent):
            self._count_field()
            if number not in followed:
                header.append(body[start:end])
        return b"".join(header)

    def _fits(
        self,
        body: bytes,
        extent: tuple[int, int],
        message: Descriptor,
        holders: tuple[Holder, ...],
    ) -> bool:
        size = extent[1] - extent[0]
        fits = size <= MAX_ITEM_BYTES and not any(
            len(holder.header) > MAX_HEADER_BYTES for holder in holders
        )
        if fits and size > _MEASURED_FROM:
            fits = _values(body, extent, message, MAX_ITEM_VALUES) >= 0
        if not fits:
            self.lost.add(TOO_LARGE)
        return fits


def too_many() -> TooMuch:
    return TooMuch(f"more than {MAX_ITEMS} items", where="body", hint="send smaller batches")


def parts(shape: Shape, leaves: Iterable[Leaf]) -> Iterator[bytes]:
    """Requests of these items, in their order. Raises TooMuch where headers, repeated in each
    part, are most of it."""
    pending: list[Leaf] = []
    last: tuple[Holder, ...] = ()
    size = own = sent = 0
    for leaf in leaves:
        more = len(leaf.content) + _ITEM_BYTES
        if leaf.holders != last:
            more += sum(len(holder.header) for holder in leaf.holders if holder not in last)
            last = leaf.holders
        if pending and (len(pending) >= shape.part_items or size + more > PART_BYTES):
            part = _encoded(pending, 0)
            sent += len(part)
            if sent > PART_BYTES + _MAX_REPEATED * own:
                raise too_many()
            yield part
            pending, size = [], 0
        pending.append(leaf)
        size += more
        own += more
    if pending:
        yield _encoded(pending, 0)


def _encoded(leaves: list[Leaf], level: int) -> bytes:
    if level == len(leaves[0].holders):
        return b"".join(delimited(leaf.number, leaf.content) for leaf in leaves)
    encoded = []
    for _, some in groupby(leaves, key=lambda leaf: id(leaf.holders[level])):
        group = list(some)
        holder = group[0].holders[level]
        encoded.append(delimited(holder.number, holder.header + _encoded(group, level + 1)))
    return b"".join(encoded)


def _values(
    body: bytes, extent: tuple[int, int], message: Descriptor, left: int, depth: int = 0
) -> int:
    """How many values more there may be after this message; negative when they are too many."""
    known = message.fields_by_number
    for number, wire_type, _, content, end in fields(body, *extent):
        left -= 1
        found: FieldDescriptor | None = known.get(number)
        if found is not None and wire_type == LENGTH_DELIMITED:
            if found.message_type is not None and depth < _MAX_DEPTH:
                left = _values(body, (content, end), found.message_type, left, depth + 1)
            elif found.is_repeated and found.type not in _TEXTS:
                left -= end - content  # packed: a byte may be a number
        if left < 0:
            break
    return left


_TEXTS = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)
