"""CloudEvents 1.0 over HTTP: binary, structured and batched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from labo.adapters.sources.alertmanager import resource_of
from labo.adapters.sources.fields import Fields
from labo.adapters.sources.generic import verify
from labo.adapters.sources.source import JSON_TYPES, Headers, Source, canonical, severity_of
from labo.domain.entities.keys import digest
from labo.domain.incidents.events import Event, EventStatus
from labo.errors import InvalidInput

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"

STATUS_WORDS: Mapping[str, EventStatus] = {
    **dict.fromkeys(
        (
            "firing",
            "triggered",
            "trigger",
            "alerting",
            "open",
            "opened",
            "problem",
            "down",
            "failed",
        ),
        EventStatus.FIRING,
    ),
    **dict.fromkeys(
        ("resolved", "resolve", "ok", "closed", "recovered", "recovery", "up"),
        EventStatus.RESOLVED,
    ),
    **dict.fromkeys(("acknowledged", "acknowledge", "ack"), EventStatus.ACKNOWLEDGED),
    "info": EventStatus.INFO,
}
"""The senders' words for severity; anything unknown is information."""


def normalise(payload: object, headers: Headers) -> list[Event]:
    """One event per CloudEvent. `data` may carry the canonical fields; nothing else is assumed."""
    return [_event(one) for one in _envelopes(payload, headers)]


def _envelopes(payload: object, headers: Headers) -> Iterator[Fields]:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == BATCHED:
        if not isinstance(payload, list):
            raise InvalidInput("a batch is a list", where="body")
        for position, item in enumerate(payload):
            yield Fields(item, f"[{position}]")
    elif kind == STRUCTURED or "ce-id" not in headers:
        yield Fields(payload)
    else:
        attributes: dict[str, object] = {
            name.removeprefix("ce-"): unquote(value)
            for name, value in headers.items()
            if name.startswith("ce-")
        }
        yield Fields({**attributes, "data": payload})


def _event(envelope: Fields) -> Event:
    if envelope.required("specversion") != "1.0":
        raise InvalidInput("only version 1.0 is known", where=envelope.location("specversion"))
    source, kind = envelope.required("source"), envelope.required("type")
    data_value = envelope.values.get("data")
    data = Fields(data_value if isinstance(data_value, dict) else {}, envelope.location("data"))
    subject, labels = envelope.text("subject"), data.object("labels").values
    stem, _, last = kind.rpartition(".")
    word = _word(data, "status") or _word(data, "state")
    status = STATUS_WORDS.get(word or last.lower(), EventStatus.INFO)
    about = stem if last.lower() in STATUS_WORDS else kind
    time = envelope.time("time")
    named = {name: _word(data, name) for name in ("alertname", "service", "component", "system")}
    return canonical(
        "cloudevents",
        delivery_id=digest("cloudevent", source, envelope.required("id")),
        dedup_key=_word(data, "dedup_key") or digest("cloudevents", source, subject or "", about),
        status=status,
        severity=severity_of(_word(data, "severity")),
        title=_word(data, "title") or _word(data, "summary") or subject or about,
        description=_word(data, "description") or _word(data, "message"),
        starts_at=data.time("starts_at") or (None if status is EventStatus.RESOLVED else time),
        ends_at=data.time("ends_at") or time,
        labels={
            "class": about,
            "component": subject or source.rstrip("/").rpartition("/")[2] or source,
            **labels,
            **{name: value for name, value in named.items() if value},
        },
        resource=resource_of(labels),
        raw=envelope.values,
    )


def _word(data: Fields, name: str) -> str | None:
    """A scalar of `data`; anything else is specific to the sender and ignored."""
    value = data.values.get(name)
    return (value.strip() or None) if isinstance(value, str) else None


CLOUDEVENTS = Source(
    "cloudevents", normalise, verify, JSON_TYPES | frozenset({STRUCTURED, BATCHED})
)
