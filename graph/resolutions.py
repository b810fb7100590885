"""What is remembered of resolved incidents, and of the actions executed on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from graph.client import Graph, Transaction
from graph.rows import as_json, properties
from graph.statements import load
from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.economy import IncidentCost
from labo.domain.escalation.memory_confidence import PastExecution
from labo.domain.escalation.resolutions import Resolution, Resolved, corrected
from labo.domain.escalation.verification_outcomes import VerificationOutcome
from labo.errors import NotFound

MOST_EXECUTIONS = 200
"""Newest executions against one problem that are read: `FADE` leaves older ones no weight."""
SCANNED = 10_000
"""Newest documents compared one by one with a text, as in `graph.memory`."""


@dataclass(frozen=True, slots=True)
class ExecutionRow:
    """`recurred_at` is when the same alert came back, `reopened_at` when the incident did."""

    id: str
    incident: str
    problem: str
    component: str
    role: str
    template: str
    parameters: Mapping[str, Value]
    outcome: VerificationOutcome
    started_at: datetime | None
    ended_at: datetime
    recurred_at: datetime | None
    reopened_at: datetime | None
    foreseen: Mapping[str, float] = field(default_factory=dict)
    corrections: Mapping[str, str] = field(default_factory=dict)
    is_forgotten: bool = False

    def to_domain(self) -> PastExecution:
        """With a person's correction, where there is one."""
        back = [at for at in (self.recurred_at, self.reopened_at) if at is not None]
        measured = PastExecution(
            id=self.id,
            incident=self.incident,
            problem=self.problem,
            component=self.component,
            role=self.role,
            template=self.template,
            parameters=self.parameters,
            outcome=self.outcome,
            ended_at=self.ended_at,
            recurred_at=min(back, default=None),
        )
        return corrected(measured, self.corrections)


@dataclass(frozen=True, slots=True)
class Alike:
    """What an incident is compared by, and the cosine of its embedding with another's; 0 where it
    has none."""

    id: str
    title: str
    problems: tuple[str, ...]
    components: tuple[str, ...]
    cosine: float


FIND_EXECUTIONS = load("resolutions/find_executions", row=ExecutionRow)
FIND_FORESEEN = load("resolutions/find_foreseen", row=ExecutionRow)
FIND_ALIKE = load("resolutions/find_alike", row=Alike)
GET_RESOLVED = load("resolutions/get_resolved", row=Resolved)
GET_RESOLUTION = load("resolutions/get_resolution", row=Resolution)
FIND_RESOLUTIONS = load("resolutions/find_resolutions", row=Resolution)
FIND_NEAREST = load("resolutions/find_nearest", row=Resolution)
FIND_COSTS = load("resolutions/find_costs", row=IncidentCost)
UPSERT_RESOLUTION = load("resolutions/upsert_resolution", row=str)
UPSERT_CORRECTION = load("resolutions/upsert_correction", row=str)
UPSERT_FORGOTTEN = load("resolutions/upsert_forgotten", row=str)


async def find_executions(
    graph: Graph, *, problem: str, incidents: Iterable[str], before: datetime
) -> list[ExecutionRow]:
    """Verified actions against the problem (title), and those on the incidents (ids), as known
    before then; without those that a person made memory forget."""
    rows = await graph.fetch(
        FIND_EXECUTIONS,
        problem=problem,
        incidents=sorted(set(incidents)),
        before=before,
        limit=MOST_EXECUTIONS,
    )
    return [row for row in rows if not row.is_forgotten]


async def find_foreseen(graph: Graph, *, before: datetime, limit: int) -> list[ExecutionRow]:
    """The verified actions of the newest resolved incidents, with what was foreseen of them."""
    rows = await graph.fetch(FIND_FORESEEN, before=before, limit=limit)
    return [row for row in rows if not row.is_forgotten]


async def find_alike(
    graph: Graph, ids: Iterable[str], vector_name: str, vector: Sequence[float]
) -> list[Alike]:
    """What these incidents are compared by, in no order; `vector_name` as `vector_property`."""
    return await graph.fetch(
        FIND_ALIKE, ids=sorted(set(ids)), property=vector_name, vector=list(vector)
    )


async def get_resolved(graph: Graph, incident: str) -> Resolved:
    """Raises NotFound."""
    for row in await graph.fetch(GET_RESOLVED, id=incident):
        return row
    raise NotFound("there is no such incident", where=incident)


async def get(graph: Graph, incident: str) -> Resolution:
    """Raises NotFound, also for one that was forgotten."""
    for row in await graph.fetch(GET_RESOLUTION, incident=incident):
        return row
    raise NotFound("nothing is remembered of this incident", where=incident)


async def find_newest(graph: Graph, limit: int) -> list[Resolution]:
    """Newest first."""
    return await graph.fetch(FIND_RESOLUTIONS, limit=limit)


async def find_nearest(
    graph: Graph, vector_name: str, vector: Sequence[float], limit: int
) -> list[Resolution]:
    """Those whose text is nearest to the vector, nearest first."""
    return await graph.fetch(
        FIND_NEAREST, property=vector_name, vector=list(vector), scanned=SCANNED, limit=limit
    )


async def find_costs(graph: Graph, since: datetime, limit: int) -> list[IncidentCost]:
    """What the newest resolved incidents cost, newest first."""
    return await graph.fetch(FIND_COSTS, since=since, limit=limit)


async def save(
    tx: Transaction, document: Resolution, vector_name: str, vector: Sequence[float]
) -> bool:
    """Whether it was saved: a forgotten one stays so. A person's corrections stay."""
    values = properties(document)
    for name in ("incident", "corrections", "corrected_by", "correction"):
        del values[name]
    saved = await tx.run(
        UPSERT_RESOLUTION,
        incident=document.incident,
        properties=values,
        property=vector_name,
        vector=list(vector),
    )
    return bool(saved)


async def save_corrections(
    tx: Transaction, incident: str, corrections: Mapping[str, str], *, by: str, reason: str
) -> bool:
    rows = await tx.run(
        UPSERT_CORRECTION,
        incident=incident,
        corrections=as_json(corrections),
        by=by,
        reason=reason,
    )
    return bool(rows)


async def forget(tx: Transaction, incident: str, *, by: str, reason: str) -> bool:
    """Whether there was something to forget."""
    return bool(await tx.run(UPSERT_FORGOTTEN, incident=incident, by=by, reason=reason))
