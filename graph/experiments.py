"""Experiments: planned, then ended with a result or a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from types import NoneType

from graph.client import Graph, Transaction
from graph.rows import JsonColumn, as_json
from graph.statements import load
from labo.domain.lab.results import Experiment, ExperimentStatus, Result
from labo.errors import NotFound


@dataclass(frozen=True, slots=True)
class ExperimentRow:
    id: str
    scenario: str
    system: str
    first_seed: int
    seeds: int
    seconds: float
    requested_by: str
    status: ExperimentStatus
    result: JsonColumn[Result] | None
    ended_at: datetime | None
    reason: str

    def to_domain(self) -> Experiment:
        return Experiment(
            id=self.id,
            scenario=self.scenario,
            system=self.system,
            first_seed=self.first_seed,
            seeds=self.seeds,
            seconds=self.seconds,
            requested_by=self.requested_by,
            status=self.status,
            result=self.result,
            ended_at=self.ended_at,
            reason=self.reason,
        )


GET_EXPERIMENT = load("experiments/get_experiment", row=ExperimentRow)
FIND_EXPERIMENTS = load("experiments/find_experiments", row=ExperimentRow)
UPSERT_EXPERIMENT = load("experiments/upsert_experiment", row=NoneType)
UPSERT_RESULT = load("experiments/upsert_result", row=str)


async def get(graph: Graph, id_: str) -> Experiment:
    """Raises NotFound."""
    rows = await graph.fetch(GET_EXPERIMENT, id=id_)
    if not rows:
        raise NotFound("no such experiment", where=id_)
    return rows[0].to_domain()


async def find_latest(graph: Graph, scenarios: Iterable[str], *, limit: int) -> list[Experiment]:
    """Of each scenario (key) the latest `limit`, the newest first."""
    rows = await graph.fetch(FIND_EXPERIMENTS, scenarios=sorted(set(scenarios)), limit=limit)
    return [row.to_domain() for row in rows]


async def plan(tx: Transaction, experiment: Experiment, *, written_by: str) -> None:
    """Save a planned experiment; its scenario is stored already."""
    await tx.run(
        UPSERT_EXPERIMENT,
        id=experiment.id,
        scenario=experiment.scenario,
        properties={
            "system": experiment.system,
            "environment": "lab",
            "first_seed": experiment.first_seed,
            "seeds": experiment.seeds,
            "seconds": experiment.seconds,
            "requested_by": experiment.requested_by,
            "status": experiment.status.value,
        },
        written_by=written_by,
    )


async def end(tx: Transaction, experiment: Experiment) -> bool:
    """Save its result; links its scenario to the tested claim.

    False, and nothing stored, when it has ended already.
    """
    result = experiment.result
    ended = await tx.run(
        UPSERT_RESULT,
        id=experiment.id,
        edge=result.edge.edge if result and result.edge else "",
        properties={
            "status": experiment.status.value,
            "verdict": result.verdict.value if result else None,
            "result": as_json(result) if result else None,
            "ended_at": experiment.ended_at,
            "reason": experiment.reason,
        },
    )
    return bool(ended)
