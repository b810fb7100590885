"""Random histories with kills: nothing runs unapproved or twice, and nothing is stuck."""

from __future__ import annotations

import pytest

from benchmarks.escalation_histories import History
from benchmarks.escalation_system import MortalGraph
from graph.client import Graph

pytestmark = pytest.mark.stack


@pytest.mark.parametrize("seed", range(6))
async def test_no_history_runs_anything_unapproved_or_twice(graph: Graph, seed: int) -> None:
    """Jobs in any order and twice, dying processes, late and foreign decisions; left alone, each
    incident comes to where a person is next, or nobody."""
    mortal = MortalGraph(graph._driver, workspace=graph.workspace)

    found = await History(mortal, f"history-{seed}", seed).run()

    assert (found.unapproved, found.repeated, found.stuck) == (0, 0, 0)
