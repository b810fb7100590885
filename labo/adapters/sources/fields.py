"""Reading foreign JSON: every error names the field, as in `alerts[2].startsAt`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from labo.adapters.sources.times import parse_time
from labo.errors import InvalidInput

_Items = list[object]


class Fields:
    """One JSON object and where it is. Absent and null are the same."""

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, dict):
            raise InvalidInput("expected a JSON object", where=path or "body")
        self.values: Mapping[str, object] = value
        self.path = path

    def location(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def text(self, name: str) -> str | None:
        """A string, number or boolean as text; None when absent or empty."""
        value = self.values.get(name)
        if isinstance(value, str):
            return value or None
        if value is None:
            return None
        if isinstance(value, int | float):
            return scalar_text(value)
        raise InvalidInput("expected a string", where=self.location(name))

    def required(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise InvalidInput("this field is required", where=self.location(name))
        return value

    def time(self, name: str) -> datetime | None:
        """An ISO 8601 time as aware UTC; None when absent or Go's zero time."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        return parse_time(value, self.location(name))

    def object(self, name: str) -> Fields:
        """The object under `name`; an empty one when absent."""
        value = self.values.get(name)
        return Fields({} if value is None else value, self.location(name))

    def required_object(self, name: str) -> Fields:
        if self.values.get(name) is None:
            raise InvalidInput("this field is required", where=self.location(name))
        return self.object(name)

    def items(self, name: str) -> _Items:
        """The list under `name`; an empty one when absent."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise InvalidInput("expected a list", where=self.location(name))
        return value

    def required_items(self, name: str) -> _Items:
        if self.values.get(name) is None:
            raise InvalidInput("this field is required", where=self.location(name))
        return self.items(name)

    def words(self, name: str) -> str | None:
        """A text that only describes: what is no scalar is written as JSON instead of refused."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        return scalar_text(value)


def scalar_text(value: object) -> str:
    """A JSON value as a label's text."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, separators=(",", ":"))
    except (ValueError, RecursionError):
        return "…"
