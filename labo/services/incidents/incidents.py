"""The life cycle of incidents, as people and later stages move them, and what people do about them.

What a person did is in the incident's timeline, written with what it changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog

from graph import incident_acts as acts
from graph import incidents, jobs
from graph.client import Graph, Transaction
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.justification import justified
from labo.domain.entities.person_texts import name_of, remark_of
from labo.domain.incidents.acts import (
    ActKind,
    Decided,
    Handling,
    acknowledged,
    an_act,
    assigned,
    check_unmerged,
    check_version,
    renamed,
)
from labo.domain.incidents.incidents import TRANSITIONS, Incident, IncidentStatus
from labo.errors import Conflict

log = structlog.get_logger()

_ACTS = {IncidentStatus.RESOLVED: ActKind.RESOLVED, IncidentStatus.CLOSED: ActKind.CLOSED}
"""What a person does by moving an incident there."""

_Rule = Callable[[Incident, Handling], Decided]


class IncidentService:
    """Every move checks the version that it decided on."""

    def __init__(self, graph: Graph, publish: Callable[[str], Awaitable[None]]) -> None:
        self._graph = graph
        self._publish = publish

    async def resolve(
        self, incident_id: str, *, by: str, reason: str = "", version: int | None = None
    ) -> Incident:
        """End an incident by a human's word; a resolved one stays as it is.

        Raises NotFound, and Conflict when it is closed or no longer at `version`.
        """
        return await self.move(
            incident_id,
            IncidentStatus.RESOLVED,
            by=by,
            resolution=reason or None,
            version=version,
        )

    async def close(
        self, incident_id: str, *, by: str, reason: str, version: int | None = None
    ) -> Incident:
        """Put a resolved incident away for good; a closed one stays as it is.

        Raises NotFound, InvalidInput without a reason, and Conflict when it is not resolved, was
        merged, or is no longer at `version`.
        """
        by, reason = justified(by, reason)
        check_unmerged(await incidents.get(self._graph, incident_id))
        return await self.move(
            incident_id, IncidentStatus.CLOSED, by=by, text=reason, version=version
        )

    async def move(
        self,
        incident_id: str,
        status: IncidentStatus,
        *,
        by: str | None = None,
        resolution: str | None = None,
        text: str = "",
        version: int | None = None,
    ) -> Incident:
        """The incident in its new status; moving it where it is changes nothing.

        `text` is what the timeline says of it, by default the `resolution`. Raises NotFound, and
        Conflict when the life cycle has no such step, or the incident is no longer at `version` (by
        default: changed while this ran).
        """
        incident = await incidents.get(self._graph, incident_id)
        check_version(incident, version)
        if incident.status is status:
            return incident
        if status not in TRANSITIONS[incident.status]:
            raise Conflict(
                f"an incident that is {incident.status} cannot become {status}", where=incident_id
            )
        at = datetime.now(UTC)

        async def unit(tx: Transaction) -> Incident:
            moved = await incidents.set_status(
                tx, incident, status, at=at, by=by, resolution=resolution
            )
            if moved.is_over:
                await jobs.ask(tx, JobKind.LEARN_FROM_RESOLVED, [incident_id])
            if by and (kind := _ACTS.get(status)):
                await acts.save(tx, an_act(incident_id, kind, by, at, text or resolution or ""))
            return moved

        moved = await self._graph.write(unit, name="incidents.move")
        await self._publish(incident_id)
        return moved

    async def acknowledge(
        self, incident_id: str, *, by: str, version: int | None = None
    ) -> Incident:
        """Say that somebody takes notice; the first one counts, later ones change nothing.

        Raises NotFound, and Conflict when it is over, was merged, or is no longer at `version`.
        """
        at = datetime.now(UTC)

        def rule(incident: Incident, handling: Handling) -> Decided:
            return acknowledged(incident, handling, by=by, at=at)

        return await self._act(incident_id, rule, by=by, at=at, version=version)

    async def assign(
        self, incident_id: str, to: str | None, *, by: str, version: int | None = None
    ) -> Incident:
        """Say who handles it, with None nobody. The same one again changes nothing.

        Raises NotFound, InvalidInput for a name that is none, and Conflict when it was merged or is
        no longer at `version`.
        """
        person = None if to is None else name_of(to, where="to")

        def rule(incident: Incident, handling: Handling) -> Decided:
            return assigned(incident, handling, person)

        return await self._act(incident_id, rule, by=by, at=datetime.now(UTC), version=version)

    async def rename(
        self, incident_id: str, title: str, *, by: str, version: int | None = None
    ) -> Incident:
        """Give an incident a title that stays, whatever its diagnosis says later.

        Raises NotFound, InvalidInput, and Conflict when it was merged or is no longer at `version`.
        """
        called = name_of(title, where="title")

        def rule(incident: Incident, handling: Handling) -> Decided:
            return renamed(incident, handling, called, by=by)

        return await self._act(incident_id, rule, by=by, at=datetime.now(UTC), version=version)

    async def comment(self, incident_id: str, text: str, *, by: str) -> Incident:
        """Add a remark, without secrets, to the timeline; also of an incident that is over.

        Raises NotFound, InvalidInput, and Conflict when it was merged.
        """
        remark, at = remark_of(text), datetime.now(UTC)

        async def unit(tx: Transaction) -> Incident:
            incident = (await acts.hold(tx, [incident_id]))[incident_id]
            check_unmerged(incident)
            await acts.save(tx, an_act(incident_id, ActKind.COMMENTED, by, at, remark))
            return incident

        commented = await self._graph.write(unit, name="incidents.comment")
        await self._publish(incident_id)
        return commented

    async def _act(
        self,
        incident_id: str,
        rule: _Rule,
        *,
        by: str,
        at: datetime,
        version: int | None,
    ) -> Incident:
        """Save what `rule` decides on the incident that the transaction holds, and who did it."""

        async def unit(tx: Transaction) -> tuple[Incident, bool]:
            incident = (await acts.hold(tx, [incident_id]))[incident_id]
            decided = rule(incident, await acts.read_handling(tx, incident_id))
            if not decided.properties:
                return incident, False
            check_version(incident, version)
            after = await acts.save_handling(tx, incident_id, decided.properties)
            await acts.save(tx, an_act(incident_id, decided.kind, by, at, decided.text))
            if decided.kind is ActKind.RENAMED:
                await jobs.ask(tx, JobKind.REMEMBER, [incident_id])
            return after, True

        incident, is_changed = await self._graph.write(unit, name="incidents.act")
        if is_changed:
            log.info("incident.act", incident=incident_id, by=by)
            await self._publish(incident_id)
        return incident
