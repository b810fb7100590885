"""PagerDuty's own V3 webhooks; bodies of the Events API are accepted at the same address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from labo.adapters.sources.bodies import decode_loosely, reads_loosely
from labo.adapters.sources.fields import Fields
from labo.adapters.sources.interpretations import note
from labo.adapters.sources.pagerduty_events import changed, enqueued, of_version_1
from labo.adapters.sources.signature import check_hmac, presents_secret
from labo.adapters.sources.source import Headers, Normalised, Source, canonical, one
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import EventStatus

SIGNATURE = "x-pagerduty-signature"
DELIVERY = "x-webhook-id"

_EVENT_TYPES = {
    "incident.triggered": EventStatus.FIRING,
    "incident.reopened": EventStatus.FIRING,
    "incident.unacknowledged": EventStatus.FIRING,
    "incident.acknowledged": EventStatus.ACKNOWLEDGED,
    "incident.resolved": EventStatus.RESOLVED,
}


def normalise(payload: object, headers: Headers) -> Normalised:
    """One event of a V3 webhook, none for a ping; bodies of Events v1 and v2 are accepted too."""
    top = Fields(payload)
    if "event_action" in top.values:
        return one(enqueued(payload))
    if "service_key" in top.values:
        return one(enqueued(of_version_1(payload)))
    if "payload" in top.values and "event" not in top.values:
        return one(changed(payload))
    event = top.required_object("event")
    kind = event.required("event_type")
    if kind == "pagey.ping":
        return Normalised()
    data = event.required_object("data")
    status = _EVENT_TYPES.get(kind, EventStatus.INFO)
    note("status", kind, "event_type")
    service = data.object("service").words("summary")
    occurred = event.time("occurred_at")
    incident = data.text("incident_key") or data.text("id") or event.required("id")
    return one(
        canonical(
            "pagerduty",
            # The header is not signed, so the signed id counts where there is one.
            delivery_id=event.text("id") or headers.get(DELIVERY),
            dedup_key=incident,
            status=status,
            severity=_severity(data),
            title=data.words("title") or data.words("summary") or kind,
            # A reopened incident starts again; a resolution has the creation time of what it ends.
            starts_at=data.time("created_at") if status is EventStatus.RESOLVED else occurred,
            ends_at=occurred,
            labels={"service": service, "event_type": kind, "number": data.words("number")},
            resource={"service.name": service},
            links=(data.words("html_url"),),
            raw=event.values,
        )
    )


def _severity(data: Fields) -> Severity:
    """By the urgency, which every incident has."""
    urgency = data.words("urgency")
    note("severity", urgency, "urgency: low is a warning, else critical")
    return Severity.WARNING if urgency == "low" else Severity.CRITICAL


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


PAGERDUTY = Source("pagerduty", normalise, verify, decode_loosely, reads_loosely)
