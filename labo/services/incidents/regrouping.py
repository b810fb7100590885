"""A person splits an incident or merges several: one transaction, in the linkers' turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime

import structlog

from graph import incident_acts as acts
from graph import jobs, linking, occurrences, problems
from graph.client import Graph, Transaction
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.justification import justified
from labo.domain.entities.keys import system_and_name
from labo.domain.entities.problems import on_component
from labo.domain.incidents.acts import ActKind, an_act, check_version
from labo.domain.incidents.incidents import Incident, merged_away
from labo.domain.incidents.linking.grouping import Grouped, LinkedIncident
from labo.domain.incidents.regrouping import Group, merge, split
from labo.errors import InvalidInput
from labo.ports.jobs import Jobs

log = structlog.get_logger()

MOST_OCCURRENCES = 1_000
MOST_MERGED = 50
"""What one call may name. By judgement: a person chooses them, and a transaction stays short."""
_TIMEOUT_S = 60.0
"""Includes the wait for the workspace's turn of linking, which may take as long."""


class RegroupingService:
    """Neither waits for a diagnosis: whatever is not over afterwards is diagnosed again."""

    def __init__(
        self, graph: Graph, sender: Jobs, publish: Callable[[str], Awaitable[None]]
    ) -> None:
        self._graph = graph
        self._sender = sender
        self._publish = publish

    async def split(
        self,
        incident_id: str,
        chosen: Collection[str],
        *,
        by: str,
        reason: str,
        version: int | None = None,
    ) -> Incident:
        """A new incident with the `chosen` occurrences (ids) of another one; linking never merges
        the two again.

        Raises NotFound, InvalidInput when they are not the incident's or either part would have
        nothing that was reported, and Conflict when it is closed, was merged, or is no longer at
        `version`.
        """
        by, reason = justified(by, reason)
        _check_count(len(set(chosen)), MOST_OCCURRENCES, "occurrences")
        at = datetime.now(UTC)

        async def unit(tx: Transaction) -> tuple[Incident, list[str]]:
            await linking.lock_linking(tx)
            [group] = await _groups(tx, [incident_id])
            check_version(group.incident, version)
            remaining, taken = split(group, set(chosen), await _symptom(tx, group, chosen))
            new_id = taken.incident.id
            await _save_split(tx, remaining, taken)
            for one, text in (
                (incident_id, f"{new_id} split off"),
                (new_id, f"from {incident_id}"),
            ):
                await acts.save(tx, an_act(one, ActKind.SPLIT, by, at, f"{text}: {reason}"))
            following = await _diagnose(tx, remaining.incident, taken.incident)
            return (await acts.hold(tx, [new_id]))[new_id], following

        new, following = await self._graph.write(unit, name="incidents.split", timeout_s=_TIMEOUT_S)
        log.info("incident.split", incident=incident_id, into=new.id, by=by)
        await self._announce(following, [incident_id, new.id])
        return new

    async def merge(
        self, into: str, others: Sequence[str], *, by: str, reason: str, version: int | None = None
    ) -> Incident:
        """Incident `into` with the occurrences, remarks and confirmed causes of the `others`, which
        are closed. Safe to repeat.

        Raises NotFound, InvalidInput for one of another system, and Conflict when one is closed or
        was merged elsewhere, or `into` is no longer at `version`.
        """
        by, reason = justified(by, reason)
        wanted = list(dict.fromkeys(others))
        _check_count(len(wanted), MOST_MERGED, "others")
        at = datetime.now(UTC)

        async def unit(tx: Transaction) -> tuple[Incident, list[str], list[str]]:
            await linking.lock_linking(tx)
            target, *rest = await _groups(tx, [into, *wanted])
            rest = [one for one in rest if one.incident.merged_into != into]
            if not rest:
                return target.incident, [], []
            check_version(target.incident, version)
            merged = merge(target, rest)
            handed_over = await _save_merge(tx, merged, rest)
            for one, went in handed_over.items():
                text = f"{one} merged into {into}{_said(went)}: {reason}"
                await _save_acts(tx, (into, one), ActKind.MERGED, by, at, text)
            after = (await acts.hold(tx, [into]))[into]
            return after, await _diagnose(tx, merged.incident), list(handed_over)

        target, following, away = await self._graph.write(
            unit, name="incidents.merge", timeout_s=_TIMEOUT_S
        )
        log.info("incident.merged", incident=into, others=len(away), by=by)
        await self._announce(following, [into, *away] if away else [])
        return target

    async def _announce(self, following: Sequence[str], changed: Sequence[str]) -> None:
        for incident in following:
            await self._sender.enqueue(JobKind.DIAGNOSE, self._graph.workspace, incident)
        for incident in changed:
            await self._publish(incident)


