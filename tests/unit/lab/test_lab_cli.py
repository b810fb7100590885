"""`labo lab` without a stack."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labo.cli.lab import exam as lab_exam
from labo.cli.lab.main import app, plain, tried
from labo.domain.lab.claims import Trials, effect_of
from labo.domain.lab.results import EdgeTest
from labo.errors import InvalidInput, NotFound, Unavailable

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
    assert "with its cause the effect occurred +0.50 more often" in said


@pytest.mark.parametrize("command", ["exam", "pack"])
def test_exam_and_pack_need_a_source_checkout(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    """Installed alone, they say so and what to do."""
    monkeypatch.setattr(lab_exam, "_ROOT", tmp_path)
    refused = RUNNER.invoke(app, [command]).exception

    assert isinstance(refused, Unavailable)
    assert "clone the repository" in str(refused.hint)


def test_figures_that_are_not_known_are_null_in_json() -> None:
    """NaN is not valid JSON."""
    assert plain({"a": (math.nan, 1.0), "b": [math.inf]}) == {"a": [None, 1.0], "b": [None]}


def test_runs_a_scenario_of_ones_own(tmp_path: Path) -> None:
    """From a file; one that is missing, or has the key of a bundled one, is refused."""
    text = files("labo.data").joinpath("scenarios/latency.yaml").read_text(encoding="utf-8")
    own = tmp_path / "mine.yaml"
    own.write_text(text.replace("key: latency", "key: mine"), encoding="utf-8")
    (tmp_path / "latency.yaml").write_text(text, encoding="utf-8")
    asked = ["--offline", "--seeds", "2", "--seconds", "75", "--json"]
    done = json.loads(RUNNER.invoke(app, ["run", str(own), *asked]).stdout)

    assert (done["scenario"], done["result"]["pairs"]) == ("mine", 2)
    for wrong, said in (("latency.yaml", "bundled"), ("none.yaml", "no such")):
        refused = RUNNER.invoke(app, ["run", str(tmp_path / wrong), *asked]).exception
        assert isinstance(refused, InvalidInput) and said in str(refused)


def test_says_why_an_edge_was_not_tested() -> None:
    """A metric that nothing measures, a fault that nobody feels: no figure stands for them."""
    nothing, half = effect_of(Trials(())), effect_of(Trials((1.0, 0.0)))

    assert tried(EdgeTest("e", nothing, 0)).startswith("not tested: no pair measured the metrics")
    assert "in none of 8 pairs was its cause present in one arm only" in tried(
        EdgeTest("e", nothing, 8)
    )
    assert tried(EdgeTest("e", half, 1)).startswith("with its cause the effect occurred +0.25 more")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(["ghost"], NotFound), (["latency", "--seconds", "50"], InvalidInput)],
)
def test_refuses_what_cannot_be_run(asked: list[str], expected: type[Exception]) -> None:
    """Before anything is started."""
    answer = RUNNER.invoke(app, ["run", *asked, "--offline"])

    assert isinstance(answer.exception, expected)
