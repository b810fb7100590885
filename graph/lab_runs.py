"""Runs of the lab and their rounds: how far each has come."""

from __future__ import annotations

from types import NoneType

from graph.client import Graph, Transaction
from graph.rows import as_json, properties
from graph.statements import load
from labo.domain.lab.runs import LabRound, LabRun
from labo.errors import NotFound

FIND_RUNS = load("lab_runs/find_runs", row=LabRun)
UPSERT_RUN = load("lab_runs/upsert_run", row=NoneType)
FIND_ROUNDS = load("lab_runs/find_rounds", row=LabRound)
UPSERT_ROUND = load("lab_runs/upsert_round", row=NoneType)

_WRITER = "lab"


async def find(graph: Graph) -> list[LabRun]:
    """All of them, the one that went on last first."""
    return await graph.fetch(FIND_RUNS, keys=[])


async def get(graph: Graph, key: str) -> LabRun:
    """Raises NotFound."""
    rows = await graph.fetch(FIND_RUNS, keys=[key])
    if not rows:
        raise NotFound("no such run of the lab", where=key)
    return rows[0]


async def save(tx: Transaction, run: LabRun) -> None:
    """Start `run`, or save the roles that it has seen."""
    values = properties(run)
    values["environment"] = "lab"
    await tx.run(
        UPSERT_RUN,
        key=run.key,
        properties={name: value for name, value in values.items() if name != "roles"},
        roles=as_json(run.roles),
        written_by=_WRITER,
    )


async def rounds(graph: Graph, run: str) -> list[LabRound]:
    """Those of the run (key), in their order."""
    return await graph.fetch(FIND_ROUNDS, run=run)


async def save_round(tx: Transaction, one: LabRound) -> None:
    """Save it, replacing the stored one of the same round; its run is stored already."""
    await tx.run(
        UPSERT_ROUND, run=one.run, id=one.id, properties=properties(one), written_by=_WRITER
    )
