"""Which earlier incident had the cause that an incident has now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from labo.domain.entities.diagnoses import SURE, Diagnosis
from labo.domain.entities.keys import component_key
from labo.domain.incidents.confirmed_causes import ConfirmedCause
from labo.domain.incidents.incidents import Incident, Occurrence


@dataclass(frozen=True, slots=True)
class KnownCause:
    """Of `incident` (id): a component (key), the problem (key) where one was named, and the
    problems (keys) that the component showed."""

    incident: str
    opened_at: datetime
    component: str
    problem: str | None = None
    shown: frozenset[str] = frozenset()


def known_cause(
    incident: Incident,
    confirmed: ConfirmedCause | None,
    diagnosis: Diagnosis | None,
    occurrences: Iterable[Occurrence],
) -> KnownCause | None:
    """What was confirmed last, else what a sure `diagnosis` names first; None without a component.
    A person's word counts more than a diagnosis, also where it leaves the component open."""
    component, problem = None, None
    if confirmed is not None:
        component, problem = confirmed.component, confirmed.problem
    elif diagnosis is not None and diagnosis.analysis.verdict in SURE:
        first = diagnosis.analysis.suspects[0]
        component, problem = component_key(incident.system, first.component), first.problem_key
    if component is None:
        return None
    shown = frozenset(one.problem for one in occurrences if one.component == component)
    return KnownCause(incident.id, incident.opened_at, component, problem, shown)


def recurrence_of(own: KnownCause, others: Iterable[KnownCause]) -> str | None:
    """The id of the newest earlier incident with the same cause; None without one."""
    same = [one for one in others if one.opened_at < own.opened_at and _is_same(own, one)]
    return max(same, key=lambda one: (one.opened_at, one.incident)).incident if same else None


def _is_same(one: KnownCause, other: KnownCause) -> bool:
    """One problem on one component; where one of the two has no name for it, one that both show."""
    if one.component != other.component:
        return False
    if one.problem is not None and other.problem is not None:
        return one.problem == other.problem
    return not one.shown.isdisjoint(other.shown)
