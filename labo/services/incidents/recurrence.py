"""Recurring incidents: which earlier one had the same cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graph import confirmed_causes, diagnoses, incidents, occurrences
from graph.client import Graph
from labo.domain.incidents.recurrence import KnownCause, known_cause, recurrence_of

MAX_EARLIER = 20
"""Incidents on the cause's component that are compared, the newest first: one page. By judgement:
a cause that did not recur in twenty incidents of its component is no news."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """`incident` has the same cause as the incident `earlier` (ids)."""

    incident: str
    earlier: str


async def find_recurrences(graph: Graph, ids: Iterable[str]) -> list[Recurrence]:
    """Those of these incidents whose cause is known and was that of an earlier one, with the newest
    such. Raises Unavailable."""
    own = await _known_causes(graph, ids)
    before = await incidents.find_before(
        graph, [(one.incident, one.component, one.opened_at) for one in own.values()], MAX_EARLIER
    )
    known = await _known_causes(graph, {one.earlier for one in before})
    found = []
    for incident, cause in own.items():
        others = [known[b.earlier] for b in before if b.later == incident and b.earlier in known]
        if (earlier := recurrence_of(cause, others)) is not None:
            found.append(Recurrence(incident, earlier))
    return found


async def _known_causes(graph: Graph, ids: Iterable[str]) -> dict[str, KnownCause]:
    wanted = sorted(set(ids))
    confirmed = {
        one.incident: one for one in await confirmed_causes.find_by_incidents(graph, wanted, 1)
    }
    diagnosed = {one.incident: one for one in await diagnoses.find_by_incidents(graph, wanted, 1)}
    included = await occurrences.find_by_incidents(graph, wanted)
    known = {}
    for one in await incidents.find_by_ids(graph, wanted):
        cause = known_cause(one, confirmed.get(one.id), diagnosed.get(one.id), included[one.id])
        if cause is not None:
            known[one.id] = cause
    return known
