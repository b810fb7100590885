"""Linking a batch of events: occurrences, problems, incidents, and the diagnosis they call for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from graph import jobs, problems
from graph import linking as kept
from graph.client import Graph, Transaction
from labo.domain.entities.components import Component
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.problems import Problem
from labo.domain.incidents.events import StoredEvent
from labo.domain.incidents.incidents import GROUPING_WINDOW, Occurrence
from labo.domain.incidents.linking.component_names import component_name
from labo.domain.incidents.linking.episodes import Assigned, assign, thread_of
from labo.domain.incidents.linking.grouping import Grouped, LinkedIncident, group, within_two_hops
from labo.domain.incidents.linking.identity import locate, problem_of
from labo.errors import Conflict, LaboError, Unavailable
from labo.ports.jobs import Jobs

log = structlog.get_logger()

_ROUNDS = 5
_TIMEOUT_S = 60.0
"""Includes the wait for the workspace's turn."""

_Owners = dict[str, tuple[Component, Problem]]


@dataclass(frozen=True, slots=True)
class Linked:
    """What linking changed; all empty when there was nothing left to link.

    `diagnose` are the incidents that need a message; the others have one under way. `following` is
    the batch that waits next.
    """

    events: int = 0
    occurrences: int = 0
    incidents: tuple[str, ...] = ()
    diagnose: tuple[str, ...] = ()
    following: str | None = None


class LinkingService:
    """Linking the same batch twice changes nothing; batches of a workspace take turns."""

    def __init__(self, graph: Graph, jobs: Jobs, publish: Callable[[str], Awaitable[None]]) -> None:
        self._graph = graph
        self._jobs = jobs
        self._publish = publish

    async def link(self, batch: str) -> Linked:
        """Link the batch's events, and those of batches that wait with it, in one transaction.

        Raises Unavailable.
        """
        try:
            linked = await self._written(batch, together=True)
        except LaboError:
            raise
        except Exception:
            # Whatever it is, one of the others may be the cause, and this batch must not fail for
            # it. Nothing is lost: the transaction is undone, the others keep their jobs, and what
            # this batch itself cannot do fails below, loudly.
            log.warning("linking.alone", batch=batch, exc_info=True)
            linked = await self._written(batch, together=False)
        log.info(
            "events.linked",
            batch=batch,
            events=linked.events,
            occurrences=linked.occurrences,
            incidents=len(linked.incidents),
        )
        if linked.following:
            await self._jobs.enqueue(JobKind.LINK_EVENTS, self._graph.workspace, linked.following)
        for incident in linked.diagnose:
            await self._jobs.enqueue(JobKind.DIAGNOSE, self._graph.workspace, incident)
        for incident in linked.incidents:
            await self._publish(incident)
        return linked

    async def _written(self, batch: str, *, together: bool) -> Linked:
        async def unit(tx: Transaction) -> Linked:
            await kept.lock_linking(tx)
            waiting = await kept.waiting_batches(tx) if together else []
            others = [other for other in waiting if other != batch]
            linked = await _link(tx, await kept.events_of(tx, [batch, *others]))
            await jobs.withdraw(tx, JobKind.LINK_EVENTS, others)
            return replace(linked, following=await kept.next_waiting(tx, batch))

        for _ in range(_ROUNDS):
            try:
                return await self._graph.write(unit, name=JobKind.LINK_EVENTS, timeout_s=_TIMEOUT_S)
            except Conflict:
                # Somebody decided on an incident meanwhile: read again and decide anew.
                log.info("linking.looked_again", batch=batch)
        raise Unavailable("incidents change too fast to link this batch", where=batch)


async def _link(tx: Transaction, events: Sequence[StoredEvent]) -> Linked:
    if not events:
        return Linked()
    episodes = await kept.episodes(tx, (thread_of(event) for event in events))
    known: dict[str, list[Occurrence]] = {}
    for episode in episodes:
        known.setdefault(episode.occurrence.dedup_key, []).append(episode.occurrence)
    owners, new_components, new_problems = await _owners(tx, events)
    assigned = assign(events, known, lambda event: owners[event.id])
    used = {key for owner in assigned.owners.values() for key in (owner[0].key, owner[1].key)}
    if assigned.fresh or assigned.changed or assigned.signals:
        await kept.save_occurrences(
            tx,
            assigned,
            [component for component in new_components if component.key in used],
            [problem for problem in new_problems if problem.key in used],
        )
    grouped, diagnose = Grouped((), (), (), ()), list[str]()
    if assigned.fresh or assigned.changed:
        held = {episode.incident for episode in episodes if episode.incident}
        grouped = await _grouped(tx, assigned, held)
        diagnose = await kept.save_incidents(tx, grouped)
    await kept.mark_linked(tx, (event.id for event in events))
    return Linked(
        len(events),
        len(assigned.fresh),
        tuple(incident.id for incident in grouped.incidents),
        tuple(diagnose),
    )


async def _owners(
    tx: Transaction, events: Sequence[StoredEvent]
) -> tuple[_Owners, list[Component], list[Problem]]:
    """Component and problem of each event by its id, and those that the graph does not know."""
    by_name = await kept.components_by_name(tx, map(component_name, events))
    keys = {component.key for same in by_name.values() for component in same}
    owners: _Owners = {}
    for event in events:
        component = locate(event, by_name)
        owners[event.id] = (component, problem_of(event, component.role))
    canonical = await problems.read_canonical(tx, (p.key for _, p in owners.values()))
    new_components = {c.key: c for c, _ in owners.values() if c.key not in keys}
    new_problems = {p.key: p for _, p in owners.values() if p.key not in canonical}
    standing = {
        event: (component, replace(problem, key=canonical.get(problem.key, problem.key)))
        for event, (component, problem) in owners.items()
    }
    return standing, list(new_components.values()), list(new_problems.values())


async def _grouped(tx: Transaction, assigned: Assigned, held: set[str]) -> Grouped:
    """Decide on incidents; `held` have an earlier episode of an occurrence in the batch."""
    fresh = assigned.fresh.values()
    near = await kept.started(tx, _windows(o.started_at for o in fresh))
    components = {o.component for o in fresh}
    neighbours = await kept.neighbours(tx, components | {one.component for one in near})
    related = {
        one.incident
        for one in near
        if any(within_two_hops(one.component, other, neighbours) for other in components)
    }
    linked_incidents: list[LinkedIncident] = await kept.linked_incidents(tx, held | related)

    def describe(occurrence: Occurrence) -> str:
        component, problem = assigned.owners[occurrence.id]
        return f"{problem.title} on {component.name}"

    return group(fresh, assigned.changed.values(), linked_incidents, neighbours, describe)


def _windows(moments: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """The grouping windows around each moment, overlapping ones joined, in order."""
    windows: list[tuple[datetime, datetime]] = []
    for moment in sorted(moments):
        start, end = moment - GROUPING_WINDOW, moment + GROUPING_WINDOW
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows
