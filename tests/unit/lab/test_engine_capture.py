"""Capturing a window of the living engine's telemetry: what Labo gets to see of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from labo.adapters.engine.capture import written
from labo.adapters.engine.scenario_runner import EngineScenarioRunner
from labo.domain.lab.scenarios import EPOCH, Capture, Fault
from labo.errors import InvalidInput

SLOW = Fault("latency", "auth", {"intensity": 20.0}, at=40.0)


def left(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_capture_is_a_case_without_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice the same one, with the symptom where the fault was; nothing stays on the disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    runner = EngineScenarioRunner()
    asked = Capture("streaming", (SLOW,), seconds=60.0, seed=4, interval=5.0)
    case, again = await runner.capture(asked), await runner.capture(asked)

    assert case.label == () and case.target == "edge" and case.name == "streaming-4"
    assert case.symptom.start.timestamp() == EPOCH + 40 == case.baseline.end.timestamp()
    assert case.series.keys() == again.series.keys()
    assert all(
        case.series[key].values.tobytes() == again.series[key].values.tobytes()
        for key in case.series
    )
    assert left(tmp_path) == []


async def test_a_generated_system_is_captured_in_normal_times() -> None:
    """By the name random-COMPONENTS-SEED; the last quarter is where nothing is wrong."""
    case = await EngineScenarioRunner().capture(Capture("random-5-3", seconds=40.0, interval=5.0))

    assert len(case.topology.components) == 5
    assert case.symptom.start.timestamp() == EPOCH + 30


async def test_the_faults_of_a_system_are_told_by_kind() -> None:
    """Only components with a cache can lose one."""
    faults = await EngineScenarioRunner().faults("streaming")

    assert faults["cache_flush"] == ("cdn", "session-cache", "catalogue-cache")
    assert len(faults) == 21 and len(faults["latency"]) == 17


@pytest.mark.parametrize(
    ("capture", "message"),
    [
        (Capture("random-3-7"), "write random-COMPONENTS-SEED"),
        (Capture("random-big"), "write random-COMPONENTS-SEED"),
        (Capture("../secret"), "not a valid system name"),
        (Capture("streaming", (Fault("latency", "ghost", at=60.0),)), "no such component"),
        (Capture("streaming", (Fault("latency", "a:onset=1", at=60.0),)), "kind and a component"),
    ],
)
async def test_what_cant_be_captured_is_refused_with_the_reason(
    capture: Capture, message: str
) -> None:
    """An unknown size, name, path or component, and what would be read as something else."""
    with pytest.raises(InvalidInput, match=message):
        await EngineScenarioRunner().capture(capture)


def test_a_fault_is_written_as_the_engine_takes_it() -> None:
    """Without an end it lasts to the run's; a value can't bring in further settings."""
    assert written(SLOW) == "latency:auth:intensity=20.0,onset=40.0"
    ended = Fault("partition", "auth", {"peer": "edge"}, at=1.0, seconds=9.0)
    assert written(ended) == "partition:auth:peer=edge,onset=1.0,duration=9.0"
    with pytest.raises(InvalidInput):
        written(Fault("partition", "auth", {"peer": "edge,onset=0"}))
