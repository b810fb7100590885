"""`labo lab run` against a real graph, with the real engine."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from graph import edges, evidence
from graph.client import Graph
from tests.conftest import TestStack

pytestmark = pytest.mark.stack


async def test_the_result_is_kept_as_evidence(
    graph: Graph, stack: TestStack, tmp_path: Path
) -> None:
    """The answer is JSON alone on standard output, and names the edge that it is about."""
    own = {"LABO_WORKSPACE": graph.workspace, "LABO_DATA_DIR": str(tmp_path)}
    words = ["lab", "run", "errors", "--seeds", "2", "--seconds", "75", "--json"]
    done = await asyncio.to_thread(
        lambda: subprocess.run(
            [sys.executable, "-m", "labo.cli.main", *words],
            env=os.environ | stack.env | own,
            capture_output=True,
            text=True,
            timeout=120,
        )
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    edge = await edges.get(graph, found["result"]["edge"]["edge"])
    [piece] = await evidence.page(graph, edge.key)

    assert (found["status"], found["requested_by"], found["first_seed"]) == (
        "done",
        "command line",
        1,
    )
    assert (piece.origin, piece.pairs, piece.provoked) == (found["id"], 2, True)
