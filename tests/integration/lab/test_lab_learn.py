"""`labo lab learn` as a process, with the real engine: stopped, killed, started again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from graph import experiences, lab_runs
from graph.client import Graph
from labo.domain.lab.runs import LabRun, RoundStage
from tests.conftest import TestStack

pytestmark = pytest.mark.stack

RUN = LabRun("random-5-3", hours=0.2, seed=1)
WORDS = ("--system", RUN.system, "--hours", str(RUN.hours), "--seed", str(RUN.seed), "--json")


def learning(env: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "labo.cli.main", "lab", "learn", *WORDS],
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def stopped_at(
    graph: Graph, env: Mapping[str, str], number: int, how: signal.Signals
) -> tuple[int, str]:
    """Exit code and answer of a run that gets a signal once its round `number` has begun."""
    child = learning(env)
    try:
        while number > max(
            (one.number for one in await lab_runs.rounds(graph, RUN.key)), default=0
        ):
            assert child.poll() is None, child.stderr and child.stderr.read()
            await asyncio.sleep(0.05)
        child.send_signal(how)
        told, _ = await asyncio.to_thread(child.communicate)
    finally:
        child.kill()
    return child.returncode, told


async def test_a_run_survives_ctrl_c_and_a_kill(
    graph: Graph, stack: TestStack, tmp_path: Path
) -> None:
    """Ctrl-C leaves a report of what was done, a kill leaves the round that was begun; the same
    command goes on with that very round, and started once more it only reports."""
    env = {
        **stack.env,
        "LABO_WORKSPACE": graph.workspace,
        "LABO_DATA_DIR": str(tmp_path),
        "TMPDIR": str(tmp_path),
    }
    code, told = await stopped_at(graph, env, 1, signal.SIGINT)
    partial = json.loads(told)
    killed, _ = await stopped_at(graph, env, 2, signal.SIGKILL)
    begun = await lab_runs.rounds(graph, RUN.key)
    ended = [await asyncio.to_thread(learning(env).communicate) for _ in range(2)]
    whole, again = (json.loads(out) for out, _ in ended)
    done = await lab_runs.rounds(graph, RUN.key)
    felt = [one for one in done if not one.is_control and one.is_felt]

    assert (code, partial["overall"]["controls"], partial["is_finished"]) == (130, 0, False)
    assert (killed, [one.number for one in begun]) == (-signal.SIGKILL, [1, 2])
    assert begun[1].stage is not RoundStage.DONE
    assert (done[1].kind, done[1].target) == (begun[1].kind, begun[1].target)
    assert [one.number for one in done] == list(range(1, len(done) + 1))
    assert {one.stage for one in done} == {RoundStage.DONE}
    assert len(await experiences.read_after(graph, 0, 100)) == len(felt)
    assert whole == again and whole["is_finished"]
