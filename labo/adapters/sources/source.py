"""What a source is: how its bodies become events, and how it proves that they are its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from labo.adapters.sources.redaction import clean, clean_labels, raw_json
from labo.adapters.sources.signature import presents_secret
from labo.domain.entities.keys import digest
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus, episode_id

Headers = Mapping[str, str]
"""Names in lower case."""

Normalise = Callable[[object, Headers], list[Event]]
"""Pure: a parsed JSON body to events. Raises InvalidInput, whatever the body is."""

Verify = Callable[[Headers, bytes, Sequence[str], datetime], bool]
"""Whether a secret of the source vouches for the raw body; False when no credential of the kind
is there. Raises Unauthenticated for one that does not fit."""

JSON_TYPES = frozenset({"application/json"})
_MAX_KEY = 512
_MAX_DESCRIPTION = 4_000
_MAX_LINKS = 10
_WEB = ("https://", "http://")

_SEVERITIES: Mapping[str, Severity] = {
    **dict.fromkeys(
        (
            "critical",
            "crit",
            "fatal",
            "emergency",
            "emerg",
            "alert",
            "page",
            "p1",
            "sev1",
            "disaster",
        ),
        Severity.CRITICAL,
    ),
    **dict.fromkeys(("error", "err", "major", "high", "p2", "sev2"), Severity.ERROR),
    **dict.fromkeys(
        ("warning", "warn", "minor", "medium", "average", "p3", "sev3"), Severity.WARNING
    ),
    **dict.fromkeys(
        (
            "info",
            "information",
            "informational",
            "notice",
            "low",
            "none",
            "debug",
            "ok",
            "p4",
            "p5",
        ),
        Severity.INFO,
    ),
}


def by_shared_secret(headers: Headers, body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """For sources that sign nothing."""
    del body, now
    return presents_secret(headers, secrets)


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    normalise: Normalise
    verify: Verify = by_shared_secret
    content_types: frozenset[str] = JSON_TYPES


def severity_of(word: str | None) -> Severity:
    """The canonical severity behind a monitor's word; a warning when it is unknown."""
    return _SEVERITIES.get((word or "").strip().lower(), Severity.WARNING)


def canonical(
    source: str,
    *,
    dedup_key: str,
    status: EventStatus,
    severity: Severity,
    title: str,
    raw: object,
    delivery_id: str | None = None,
    description: str | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    labels: Mapping[str, object] | None = None,
    resource: Mapping[str, object] | None = None,
    links: Sequence[str | None] = (),
) -> Event:
    """An event with bounded, redacted values and its identity (design: runtime, Identity).

    An end before the resolution is a promise, not a fact, and is dropped.
    """
    ended = ends_at if status is EventStatus.RESOLVED else None
    key = clean(dedup_key) if len(dedup_key) <= _MAX_KEY else digest(dedup_key)
    identity = delivery_id or episode_id(key, starts_at, status, ended)
    return Event(
        source=source,
        source_event_id=identity if len(identity) <= _MAX_KEY else digest(identity),
        dedup_key=key,
        status=status,
        severity=severity,
        title=clean(title, 500),
        description=clean(description or "", _MAX_DESCRIPTION),
        starts_at=starts_at,
        ends_at=ended,
        labels=clean_labels(labels or {}),
        resource=clean_labels(resource or {}),
        links=tuple(clean(link) for link in links if link and link.startswith(_WEB))[:_MAX_LINKS],
        raw=raw_json(raw),
    )
