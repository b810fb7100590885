"""Reading foreign JSON: every error names the field, as in `alerts[2].startsAt`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from labo.errors import InvalidInput

_OPEN_END = 1
"""Go's zero time, which Alertmanager sends for "not yet", is in year 1."""


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

    def objects(self, name: str) -> Iterator[Fields]:
        """The objects of the list under `name`; none when absent."""
        value = self.values.get(name)
        if value is None:
            return
        if not isinstance(value, list):
            raise InvalidInput("expected a list", where=self.location(name))
        for position, item in enumerate(value):
            yield Fields(item, f"{self.location(name)}[{position}]")

    def required_objects(self, name: str) -> Iterator[Fields]:
        if self.values.get(name) is None:
            raise InvalidInput("this field is required", where=self.location(name))
        return self.objects(name)


def parse_time(value: object, where: str) -> datetime | None:
    """Aware UTC; a time without zone is UTC, numbers are seconds since 1970. None in year 1."""
    try:
        moment = _moment(value)
        if moment.year <= _OPEN_END:
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidInput(
            "invalid timestamp", where=where, hint="use ISO 8601, as in 2026-01-31T12:00:00Z"
        ) from error


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        # Some clients write both an offset and a Z.
        text = value[:-1] if value.endswith("Z") and "+" in value else value
        return datetime.fromisoformat(text)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, tz=UTC)
    raise ValueError("neither text nor number")


def scalar_text(value: object) -> str:
    """A JSON value as a label's text."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, separators=(",", ":"))
    except (ValueError, RecursionError):
        return "…"
