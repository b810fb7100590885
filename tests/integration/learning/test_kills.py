"""A learner that is killed with SIGKILL, wherever it is, loses nothing and doubles nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from graph import conditions
from graph.client import Graph
from labo.domain.learning.state import LearnerState, fold
from labo.services.learning.learner import LearningService
from tests.builders.experiences import numbered
from tests.conftest import TestStack
from tests.integration.learning.test_learner import a_stream, save

pytestmark = pytest.mark.stack

KILLED = """
import asyncio, os, signal, sys
from graph import snapshots
from graph.client import Graph
from graph.driver import open_driver
from labo.services.learning import learner as learning

uri, password, workspace, where = sys.argv[1:]
learning.BATCH, learning.SNAPSHOT_EVERY = 3, 4
keep, commit = learning._save_effects, learning.LearningService._commit

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

async def dying_effects(tx, before, after):
    if where == "before the effects": die()
    await keep(tx, before, after)
    if where == "before the commit": die()

async def dying_commit(self, *args, **kwargs):
    await commit(self, *args, **kwargs)
    if where == "after the commit": die()

learning._save_effects, learning.LearningService._commit = dying_effects, dying_commit
graph = Graph(open_driver(uri, "neo4j", password), workspace=workspace)
asyncio.run(learning.LearningService(graph).catch_up())
"""


async def test_killed_at_any_step_the_figures_are_right(graph: Graph, stack: TestStack) -> None:
    """Effects, position and snapshot are in the graph together, or none of them is."""
    stream = a_stream(6)
    await save(graph, *stream)
    reached = []
    for where in (
        "before the effects",
        "after the commit",
        "before the commit",
        "after the commit",
    ):
        words = (stack.neo4j_uri, stack.neo4j_password, graph.workspace, where)
        died = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", KILLED, *words],
            env=dict(os.environ),
            check=False,
            timeout=60,
        )
        assert died.returncode == -signal.SIGKILL
        reached.append((await LearningService(graph).status()).position)
    state = await LearningService(graph).catch_up()
    expected = fold(LearnerState(), numbered(stream))
    shown = await conditions.find_signatures(graph, expected.problems)

    assert reached == [0, 3, 3, 6]
    assert state == expected
    assert {(s.problem, s.condition): s for s in shown} == expected.signatures
