"""Episodes as canonical events, so that they are linked and diagnosed like a monitor's alerts."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from labo.domain.detection.announcing import Announcement
from labo.domain.detection.episodes import Deviation
from labo.domain.entities.conditions import Direction
from labo.domain.entities.keys import measurement_key
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus, episode_id
from labo.domain.telemetry.log_rates import is_template_rate

SOURCE = "detection"

_LISTED = 50
"""Further series, or episodes of a fold, that an event lists; it bounds the event's size. By
judgement."""
_NAMED = 5
"""Further series that a description names: what fits on two lines. By judgement."""


def as_event(system: str, announcement: Announcement) -> Event:
    """Firing at an episode's start, resolved at its end; the same episode has the same ids.

    The dedup key is the component's behaviour. An episode that became grave fires once more, with
    another id. The labels name the metric that shows the behaviour most.
    """
    component, strongest = announcement.component, announcement.deviations[0]
    ended_at = None if announcement.ended_at is None else _moment(announcement.ended_at)
    starts_at = _moment(announcement.started_at)
    status = EventStatus.FIRING if ended_at is None else EventStatus.RESOLVED
    dedup_key = f"{system}/{component}/{announcement.shown.key}"
    if announcement.folded:
        dedup_key += "/folded"
    severity = Severity.ERROR if announcement.is_grave else Severity.WARNING
    return Event(
        source=SOURCE,
        source_event_id=episode_id(f"{dedup_key} {severity}", starts_at, status, ended_at),
        dedup_key=dedup_key,
        status=status,
        severity=severity,
        title=announcement.shown.of(component),
        description=_description(announcement),
        starts_at=starts_at,
        ends_at=ended_at,
        labels={
            "component": component,
            "system": system,
            "metric": strongest.metric,
            "direction": _direction(strongest).value,
        },
        resource={"service.name": component},
        raw=_raw(announcement),
    )


def _raw(announcement: Announcement) -> str:
    """The figures behind the sentence, `also` with sizes as JSON text."""
    listed = announcement.deviations[1 : 1 + _LISTED]
    also = {measurement_key(announcement.component, d.metric): round(d.size, 2) for d in listed}
    return json.dumps(
        {
            "size": round(announcement.deviations[0].size, 2),
            "became_normal": announcement.became_normal,
            "also": also,
            "others": _others(announcement, _LISTED),
            "more": len(announcement.deviations) - 1 + len(announcement.others),
        }
    )


def _direction(one: Deviation) -> Direction:
    """A template's rate that deviates has changed: neither high nor low is the wrong one."""
    return Direction.CHANGED if is_template_rate(one.metric) else one.direction


def _description(announcement: Announcement) -> str:
    component, (strongest, *further) = announcement.component, announcement.deviations
    text = f"{strongest.metric} of {component} {_said(strongest)}"
    if announcement.ended_at is not None:
        text += _ended(strongest) if announcement.became_normal else "; the episode is over"
    if further:
        listed = ", ".join(f"{one.metric} {_said(one)}" for one in further[:_NAMED])
        text += f"; and {len(further)} more series of it ({listed}"
        text += ", …)" if len(further) > _NAMED else ")"
    if announcement.others:
        listed = ", ".join(_others(announcement, _NAMED))
        text += f"; and {len(announcement.others)} more at the same time ({listed}"
        text += ", …)" if len(announcement.others) > _NAMED else ")"
    return text


def _ended(one: Deviation) -> str:
    """Of an episode that ended without a return to what was normal."""
    gone = one.direction is Direction.ABSENT
    return "; it is not expected back" if gone else "; it stays at the new level"


def _others(announcement: Announcement, most: int) -> list[str]:
    return [shown.of(component) for component, shown, _ in announcement.others[:most]]


def _said(one: Deviation) -> str:
    if one.direction is Direction.ABSENT:
        return "has vanished"
    way = "above" if one.direction is Direction.HIGH else "below"
    return f"is {one.size:.1f} times its usual spread {way} its usual level"


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
