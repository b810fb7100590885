"""CloudEvents 1.0 over HTTP: binary, structured and batched."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from urllib.parse import unquote

from labo.adapters.sources.alertmanager import resource_of
from labo.adapters.sources.bodies import JSON_TYPES, decode_json
from labo.adapters.sources.fields import Fields
from labo.adapters.sources.generic import verify
from labo.adapters.sources.interpretations import note
from labo.adapters.sources.source import (
    UNKNOWN_STATUS,
    Headers,
    Normalised,
    Source,
    canonical,
    each,
    one,
    reads_json,
)
from labo.domain.entities.keys import digest
from labo.domain.incidents.events import Event, EventStatus
from labo.domain.incidents.status_words import read_status
from labo.errors import InvalidInput

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
_BINARY = "ce-id"
"""A header that only binary mode has."""

_TYPE_WORDS = frozenset((
    "firing", "triggered", "trigger", "alerting", "open", "opened", "problem", "down", "failed",
    "resolved", "resolve", "ok", "closed", "recovered", "recovery", "up",
    "acknowledged", "acknowledge", "ack", "info",
))  # fmt: skip
"""Last words of a type that are a status. Others of the table are not: an order that was `created`
is no problem."""


_VERSION = re.compile(r"(?:\.v?[0-9]{1,4}){1,4}$")
"""At the end of a type: `.v2`, or `.0.1.0` as CDEvents have it. Bounded, hence linear."""


def decode(body: bytes, kind: str, headers: Headers) -> object:
    """JSON; in binary mode whatever the data's own content type is: JSON, else text."""
    if _BINARY not in headers or kind in (STRUCTURED, BATCHED):
        return decode_json(body)
    return _data(body, kind)


def _data(body: bytes, kind: str) -> object:
    """Data of a content type. Without one, or under one that is not JSON's, JSON is tried."""
    is_json = kind in JSON_TYPES or kind.endswith("+json")
    try:
        return decode_json(body)
    except InvalidInput:
        if is_json and body:
            raise
        return body.decode("utf-8", "replace")


def reads(kind: str, headers: Headers) -> bool:
    """In binary mode the data may be of any type."""
    return _BINARY in headers or kind in (STRUCTURED, BATCHED) or reads_json(kind, headers)


def normalise(payload: object, headers: Headers) -> Normalised:
    """One event per CloudEvent. `data` may carry the canonical fields; nothing else is assumed."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == BATCHED or (isinstance(payload, list) and _BINARY not in headers):
        if not isinstance(payload, list):
            raise InvalidInput("a batch is a list", where="body")
        return each(payload, "", lambda item, place: _event(Fields(item, place)))
    if kind == STRUCTURED or _BINARY not in headers:
        return one(_event(Fields(payload)))
    attributes: dict[str, object] = {
        name.removeprefix("ce-"): unquote(value)
        for name, value in headers.items()
        if name.startswith("ce-")
    }
    return one(_event(Fields({**attributes, "data": payload})))


def _event(envelope: Fields) -> Event:
    if envelope.required("specversion") != "1.0":
        raise InvalidInput("only version 1.0 is known", where=envelope.location("specversion"))
    source, kind = envelope.required("source"), envelope.required("type")
    data_value = _data_of(envelope)
    data = Fields(data_value if isinstance(data_value, dict) else {}, envelope.location("data"))
    subject, labels = envelope.text("subject"), data.object("labels").values
    stem, _, last = _VERSION.sub("", kind).rpartition(".")
    is_status = last.lower() in _TYPE_WORDS
    about = stem if is_status else kind
    status, unknown = _status(data, last if is_status else None)
    time = envelope.time("time")
    named = {name: _word(data, name) for name in ("alertname", "service", "component", "system")}
    text = data_value if isinstance(data_value, str) else None
    return canonical(
        "cloudevents",
        delivery_id=digest("cloudevent", source, envelope.required("id")),
        dedup_key=_word(data, "dedup_key") or digest("cloudevents", source, subject or "", about),
        status=status,
        severity=_word(data, "severity"),
        title=_word(data, "title") or _word(data, "summary") or subject or about,
        description=_word(data, "description") or _word(data, "message") or text,
        starts_at=data.time("starts_at") or (None if status is EventStatus.RESOLVED else time),
        ends_at=data.time("ends_at") or time,
        labels={
            "class": about,
            "component": subject or source.rstrip("/").rpartition("/")[2] or source,
            **labels,
            **{name: value for name, value in named.items() if value},
            **unknown,
        },
        resource=resource_of(labels),
        raw=envelope.values,
    )


def _data_of(envelope: Fields) -> object:
    """`data`, or `data_base64` decoded: JSON if it is, else text."""
    encoded = envelope.values.get("data_base64")
    if encoded is None:
        return envelope.values.get("data")
    where = envelope.location("data_base64")
    try:
        body = base64.b64decode(str(encoded), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("invalid base64", where=where) from error
    kind = envelope.words("datacontenttype") or ""
    try:
        return _data(body, kind.partition(";")[0].strip().lower())
    except InvalidInput as error:
        raise InvalidInput(error.message, where=where) from error


def _status(data: Fields, last: str | None) -> tuple[EventStatus, Mapping[str, str]]:
    """The status, and a label with the word where it is unknown; without any it is information."""
    word = _word(data, "status") or _word(data, "state")
    if word is None:
        note("status", last or "", "the type's last word" if last else "none: information")
        return (read_status(last) if last else None) or EventStatus.INFO, {}
    status = read_status(word)
    if status is None:
        note("status", word, "unknown word, information")
        return EventStatus.INFO, {UNKNOWN_STATUS: word}
    note("status", word, "common words")
    return status, {}


def _word(data: Fields, name: str) -> str | None:
    """A scalar of `data`; anything else is specific to the sender and ignored."""
    value = data.values.get(name)
    return (value.strip() or None) if isinstance(value, str) else None


CLOUDEVENTS = Source("cloudevents", normalise, verify, decode, reads, answers_handshake=True)
