"""The warm process that solves minimal metric sets for the API."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from labo.adapters.set_solver.process import COMMAND, ProcessSolver
from labo.adapters.set_solver.thread import ThreadSolver
from labo.domain.metric_sets.sets import Demand, MinimalSet, SignatureTable, State
from labo.errors import InvalidInput, Unavailable

LIMIT_S = 60.0
"""Enough for a proof on any machine: no test waits for it."""


def a_table(causes: int, metrics: int) -> SignatureTable:
    """Metric j is high under cause i when bit j of i's hash-like number is set."""
    names = tuple(f"cause{i}" for i in range(causes))
    columns = tuple(f"service:m{j}" for j in range(metrics))
    states = {
        name: {
            column: State.HIGH if (i * 2_654_435_761 >> j % 31) & 1 else State.NORMAL
            for j, column in enumerate(columns)
        }
        for i, name in enumerate(names)
    }
    return SignatureTable(names, columns, states, dict.fromkeys(columns, 1.0))


SMALL = a_table(5, 12)
HARD = a_table(100, 2_000)
"""Five thousand pairs: the table alone takes longer to send than a thousandth of a second."""


def timeless(found: MinimalSet) -> MinimalSet:
    return replace(found, took_ms=0.0)


@pytest.fixture
async def solver() -> AsyncIterator[ProcessSolver]:
    made = ProcessSolver()
    yield made
    await made.close()


async def test_one_process_answers_as_a_thread_does(solver: ProcessSolver) -> None:
    """Question after question, without starting anew."""
    expected = await ThreadSolver().solve(SMALL, Demand(), time_limit_s=LIMIT_S)
    pairs = {("cause0", "cause1")}

    first = await solver.solve(SMALL, Demand(), time_limit_s=LIMIT_S)
    pid = solver.pid
    second = await solver.solve(SMALL, Demand(healthy=False), pairs=pairs, time_limit_s=LIMIT_S)

    assert timeless(first) == timeless(expected)
    assert (first.proven, len(second.metrics)) == (True, 1)
    assert solver.pid == pid is not None


async def test_a_search_beyond_its_time_is_stopped_and_the_next_answered() -> None:
    """It would hold the others up for as long as it likes."""
    solver = ProcessSolver(grace_s=0.001)
    with pytest.raises(Unavailable, match="took too long"):
        await solver.solve(HARD, Demand(), time_limit_s=0.0)
    stopped = solver.pid

    found = await solver.solve(SMALL, Demand(), time_limit_s=LIMIT_S)
    await solver.close()

    assert stopped is None
    assert found.proven


async def test_a_killed_solver_is_replaced(solver: ProcessSolver) -> None:
    """By the next question, which does not notice."""
    await solver.solve(SMALL, Demand(), time_limit_s=LIMIT_S)
    killed = solver.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)

    found = await solver.solve(SMALL, Demand(), time_limit_s=LIMIT_S)

    assert found.proven
    assert solver.pid not in (None, killed)


async def test_a_question_that_ends_its_solver_twice_fails() -> None:
    """One that needs more memory than there is would otherwise be asked for ever."""
    ready = "import pickle, sys; b = pickle.dumps(None); w = sys.stdout.buffer; "
    send = "w.write(len(b).to_bytes(8, 'big') + b); w.flush(); sys.stdin.buffer.read(8)"
    solver = ProcessSolver((sys.executable, "-c", ready + send))

    with pytest.raises(Unavailable, match="ended at this question"):
        await solver.solve(SMALL, Demand(), time_limit_s=LIMIT_S)
    await solver.close()


async def test_a_question_given_up_leaves_no_answer_to_the_next(solver: ProcessSolver) -> None:
    """The caller's deadline came while the process was at work."""
    await solver.solve(SMALL, Demand(), time_limit_s=LIMIT_S)
    given_up = asyncio.create_task(solver.solve(HARD, Demand(), time_limit_s=LIMIT_S))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up

    found = await solver.solve(SMALL, Demand(), time_limit_s=LIMIT_S)

    assert set(found.metrics) <= set(SMALL.metrics)
    assert found.rivals == SMALL.causes


async def test_a_refusal_comes_back_with_its_hint(solver: ProcessSolver) -> None:
    """And the process stays: it was the question that was wrong."""
    with pytest.raises(InvalidInput) as refused:
        await solver.solve(SMALL, Demand(exclude=frozenset({"no.such"})), time_limit_s=LIMIT_S)

    assert (refused.value.where, solver.pid is not None) == ("exclude", True)
    assert refused.value.hint is not None and "service:m0" in refused.value.hint


async def test_questions_that_wait_are_bounded() -> None:
    """Beyond, a refusal that says when to come again."""
    solver = ProcessSolver(most_waiting=1)
    questions = [solver.solve(SMALL, Demand(), time_limit_s=LIMIT_S) for _ in range(2)]
    first, second = await asyncio.gather(*questions, return_exceptions=True)
    await solver.close()

    assert isinstance(first, MinimalSet)
    assert isinstance(second, Unavailable)


async def test_closing_ends_the_process_for_good(solver: ProcessSolver) -> None:
    """Nothing is left behind, and nothing started again."""
    await solver.solve(SMALL, Demand(), time_limit_s=LIMIT_S)
    pid = solver.pid
    assert pid is not None
    await solver.close()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(Unavailable, match="shut down"):
        await solver.solve(SMALL, Demand(), time_limit_s=LIMIT_S)


def test_the_process_ends_with_its_input() -> None:
    """When the API is killed, nobody is left to end it."""
    done = subprocess.run(COMMAND, stdin=subprocess.DEVNULL, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
