"""Any JSON sender: the canonical field names, or a JMESPath expression for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from labo.adapters.sources.fields import Fields, scalar_text
from labo.adapters.sources.signature import check_hmac, check_timestamp, presents_secret
from labo.adapters.sources.source import Headers, Source, canonical, severity_of
from labo.domain.entities.keys import digest
from labo.domain.incidents.events import Event, EventStatus
from labo.errors import InvalidInput

SIGNATURE = "x-labo-signature"
TIMESTAMP = "x-labo-timestamp"

FIELDS = (
    "id",
    "dedup_key",
    "status",
    "severity",
    "title",
    "description",
    "starts_at",
    "ends_at",
    "labels",
    "resource",
    "links",
)
EVENTS = "events"
"""The expression that selects the list of events; without it the body is one, or a list."""


class Mapped:
    """A source whose fields are found by JMESPath expressions, keyed by canonical field name.

    Raises InvalidInput when an expression or a field's name is wrong.
    """

    def __init__(self, name: str, mapping: Mapping[str, str]) -> None:
        self._name = name
        unknown = sorted(set(mapping) - {*FIELDS, EVENTS})
        if unknown:
            raise InvalidInput(
                f"no such event field: {', '.join(unknown)}", where=f"mapping of {name}"
            )
        self._expressions: dict[str, ParsedResult] = {}
        for field in (*FIELDS, EVENTS):
            # Unmapped fields retain their own name; the list only where it is requested.
            expression = mapping.get(field, None if field == EVENTS else field)
            if expression is None:
                continue
            try:
                self._expressions[field] = jmespath.compile(expression)
            except JMESPathError as error:
                raise InvalidInput(str(error), where=f"mapping of {name}, {field}") from error

    def normalise(self, payload: object, headers: Headers) -> list[Event]:
        """One event per item that the mapping selects."""
        del headers
        items = self._find(EVENTS, payload) if EVENTS in self._expressions else payload
        if not isinstance(items, list):
            return [self._event(items, "")]
        return [self._event(item, f"[{position}]") for position, item in enumerate(items)]

    def _event(self, item: object, path: str) -> Event:
        if not isinstance(item, dict):
            raise InvalidInput("expected a JSON object", where=path or "body")
        found = Fields({field: self._find(field, item) for field in FIELDS}, path)
        title, word = found.required("title"), (found.text("status") or "firing").lower()
        try:
            status = EventStatus(word)
        except ValueError as error:
            raise InvalidInput(
                "the status is `firing`, `resolved`, `acknowledged` or `info`",
                where=found.location("status"),
            ) from error
        labels = found.object("labels").values
        links = found.values.get("links")
        return canonical(
            self._name,
            delivery_id=found.text("id"),
            dedup_key=found.text("dedup_key") or _content_key(title, labels, status, item),
            status=status,
            severity=severity_of(found.text("severity")),
            title=title,
            description=found.text("description"),
            starts_at=found.time("starts_at"),
            ends_at=found.time("ends_at"),
            labels=labels,
            resource=found.object("resource").values,
            links=[link for link in links if isinstance(link, str)]
            if isinstance(links, list)
            else (),
            raw=item,
        )

    def _find(self, field: str, item: object) -> object:
        try:
            return self._expressions[field].search(item)
        except (JMESPathError, TypeError, ValueError, RecursionError) as error:
            raise InvalidInput(
                "the mapping's expression does not fit the body", where=field
            ) from error


def _content_key(
    title: str, labels: Mapping[str, object], status: EventStatus, item: object
) -> str:
    """A key for events without one: title and labels; information is never the same twice."""
    if status is EventStatus.INFO:
        return digest("content", scalar_text(item))
    return digest("content", title, *(f"{k}={scalar_text(labels[k])}" for k in sorted(labels)))


def verify(headers: Headers, body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """`sha256=` HMAC over the body, or over `timestamp:body` where a timestamp is sent."""
    header = headers.get(SIGNATURE)
    if header is None:
        return presents_secret(headers, secrets)
    timestamp, signed = headers.get(TIMESTAMP), body
    if timestamp is not None:
        check_timestamp(timestamp, now, TIMESTAMP)
        signed = timestamp.encode() + b":" + body
    check_hmac([header.removeprefix("sha256=")], signed, secrets, SIGNATURE)
    return True


def mapped_source(name: str, mapping: Mapping[str, str]) -> Source:
    """Raises InvalidInput when `mapping` is wrong."""
    return Source(name, Mapped(name, mapping).normalise, verify)


GENERIC = mapped_source("generic", {})
