"""Any JSON sender: the canonical field names, or a JMESPath expression for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from labo.adapters.sources.bodies import decode_loosely, reads_loosely
from labo.adapters.sources.fields import Fields, scalar_text
from labo.adapters.sources.interpretations import note
from labo.adapters.sources.mapping_functions import MappingFunctions
from labo.adapters.sources.signature import check_hmac, check_timestamp, presents_secret
from labo.adapters.sources.source import Headers, Normalised, Source, canonical, each, one
from labo.domain.entities.keys import digest
from labo.domain.entities.severity import SCALES, Severity, read_severity, scale_of
from labo.domain.incidents.events import Event, EventStatus
from labo.domain.incidents.linking.component_names import MAPPED
from labo.domain.incidents.status_words import read_status
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
    "component",
)
EVENTS = "events"
"""The expression that selects the list of events; without it the body is one, or a list."""
SCALE = "severity_scale"
"""No expression: the scale that numbers of severity are read by; else the source's name decides."""

_OWN_NAMES = {EVENTS: None, "labels": "labels || tags"}
"""Expressions of unmapped fields, where they are not the field's own name."""
_LONGEST_TEXT = 200
_MOST_TEXTS = 50
"""Plain fields of an unmapped body that may say where it belongs."""

_OPTIONS = jmespath.Options(custom_functions=MappingFunctions())
_FAULTS = (JMESPathError, TypeError, ValueError, ArithmeticError, RecursionError, AttributeError)


class Mapped:
    """A source whose fields are found by JMESPath expressions, keyed by canonical field name.

    Raises InvalidInput when an expression or a field's name is wrong.
    """

    def __init__(self, name: str, mapping: Mapping[str, str]) -> None:
        self._name = name
        unknown = sorted(set(mapping) - {*FIELDS, EVENTS, SCALE})
        if unknown:
            raise InvalidInput(
                f"no such event field: {', '.join(unknown)}", where=f"mapping of {name}"
            )
        self._scale = mapping.get(SCALE) or scale_of(name)
        if self._scale and self._scale not in SCALES:
            raise InvalidInput(
                f"no such scale: {self._scale}",
                where=f"mapping of {name}, {SCALE}",
                hint=", ".join(sorted(SCALES)),
            )
        self._names_origin = bool(mapping.keys() & {"labels", "resource", "component"})
        self._expressions: dict[str, ParsedResult] = {}
        for field in (*FIELDS, EVENTS):
            # Unmapped fields retain their own name; the list only where it is requested.
            expression = mapping.get(field, _OWN_NAMES.get(field, field))
            if expression is None:
                continue
            try:
                self._expressions[field] = jmespath.compile(expression)
            except JMESPathError as error:
                raise InvalidInput(str(error), where=f"mapping of {name}, {field}") from error

    def normalise(self, payload: object, headers: Headers) -> Normalised:
        """One event per item that the mapping selects."""
        del headers
        items = self._find(EVENTS, payload) if EVENTS in self._expressions else payload
        if not isinstance(items, list):
            return one(self._event(items, ""))
        return each(items, "", self._event)

    def _event(self, item: object, path: str) -> Event:
        if not isinstance(item, dict):
            raise InvalidInput("expected a JSON object", where=path or "body")
        found = Fields({field: self._find(field, item) for field in FIELDS}, path)
        title, status = found.required("title"), _status(found)
        labels = _labels(found)
        links = found.values.get("links")
        return canonical(
            self._name,
            delivery_id=found.text("id"),
            dedup_key=found.text("dedup_key") or _content_key(title, labels, status, item),
            status=status,
            severity=_severity(found.words("severity"), self._scale),
            title=title,
            description=found.words("description"),
            starts_at=found.time("starts_at"),
            ends_at=found.time("ends_at"),
            labels=labels,
            resource={
                **({} if self._names_origin else _plain_fields(item)),
                **found.object("resource").values,
                MAPPED: _component(found),
            },
            links=[link for link in links if isinstance(link, str)]
            if isinstance(links, list)
            else (found.words("links"),),
            raw=item,
        )

    def _find(self, field: str, item: object) -> object:
        try:
            return self._expressions[field].search(item, _OPTIONS)
        except _FAULTS as error:
            raise InvalidInput(
                "the mapping's expression does not fit the body", where=field
            ) from error


def _status(found: Fields) -> EventStatus:
    word = found.text("status")
    if word is None:
        note("status", "", "none is given: firing")
        return EventStatus.FIRING
    status = read_status(word)
    if status is None:
        raise InvalidInput(
            f"unknown status {word[:50]!r}",
            where=found.location("status"),
            hint="map it to `firing`, `resolved`, `acknowledged` or `info`",
        )
    note("status", word, "common words")
    return status


def _severity(word: str | None, scale: str | None) -> Severity | str | None:
    """By the vendor's scale, which has numbers; else the word itself, for the common table."""
    severity = read_severity(word, scale) if word and scale else None
    if severity is None:
        return word
    note("severity", word, f"scale {scale}, then common words")
    return severity


def _component(found: Fields) -> str | None:
    """A name; an object under this name, as some senders have, is none."""
    value = found.values.get("component")
    return (value.strip() or None) if isinstance(value, str) else None


def _plain_fields(item: Mapping[str, object]) -> dict[str, object]:
    """Short texts beside the known fields, such as `host` and `service`. They say where an event
    belongs and, as they may change with each message, not which one it is."""
    plain = (
        (name, value)
        for name, value in item.items()
        if name not in FIELDS and isinstance(value, str) and len(value) <= _LONGEST_TEXT
    )
    return dict(islice(plain, _MOST_TEXTS))


def _labels(found: Fields) -> Mapping[str, object]:
    """The labels; Datadog and others send them as a list or a text of `name:value`."""
    value = found.values.get("labels")
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return found.object("labels").values
    pairs = [tag.strip().partition(":") for tag in value if isinstance(tag, str)]
    return {name: text for name, colon, text in pairs if colon and name}


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
    return Source(
        name,
        Mapped(name, mapping).normalise,
        verify,
        decode_loosely,
        reads_loosely,
        answers_handshake=True,
    )


GENERIC = mapped_source("generic", {})
