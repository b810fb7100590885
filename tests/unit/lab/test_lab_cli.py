"""`labo lab` without a stack."""

from __future__ import annotations

import json
import math

import pytest
from typer.testing import CliRunner

from labo.cli.lab import app, plain
from labo.errors import InvalidInput, NotFound

RUNNER = CliRunner()


def test_lists_what_can_be_run() -> None:
    """As a table for people, with all figures as JSON."""
    table = RUNNER.invoke(app, ["list"]).stdout
    listed = json.loads(RUNNER.invoke(app, ["list", "--json"]).stdout)

    assert "pool-exhaustion-bigger-pool" in table and "bigger pool" in table
    first = next(one for one in listed if one["key"] == "slow-query")
    assert first["fault"]["kind"] == "slow_query" and first["tests"]["relation"] == "callee"


def test_runs_offline_and_says_what_arm_b_changes() -> None:
    """As sentences for people."""
    asked = ["run", "latency", "--offline", "--seeds", "2", "--seconds", "75"]
    said = RUNNER.invoke(app, asked).stdout

    assert "latency: arm B is inconclusive (2 pairs of 2)" in said
    assert "edge:http.server.request.duration.p95" in said and "p = 0.5" in said
    assert "with its cause the effect came +0.50 more often" in said


def test_figures_that_are_not_known_are_null_in_json() -> None:
    """NaN is no JSON."""
    assert plain({"a": (math.nan, 1.0), "b": [math.inf]}) == {"a": [None, 1.0], "b": [None]}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(["ghost"], NotFound), (["latency", "--seconds", "50"], InvalidInput)],
)
def test_refuses_what_cannot_be_run(asked: list[str], expected: type[Exception]) -> None:
    """Before anything is started."""
    answer = RUNNER.invoke(app, ["run", *asked, "--offline"])

    assert isinstance(answer.exception, expected)
