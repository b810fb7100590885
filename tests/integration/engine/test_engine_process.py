"""The engine as a process of its own, and what Labo's intake reads out of what it sends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.builders.engine import SMALL


def test_ctrl_c_leaves_a_usable_partial_result(tmp_path: Path) -> None:
    """In real time, so that it is still under way: case, truth and report say how far it came."""
    case, truth = tmp_path / "case", tmp_path / "truth.json"
    small = tmp_path / "small.yaml"
    small.write_text(SMALL)
    words = [
        "run",
        str(small),
        "--seconds",
        "600",
        "--interval",
        "0.5",
        "--speed",
        "real",
        "--json",
    ]
    child = subprocess.Popen(
        [sys.executable, "-m", "engine", *words, "--case-folder", case, "--truth", truth],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        while not truth.exists() and child.poll() is None:
            time.sleep(0.02)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(1.2)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=20)
    finally:
        child.kill()
    report = json.loads(out)
    described = json.loads((case / "case.json").read_text())

    assert (child.returncode, report["stopped"], err) == (130, True, b"")
    assert 0 < report["reached"] < 30
    assert described["onset"] < described["end"]
    assert json.loads(truth.read_text())["reached"] == pytest.approx(report["reached"], abs=0.001)
