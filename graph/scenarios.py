"""Scenarios that were run: what they were, and which seeds are taken."""

from __future__ import annotations

from graph.client import Transaction
from graph.rows import as_json
from graph.statements import load
from labo.domain.scenarios import Scenario

UPSERT_SCENARIO = load("scenarios/upsert_scenario", row=int)


async def reserve(tx: Transaction, scenario: Scenario, seeds: int, *, written_by: str) -> int:
    """Keep `scenario` as it is now and set `seeds` seeds aside; returns the first of them."""
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
