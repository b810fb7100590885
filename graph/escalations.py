"""Where each incident stands in its escalation, and how it moves on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from graph import incident_acts as acts
from graph import jobs
from graph.client import Graph, Transaction
from graph.statements import load
from labo.domain.entities.keys import digest
from labo.domain.escalation.facts import EscalationState
from labo.domain.escalation.stages import JOB_OF, Transition
from labo.domain.incidents.acts import ActKind, IncidentAct
from labo.errors import NotFound


@dataclass(frozen=True, slots=True)
class _OfIncident(EscalationState):
    incident: str = ""


FIND_ESCALATIONS = load("escalations/find_escalations", row=_OfIncident)
GET_ESCALATION = load("escalations/get_escalation", row=EscalationState)
UPSERT_TRANSITION = load("escalations/upsert_transition", row=str)


@dataclass(frozen=True, slots=True)
class Changed:
    """What a move changes beside the stage; None leaves as it is. `delay_s` puts the job of the
    new stage off."""

    diagnosis: str | None = None
    verdict: str | None = None
    execution: str | None = None
    delay_s: int | None = None


async def get(graph: Graph, incident_id: str) -> EscalationState:
    """Raises NotFound."""
    for state in await graph.fetch(GET_ESCALATION, id=incident_id):
        return state
    raise NotFound("there is no such incident", where=incident_id)


async def find_by_incidents(graph: Graph, ids: Iterable[str]) -> dict[str, EscalationState]:
    """By incident; those that do not exist are left out."""
    rows = await graph.fetch(FIND_ESCALATIONS, ids=sorted(set(ids)))
    return {row.incident: row for row in rows}


async def move(
    tx: Transaction,
    incident: str,
    moves: int,
    transition: Transition,
    *,
    at: datetime,
    changed: Changed | None = None,
) -> bool:
    """Make one move from the state that had so many `moves`, write it into the timeline, and ask
    for the job of the new stage. False, and nothing stored, when the state moved meanwhile."""
    also = changed or Changed()
    moved = await tx.run(
        UPSERT_TRANSITION,
        id=incident,
        moves=moves,
        stage=transition.stage.value,
        escalation_level=transition.level.value,
        note=transition.reason,
        status=transition.status.value if transition.status else None,
        diagnosis=also.diagnosis,
        verdict=also.verdict,
        execution=also.execution,
        at=at,
        by=transition.by,
    )
    if not moved:
        return False
    await acts.save(tx, _act(incident, moves, transition, at))
    if job := JOB_OF.get(transition.stage):
        await jobs.ask(tx, job, [incident], delay_s=also.delay_s)
    return True


def _act(incident: str, moves: int, transition: Transition, at: datetime) -> IncidentAct:
    return IncidentAct(
        id=digest("move", incident, str(moves)),
        incident=incident,
        kind=ActKind.ESCALATED,
        by=transition.by,
        at=at,
        text=transition.reason,
        stage=transition.stage.value,
        level=transition.level.value,
        tokens=transition.tokens,
    )
