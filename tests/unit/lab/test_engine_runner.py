"""Running arms in a child process: what it gets, and what becomes of a child that misbehaves."""

from __future__ import annotations

import os
import sys
import time

import pytest

from labo.adapters.engine.scenario_runner import EngineScenarioRunner
from labo.domain.lab.scenarios import Arm, Fault, Treatment
from labo.errors import InvalidInput, LaboError, Unavailable

ARM = Arm("a", "streaming", (Fault("latency", "auth", at=30),), Treatment(), 60.0, 30.0)


def a_runner(code: str, **bounds: float) -> EngineScenarioRunner:
    most = int(bounds.get("most_bytes", 10_000))
    timeout_s = bounds.get("timeout_s", 30.0)
    return EngineScenarioRunner((sys.executable, "-c", code), timeout_s=timeout_s, most_bytes=most)


async def test_the_real_engine_answers_alike_for_the_same_seed() -> None:
    """And both seeds differ; no seed is no run."""
    runner = EngineScenarioRunner()
    first = await runner.run(ARM, [1, 2])
    again = await runner.run(ARM, [2])

    assert [one.seed for one in first] == [1, 2]
    assert first[1] == again[0] and first[0].measurements != first[1].measurements
    slow = first[0].measurements["auth:http.server.request.duration.p50"]
    assert slow.during > slow.before + 10 * slow.spread
    assert await runner.run(ARM, []) == []


async def test_the_engine_says_why_it_refuses() -> None:
    """An unknown component is the scenario's fault, not the engine's."""
    ghost = Arm("a", "streaming", (Fault("latency", "ghost", at=30),), Treatment(), 60.0, 30.0)
    with pytest.raises(InvalidInput, match="no such component"):
        await EngineScenarioRunner().run(ghost, [1])


async def test_a_child_sees_no_setting_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """They hold passwords; it gets no environment at all."""
    monkeypatch.setenv("LABO_NEO4J__PASSWORD", "hush")
    code = "import os, sys; sys.stderr.write(' '.join(sorted(os.environ))); sys.exit(2)"
    with pytest.raises(InvalidInput) as said:
        await a_runner(code).run(ARM, [1])

    assert "LABO" in " ".join(os.environ)
    assert "PATH" not in str(said.value) and "LABO" not in str(said.value)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import sys; sys.exit('boom')", "ended with 1: boom"),
        ("print('x' * 20000)", "more than 10000 bytes"),
        ("print('nonsense')", "can't be read"),
        ('print(\'{"seed": 7, "measurements": {}}\')', "did not answer for the seeds"),
        ("import time; time.sleep(60)", "longer than 1 s"),
    ],
)
async def test_a_child_that_misbehaves_is_ended_and_named(code: str, message: str) -> None:
    """It crashes, floods, talks nonsense, answers something else, or hangs."""
    started = time.monotonic()
    with pytest.raises(Unavailable, match=message):
        await a_runner(code, timeout_s=1.0 if "sleep" in code else 30.0).run(ARM, [1])
    assert time.monotonic() - started < 30


async def test_an_engine_that_is_not_there_is_unavailable() -> None:
    """Trying again after an installation may work."""
    with pytest.raises(LaboError, match="can't be started"):
        await EngineScenarioRunner(("/nowhere/engine",)).run(ARM, [1])
