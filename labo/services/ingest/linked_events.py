"""What linking does within its transaction: read around the events, decide, write.

Every statement is by what is new: the episodes around each event, the occurrences nearest to each
new one. Nothing reads an incident, a thread or a window of time whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from graph import incident_acts, problems
from graph import linking as kept
from graph.client import Transaction
from graph.linking import Episode
from labo.domain.entities.components import Component
from labo.domain.entities.problems import Problem, on_component
from labo.domain.incidents.events import EventStatus, StoredEvent
from labo.domain.incidents.incidents import Occurrence
from labo.domain.incidents.linking.candidates import Components, near_components, search_spans
from labo.domain.incidents.linking.component_names import component_name
from labo.domain.incidents.linking.episodes import (
    Assigned,
    assign,
    bounded,
    end_of,
    moment_of,
    thread_of,
)
from labo.domain.incidents.linking.grouping import Change, Grouped, group
from labo.domain.incidents.linking.identity import locate, problem_of
from labo.domain.incidents.linking.included import Included
from labo.domain.incidents.linking.reopening import reopening_acts
from labo.services.ingest.related_incidents import relate

_Owners = dict[str, tuple[Component, Problem]]


@dataclass(frozen=True, slots=True)
class Linked:
    """What linking changed; all empty when there was nothing left to link.

    `following` is the batch that waits next, `set_aside` are the events that can't be linked.
    """

    events: int = 0
    occurrences: int = 0
    incidents: tuple[str, ...] = ()
    following: str | None = None
    set_aside: tuple[str, ...] = ()

    def __add__(self, other: Linked) -> Linked:
        """Both together, with each incident once."""
        return Linked(
            self.events + other.events,
            self.occurrences + other.occurrences,
            tuple(dict.fromkeys(self.incidents + other.incidents)),
            self.following or other.following,
            self.set_aside + other.set_aside,
        )


async def link_events(tx: Transaction, stored: Sequence[StoredEvent]) -> Linked:
    """Turn the events into occurrences and incidents, and mark them linked."""
    if not stored:
        return Linked()
    events = [bounded(event) for event in stored]
    episodes = await kept.episodes(tx, _moments(events))
    known: dict[str, list[Occurrence]] = {}
    for episode in episodes:
        known.setdefault(episode.occurrence.dedup_key, []).append(episode.occurrence)
    owners, new_components, new_problems = await _owners(tx, events)
    over = {one.occurrence.id: one.over_since for one in episodes if one.over_since}
    assigned = assign(events, known, lambda event: owners[event.id], over)
    used = {key for owner in assigned.owners.values() for key in (owner[0].key, owner[1].key)}
    if assigned.fresh or assigned.changed or assigned.signals:
        await kept.save_occurrences(
            tx,
            assigned,
            [component for component in new_components if component.key in used],
            [problem for problem in new_problems if problem.key in used],
        )
    grouped = Grouped()
    if assigned.fresh or assigned.changed:
        grouped = await _grouped(tx, assigned, episodes)
    await kept.mark_linked(tx, (event.id for event in events))
    return Linked(
        len(events),
        len(assigned.fresh),
        tuple(one.incident.id for one in grouped.incidents),
    )


def _moments(events: Sequence[StoredEvent]) -> Iterator[tuple[str, datetime]]:
    """The (thread, moment) pairs around which episodes matter to the events."""
    for event in events:
        yield thread_of(event), moment_of(event)
        if event.status is EventStatus.RESOLVED:
            yield thread_of(event), end_of(event)


async def _owners(
    tx: Transaction, events: Sequence[StoredEvent]
) -> tuple[_Owners, list[Component], list[Problem]]:
    """Component and problem of each event by its id, and those that the graph does not know."""
    names = {event.id: component_name(event) for event in events}
    by_name = await kept.components_by_name(tx, names.values())
    keys = {component.key for same in by_name.values() for component in same}
    owners: _Owners = {}
    for event in events:
        component = locate(event, names[event.id], by_name)
        owners[event.id] = (component, problem_of(event, component.role))
    canonical = await problems.read_canonical(tx, (p.key for _, p in owners.values()))
    new_components = {c.key: c for c, _ in owners.values() if c.key not in keys}
    new_problems = {p.key: p for _, p in owners.values() if p.key not in canonical}
    standing = {
        event: (component, replace(problem, key=canonical.get(problem.key, problem.key)))
        for event, (component, problem) in owners.items()
    }
    return standing, list(new_components.values()), list(new_problems.values())


async def _grouped(tx: Transaction, assigned: Assigned, episodes: Sequence[Episode]) -> Grouped:
    """Decide on incidents, and save them with what they follow or overlap."""
    fresh = assigned.fresh.values()
    near = await _near(tx, {occurrence.component for occurrence in fresh})
    incident_of = {one.occurrence.id: one.incident for one in episodes if one.incident}
    threads = {occurrence.dedup_key for occurrence in fresh}
    included = await kept.started(tx, search_spans(fresh, near)) + [
        Included(incident_of[o.id], o.component, o.dedup_key, o.started_at)
        for o in (episode.occurrence for episode in episodes)
        if o.id in incident_of and o.dedup_key in threads
    ]
    changes = [
        Change(incident_of[key], assigned.before[key], after)
        for key, after in assigned.changed.items()
        if key in incident_of
    ]
    named = {one.incident for one in included} | {change.incident for change in changes}
    incidents = await kept.linked_incidents(tx, named)

    def describe(occurrence: Occurrence) -> str:
        component, problem = assigned.owners[occurrence.id]
        return on_component(problem, component.name)

    grouped = group(fresh, changes, incidents, included, near, describe)
    await kept.save_incidents(tx, grouped)
    acts = reopening_acts(incidents, grouped, assigned.fresh, describe)
    await incident_acts.save_automatic(tx, list(acts))
    if grouped.merged:
        await incident_acts.hand_over(tx, grouped.merged)
    await relate(tx, grouped, assigned.fresh, included, near)
    return grouped


async def _near(tx: Transaction, components: set[str]) -> Components:
    if not components:
        return {}
    neighbours = await kept.neighbours(tx, components)
    beyond = frozenset[str]().union(*neighbours.values()) - components
    return near_components(components, neighbours | await kept.neighbours(tx, beyond))
