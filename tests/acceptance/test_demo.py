"""`labo demo` as a newcomer runs it: a folder of its own, a real stack, no key, no cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from labo.stack.ownership import holder, processes_of
from labo.stack.state import read_state

pytestmark = pytest.mark.acceptance

CAUSE = "PetSearch_AWS::ECS::Fargate"
"""Slowed on purpose in both of the bundled incidents, by the data set."""


def newcomer_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("LABO_")}


def test_the_demo_finds_a_cause_and_knows_it_when_it_comes_again(tmp_path: Path) -> None:
    """What was confirmed once names the second incident's problem, and more surely than without;
    standard output is JSON and nothing else, and nothing is left running.

    The API's port is asked to be a free one, which the demo's own calls must find."""
    folder = tmp_path / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "labo.cli.main", "demo", "--json", "--data", str(folder)],
        env=newcomer_environment() | {"LABO_API__PORT": "0"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    summary = json.loads(done.stdout)
    diagnosis = summary["incident"]["diagnosis"]
    first = diagnosis["suspects"][0]
    assert (first["componentName"], diagnosis["verdict"]) == (CAUSE, "LIKELY")
    chain = diagnosis["chains"][0]["components"]
    assert (chain[0], chain[-1]) == (CAUSE, "PetSite")
    assert [label["component"] for label in summary["labels"]] == [CAUSE, CAUSE]
    assert summary["minimal_metrics"]["proven"]
    levels = summary["proposal"]["escalationLevel"], summary["decision"]["verdict"]
    assert levels == ("N2", "APPROVE")

    confirmed, before = summary["again"]["confirmed"], summary["again"]["before"]
    after = summary["again"]["after"]["diagnosis"]["suspects"][0]
    assert (confirmed["__typename"], confirmed["component"]) == ("Finding", CAUSE)
    assert summary["again"]["after"]["id"] != summary["incident"]["id"]
    assert (before["component"], before["problem"]) == (CAUSE, None)
    assert (after["componentName"], after["problemTitle"]) == (CAUSE, confirmed["problem"]["title"])
    assert after["probability"] > before["probability"]
    assert "SIGNATURE_MATCHED" in {reason["kind"] for reason in after["reasons"]}

    state = read_state(folder)
    assert state is not None and holder(folder) is None
    assert processes_of(state.stack_id) == []
