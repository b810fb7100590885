"""The cause of an incident as confirmed by a human."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ConfirmedCause:
    """Of `incident`: a component (key), a problem (key), or a problem on a component."""

    incident: str
    component: str | None
    problem: str | None
    confirmed_by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class NewCause:
    """A cause to record. `occurrence` (id) names both its problem and its component."""

    incident: str
    occurrence: str | None
    component: str | None
    problem: str | None
    confirmed_by: str
    at: datetime
    reason: str
