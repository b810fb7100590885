"""Scenarios that were run: what they were, and which seeds are taken."""

from __future__ import annotations

from dataclasses import dataclass

from graph.client import Graph, Transaction
from graph.rows import JsonColumn, as_json
from graph.statements import load
from labo.domain.lab.scenarios import Scenario
from labo.errors import NotFound


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    content: JsonColumn[Scenario]


GET_SCENARIO = load("scenarios/get_scenario", row=ScenarioRow)
UPSERT_SCENARIO = load("scenarios/upsert_scenario", row=int)


async def get(graph: Graph, key: str) -> Scenario:
    """The scenario as it was when it was last planned. Raises NotFound."""
    rows = await graph.fetch(GET_SCENARIO, key=key)
    if not rows:
        raise NotFound("no such scenario was planned", where=key)
    return rows[0].content


async def reserve(tx: Transaction, scenario: Scenario, seeds: int, *, written_by: str) -> int:
    """Save `scenario` as it is now and reserve `seeds` seeds; returns the first of them."""
    rows = await tx.run(
        UPSERT_SCENARIO,
        key=scenario.key,
        properties={
            "title": scenario.title,
            "system": scenario.system,
            "environment": "lab",
            "content": as_json(scenario),
        },
        seeds=seeds,
        written_by=written_by,
    )
    return rows[0]
