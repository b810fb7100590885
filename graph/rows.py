"""Between Neo4j's values and the domain's: maps travel as JSON text, times as aware UTC."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, TypeVar

from neo4j.time import DateTime
from pydantic import BeforeValidator, TypeAdapter

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _from_json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


JsonColumn = Annotated[T, BeforeValidator(_from_json)]
"""A column that holds JSON text; validated into `T`."""


def as_json(value: object) -> str:
    """JSON text of a mapping, a list or a tree of dataclasses, keys sorted."""
    return _ENCODER.encode(value)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON form for {type(value).__name__}")


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain)
"""Made once: `json.dumps` makes one a call."""


def properties(value: Any, stored: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A frozen dataclass as Neo4j properties: enums by value, maps as JSON, tuples as lists.

    Only scalar tuples become lists; a tuple of dataclasses becomes JSON text. `stored` names the
    properties that are not called as their field is.
    """
    names = stored or {}
    return {
        names.get(f.name, f.name): _property(getattr(value, f.name))
        for f in dataclasses.fields(value)
    }


def _property(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return as_json(value)
    if isinstance(value, tuple | list):
        scalar = all(isinstance(item, str | int | float | bool) for item in value)
        return [_property(item) for item in value] if scalar else as_json(value)
    return value


_PLAIN = frozenset({str, int, float, bool, type(None)})


def native(value: object) -> object:
    """Neo4j's own time types as `datetime`, in maps and lists too."""
    if type(value) in _PLAIN:  # nearly all of them
        return value
    if isinstance(value, DateTime):
        moment = value.to_native()
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(value, dict):
        # Checked here already: lists of a thousand maps come in one record.
        return {k: v if type(v) in _PLAIN else native(v) for k, v in value.items()}
    if isinstance(value, list):
        return [native(item) for item in value]
    return value


def map_fields(row: type) -> frozenset[str]:
    """Names of a dataclass's fields that are maps, hence JSON text in Neo4j."""
    return _fields_of(row, ("Mapping", "dict"))


def tuple_fields(row: type) -> frozenset[str]:
    """Names of a dataclass's fields that are tuples: JSON text when of dataclasses."""
    return _fields_of(row, ("tuple",))


def _fields_of(row: type, types: tuple[str, ...]) -> frozenset[str]:
    if not dataclasses.is_dataclass(row):
        return frozenset()
    return frozenset(f.name for f in dataclasses.fields(row) if str(f.type).startswith(types))


def to_epoch(moment: datetime) -> tuple[int, int]:
    """Whole seconds since 1970 and nanoseconds: the driver needs 40 microseconds to pack a time."""
    since = moment - _EPOCH
    return since.days * 86_400 + since.seconds, since.microseconds * 1_000


class RowReader:
    """Validates records into `row` (a dataclass, or a scalar for one-column statements)."""

    def __init__(self, row: type, columns: tuple[str, ...]) -> None:
        self._adapter: TypeAdapter[Any] = TypeAdapter(row)
        self._scalar = not dataclasses.is_dataclass(row)
        self._maps = map_fields(row)
        self._tuples = tuple_fields(row)
        self._columns = columns

    def read(self, record: Mapping[str, object]) -> Any:
        if self._scalar:
            return self._adapter.validate_python(native(record[self._columns[0]]))
        values = {key: native(item) for key, item in record.items()}
        for name in self._maps:
            values[name] = _from_json(values.get(name)) or {}
        for name in self._tuples:
            values[name] = _from_json(values.get(name))
        return self._adapter.validate_python(values)