def _check_count(count: int, most: int, where: str) -> None:
    if not 1 <= count <= most:
        raise InvalidInput(f"name 1 to {most} at a time", where=where)


async def _save_merge(
    tx: Transaction, merged: Group, rest: Sequence[Group]
) -> dict[str, acts.HandedOver]:
    """Close the `rest`, whose occurrences `merged` has; what else went over, by their ids."""
    into = merged.incident.id
    away = [LinkedIncident(merged_away(one.incident, into), 0) for one in rest]
    pairs = tuple((one.incident.id, into) for one in away)
    await linking.save_incidents(tx, Grouped((*_linked(merged), *away), merged=pairs))
    handed_over = await acts.hand_over(tx, pairs)
    if any(one.causes for one in handed_over.values()):
        await jobs.ask(tx, JobKind.REMEMBER, [into])
    return handed_over


async def _save_acts(
    tx: Transaction, about: Iterable[str], kind: ActKind, by: str, at: datetime, text: str
) -> None:
    for incident in about:
        await acts.save(tx, an_act(incident, kind, by, at, text))


def _said(handed_over: acts.HandedOver) -> str:
    """For the timeline: what went over beside the occurrences."""
    said = (("comments", handed_over.comments), ("confirmed cause", handed_over.causes))
    names = " and ".join(name for name, count in said if count)
    return f" with its {names}" if names else ""


async def _groups(tx: Transaction, ids: Sequence[str]) -> list[Group]:
    """The incidents with their occurrences, held until the commit. Raises NotFound."""
    held = await acts.hold(tx, ids)
    included = await occurrences.read_by_incidents(tx, sorted(held))
    marks = await acts.read_apart(tx, held)
    return [Group(held[one], tuple(included[one]), marks.get(one, frozenset())) for one in ids]


async def _symptom(tx: Transaction, group: Group, chosen: Collection[str]) -> str:
    """The title of an incident that begins with the first of the `chosen` occurrences."""
    first = next((one for one in group.reported if one.id in chosen), None)
    if first is None:
        return group.incident.title
    problem = (await problems.read_by_keys(tx, [first.problem])).get(first.problem)
    _, component = system_and_name(first.component)
    return on_component(problem, component) if problem else group.incident.title


async def _save_split(tx: Transaction, remaining: Group, taken: Group) -> None:
    origin, new = remaining.incident.id, taken.incident.id
    chosen = [one.id for one in taken.occurrences]
    await acts.unlink(tx, origin, chosen)
    included = tuple((new, one) for one in chosen)
    await linking.save_incidents(tx, Grouped(_linked(remaining, taken), included))
    await acts.link_split(tx, new, origin)


def _linked(*groups: Group) -> tuple[LinkedIncident, ...]:
    return tuple(LinkedIncident(one.incident, one.ongoing, one.apart) for one in groups)


async def _diagnose(tx: Transaction, *changed: Incident) -> list[str]:
    """Ask for the diagnosis of those that are not over; returns what needs a message."""
    return await jobs.add(tx, JobKind.DIAGNOSE, [one.id for one in changed if not one.is_over])
