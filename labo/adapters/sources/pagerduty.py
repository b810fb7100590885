"""PagerDuty: senders of Events API v2 (we stand in for it), and its own V3 webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from labo.adapters.sources.fields import Fields
from labo.adapters.sources.redaction import raw_json
from labo.adapters.sources.signature import check_hmac, is_one_of, presents_secret
from labo.adapters.sources.source import Headers, Source, canonical, severity_of
from labo.domain.entities.keys import digest
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus
from labo.errors import InvalidInput

SIGNATURE = "x-pagerduty-signature"
DELIVERY = "x-webhook-id"
_LONGEST_DEDUP_KEY = 255

_ACTIONS = {
    "trigger": EventStatus.FIRING,
    "acknowledge": EventStatus.ACKNOWLEDGED,
    "resolve": EventStatus.RESOLVED,
}
_EVENT_TYPES = {
    "incident.triggered": EventStatus.FIRING,
    "incident.reopened": EventStatus.FIRING,
    "incident.unacknowledged": EventStatus.FIRING,
    "incident.acknowledged": EventStatus.ACKNOWLEDGED,
    "incident.resolved": EventStatus.RESOLVED,
}


def normalise(payload: object, headers: Headers) -> list[Event]:
    """One event of a V3 webhook, none for a ping; a body of Events v2 is accepted too."""
    top = Fields(payload)
    if "event_action" in top.values:
        return [enqueued(payload)]
    event = top.required_object("event")
    kind = event.required("event_type")
    if kind == "pagey.ping":
        return []
    data = event.required_object("data")
    status = _EVENT_TYPES.get(kind, EventStatus.INFO)
    service = data.object("service").text("summary")
    urgent = data.text("urgency") != "low"
    occurred = event.time("occurred_at")
    incident = data.text("incident_key") or data.text("id") or event.required("id")
    return [
        canonical(
            "pagerduty",
            # The header is not signed, so the signed id counts where there is one.
            delivery_id=event.text("id") or headers.get(DELIVERY),
            dedup_key=incident,
            status=status,
            severity=Severity.CRITICAL if urgent else Severity.WARNING,
            title=data.text("title") or data.text("summary") or kind,
            # A reopened incident starts again; a resolution has the creation time of what it ends.
            starts_at=data.time("created_at") if status is EventStatus.RESOLVED else occurred,
            ends_at=occurred,
            labels={"service": service, "event_type": kind, "number": data.text("number")},
            resource={"service.name": service},
            links=(data.text("html_url"),),
            raw=event.values,
        )
    ]


def dedup_key_of(payload: object) -> str:
    """The sender's key; without one, a digest of the content, so that a retry is the same event.

    Raises InvalidInput: only a trigger may leave it out.
    """
    top = Fields(payload)
    key = top.text("dedup_key")
    if key is None:
        if top.text("event_action") != "trigger":
            raise InvalidInput("only a trigger may leave it out", where="dedup_key")
        content = {k: v for k, v in top.values.items() if k != "routing_key"}
        return digest("content", raw_json(content))
    if len(key) > _LONGEST_DEDUP_KEY:
        raise InvalidInput("at most 255 characters", where="dedup_key")
    return key


def enqueued(payload: object) -> Event:
    """The event of one call of Events v2."""
    top = Fields(payload)
    action = top.required("event_action")
    if action not in _ACTIONS:
        raise InvalidInput(
            "the action is `trigger`, `acknowledge` or `resolve`", where="event_action"
        )
    key, status = dedup_key_of(payload), _ACTIONS[action]
    if status is not EventStatus.FIRING:
        return canonical(
            "pagerduty",
            dedup_key=key,
            status=status,
            severity=Severity.INFO,
            title=top.object("payload").text("summary") or key,
            raw=top.values,
        )
    details = top.required_object("payload")
    origin = details.required("source")
    return canonical(
        "pagerduty",
        dedup_key=key,
        status=status,
        severity=_severity(details),
        title=details.required("summary"),
        starts_at=details.time("timestamp"),
        labels={
            **_custom(details),
            **{name: details.text(name) for name in ("component", "group", "class")},
            "source": origin,
        },
        resource={"host.name": origin},
        links=(
            top.text("client_url"),
            *(link.text("href") for link in top.objects("links")),
        ),
        raw=top.values,
    )


def _severity(details: Fields) -> Severity:
    word = details.required("severity")
    if word not in ("critical", "error", "warning", "info"):
        raise InvalidInput(
            "the severity is `critical`, `error`, `warning` or `info`",
            where=details.location("severity"),
        )
    return severity_of(word)


def _custom(details: Fields) -> dict[str, object]:
    """Flat custom details are labels; anything else stays in `raw`."""
    custom = details.values.get("custom_details")
    if not isinstance(custom, dict):
        return {}
    return {k: v for k, v in custom.items() if isinstance(v, str | int | float)}


def has_routing_key(payload: object, secrets: Sequence[str]) -> bool:
    """Whether the body's routing key is one of `secrets`."""
    return is_one_of(Fields(payload).text("routing_key") or "", secrets)


def verify(headers: Headers, body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """`v1=` HMAC-SHA256 over the body; several, separated by commas, during a rotation."""
    del now
    header = headers.get(SIGNATURE)
    if header is None:
        return presents_secret(headers, secrets)
    parts = (part.strip() for part in header.split(","))
    signatures = [part.removeprefix("v1=") for part in parts if part.startswith("v1=")]
    check_hmac(signatures, body, secrets, SIGNATURE)
    return True


PAGERDUTY = Source("pagerduty", normalise, verify)
