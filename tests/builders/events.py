"""Events as monitors send them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus, episode_id

T0 = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def an_alert(
    service: str = "checkout",
    alert: str = "HighLatency",
    status: EventStatus = EventStatus.FIRING,
    minute: float = 0,
    ends: float | None = None,
    severity: Severity = Severity.ERROR,
    **labels: str,
) -> Event:
    """An Alertmanager alert on `service`; `minute` and `ends` count from `T0`."""
    starts_at = T0 + timedelta(minutes=minute)
    ends_at = None if ends is None else T0 + timedelta(minutes=ends)
    dedup_key = "/".join((service, alert, *labels.values()))
    return Event(
        source="alertmanager",
        source_event_id=episode_id(dedup_key, starts_at, status, ends_at),
        dedup_key=dedup_key,
        status=status,
        severity=severity,
        title=alert,
        starts_at=starts_at,
        ends_at=ends_at,
        labels={"alertname": alert, "service": service, **labels},
    )
