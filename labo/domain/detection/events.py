"""Episodes as canonical events, so that they are linked and diagnosed like a monitor's alerts."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from labo.domain.detection.announcing import Announcement
from labo.domain.entities.conditions import Direction
from labo.domain.entities.keys import measurement_key
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus, episode_id
from labo.domain.telemetry.log_rates import is_template_rate

SOURCE = "detection"
GRAVE = 8.0
"""An episode is an error from this many scales on, or when a series vanished; else a warning. By
judgement: twice the threshold of the sudden test."""

_LISTED = 50
"""Further series that an event lists; it bounds the size of a fold's event. By judgement."""


def as_event(system: str, announcement: Announcement) -> Event:
    """Firing at an episode's start, resolved at its end; the same episode has the same ids."""
    key, change = announcement.key, announcement.change
    direction = Direction.CHANGED if is_template_rate(key.metric) else change.direction
    ended_at = None if change.ended_at is None else _moment(change.ended_at)
    starts_at = _moment(change.started_at)
    status = EventStatus.FIRING if ended_at is None else EventStatus.RESOLVED
    dedup_key = f"{system}/{key.component}/{key.metric}/{direction.value}"
    if announcement.folded:
        dedup_key += "/folded"
    grave = direction is Direction.ABSENT or change.size >= GRAVE
    return Event(
        source=SOURCE,
        source_event_id=episode_id(dedup_key, starts_at, status, ended_at),
        dedup_key=dedup_key,
        status=status,
        severity=Severity.ERROR if grave else Severity.WARNING,
        title=f"{key.metric} {direction.value} on {key.component}",
        description=_description(announcement),
        starts_at=starts_at,
        ends_at=ended_at,
        labels={
            "component": key.component,
            "system": system,
            "metric": key.metric,
            "direction": direction.value,
        },
        resource={"service.name": key.component},
        raw=json.dumps(
            {
                "size": round(change.size, 2),
                "became_normal": change.became_normal,
                "also": [measurement_key(*name) for name in _also(announcement, _LISTED)],
                "more": len(announcement.also),
            }
        ),
    )


def _also(announcement: Announcement, most: int) -> list[tuple[str, str]]:
    return [(one.component, one.metric) for one in announcement.also[:most]]


def _description(announcement: Announcement) -> str:
    key, change = announcement.key, announcement.change
    name = f"{key.metric} of {key.component}"
    if change.direction is Direction.ABSENT:
        text = f"{name} has vanished"
    else:
        way = "above" if change.direction is Direction.HIGH else "below"
        text = f"{name} is {change.size:.1f} times its usual spread {way} its usual level"
    if change.ended_at is not None:
        text += "; it stays at the new level" if change.became_normal else "; the episode is over"
    if announcement.also:
        listed = ", ".join(measurement_key(*name) for name in _also(announcement, 5))
        text += f"; and {len(announcement.also)} more series with it ({listed}"
        text += ", …)" if len(announcement.also) > 5 else ")"
    return text


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
