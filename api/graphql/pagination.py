"""Relay connections over keysets: a cursor is the last row's position, never an offset."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

import strawberry
from strawberry.relay import to_base64
from strawberry.relay.utils import from_base64
from strawberry.types.base import get_object_definition

from api.graphql.permissions import described
from labo.errors import InvalidInput

MAX_PAGE = 100
DEFAULT_PAGE = 20
Sort = str | int | float
N = TypeVar("N")
Row = TypeVar("Row")

First = Annotated[int, strawberry.argument(description=f"Page size, 1 to {MAX_PAGE}.")]
After = Annotated[str | None, strawberry.argument(description="`endCursor` of the page before.")]
IdArgument = Annotated[
    strawberry.ID, strawberry.argument(name="id", description="Global id, or the plain key.")
]


@strawberry.interface(name="Node", description="Anything that can be refetched by its id.")
class NodeType:
    """`id` is opaque and global; `key` is the plain key, as the command line shows it."""

    key: str

    @described("Opaque and global.")
    def id(self) -> strawberry.ID:
        name = get_object_definition(type(self), strict=True).name
        return strawberry.ID(to_base64(name, self.key))


def key_of(node: type[NodeType], given: str) -> str:
    """The plain key behind an argument that may hold a global id or the key itself.

    Raises InvalidInput when the id belongs to another type.
    """
    expected = get_object_definition(node, strict=True).name
    try:
        name, key = from_base64(given)
    except ValueError:
        return given
    if to_base64(name, key) != given or not name.isalpha():
        return given
    if name == expected:
        return key
    raise InvalidInput(f"this is the id of a {name}, not of a {expected}", where="id")


@strawberry.type(name="PageInfo")
class PageInfoType:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type(name="Edge")
class Edge(Generic[N]):
    cursor: str
    node: N


@strawberry.type(name="Connection")
class Connection(Generic[N]):
    edges: list[Edge[N]]
    page_info: PageInfoType

    @described("The edges' nodes, for clients that need no cursors.")
    def nodes(self) -> list[N]:
        return [edge.node for edge in self.edges]


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows to read: up to `limit`, those behind (`after_sort`, `after_key`) when given.

    `limit` is one more than the page, so that a next page is known without counting. A time
    travels as ISO text; `moment` reads it.
    """

    first: int
    after_sort: Sort | None = None
    after_key: str | None = None

    @property
    def limit(self) -> int:
        return self.first + 1

    @property
    def moment(self) -> tuple[datetime, str] | None:
        """Where the sort value is a time: that time and the key. Raises InvalidInput."""
        if self.after_key is None:
            return None
        try:
            moment = datetime.fromisoformat(str(self.after_sort))
            if moment.tzinfo is None:
                raise _bad_cursor()
            return moment.astimezone(UTC), self.after_key
        except (ValueError, OverflowError) as error:
            raise _bad_cursor() from error


def window(first: int, after: str | None = None) -> Window:
    """The arguments of a connection field, checked. Raises InvalidInput."""
    if not 1 <= first <= MAX_PAGE:
        raise InvalidInput(f"ask for 1 to {MAX_PAGE} at a time", where="first")
    if after is None:
        return Window(first)
    try:
        padded = after + "=" * (-len(after) % 4)
        decoded = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        # As the database takes them: no lone surrogate, nothing infinite, nothing over 64 bits.
        json.dumps(decoded, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, binascii.Error, RecursionError) as error:
        raise _bad_cursor() from error
    match decoded:
        case [bool(), _]:
            raise _bad_cursor()
        case [str() | float() as sort, str() as key]:
            return Window(first, sort, key)
        case [int() as sort, str() as key] if abs(sort) < 2**63:
            return Window(first, sort, key)
    raise _bad_cursor()


def head(rows: Sequence[Row] | None, first: int, node: Callable[[Row], N]) -> list[N]:
    """At most `first` of a nested list, which has no further pages. Raises InvalidInput."""
    return [node(row) for row in (rows or ())[: window(first).first]]


def _bad_cursor() -> InvalidInput:
    return InvalidInput("not a cursor of this server", where="after", hint="use `endCursor`")


def cursor(sort: Sort, key: str) -> str:
    text = json.dumps([sort, key], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode("utf-8")).decode("ascii").rstrip("=")


def connection(
    rows: Sequence[Row],
    asked: Window,
    *,
    node: Callable[[Row], N],
    position: Callable[[Row], tuple[Sort, str]],
) -> Connection[N]:
    """One page from at most `asked.limit` rows; `position` gives a row's (sort value, key)."""
    page = rows[: asked.first]
    edges = [Edge(cursor=cursor(*position(row)), node=node(row)) for row in page]
    return Connection(
        edges=edges,
        page_info=PageInfoType(
            has_next_page=len(rows) > asked.first,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )
