"""The truth about a run, for scoring only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.cli.truth import write_truth
from engine.faults.effects import Kind
from engine.faults.schedule import Fault

Told = dict[str, Any]
"""JSON has no static type."""


def told(path: Path, reached: float | None) -> Told:
    faults = [
        Fault(kind=Kind.LATENCY, target="db", onset=10.0, duration=20.0),
        Fault(kind=Kind.CRASH, target="api", onset=50.0, duration=5.0, ramp=1.0, intensity=0.5),
    ]
    write_truth(
        path, system="shop", seed=3, epoch=100.0, seconds=60.0, faults=faults, reached=reached
    )
    found: Told = json.loads(path.read_text())
    return found


def test_says_what_was_injected_where_and_when(tmp_path: Path) -> None:
    """Kind, target and intensity; simulated times and times since 1970."""
    found = told(tmp_path / "deep" / "truth.json", 60.0)
    first, second = found.pop("faults")

    assert found == {
        "format": "engine-truth/1", "system": "shop", "seed": 3, "epoch": 100.0,
        "seconds": 60.0, "reached": 60.0,
    }  # fmt: skip
    assert (first["kind"], first["target"], first["intensity"]) == ("latency", "db", 20.0)
    assert (first["onset"], first["end"]) == (10.0, 30.0)
    assert (first["onset_at"], first["end_at"]) == (110.0, 130.0)
    assert (second["intensity"], second["ramp"]) == (0.5, 1.0)


def test_a_fault_that_a_stopped_run_did_not_reach_was_not_injected(tmp_path: Path) -> None:
    """While the run lasts, nothing is said; the file is replaced whole."""
    marks = []
    for reached in (None, 30.0):
        faults = told(tmp_path / "truth.json", reached)["faults"]
        marks.append([fault["injected"] for fault in faults])
    assert marks == [[None, None], [True, False]]
    assert [path.name for path in tmp_path.iterdir()] == ["truth.json"]
