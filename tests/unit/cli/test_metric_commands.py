"""`labo metrics` and `labo diagnose --metrics-only`, without a server."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from labo.adapters.cases.writing import write_case
from labo.cli.diagnose import app as diagnose_app
from labo.cli.main import main
from labo.cli.metrics.main import app as metrics_app
from labo.cli.metrics_only import read_metrics_only
from labo.domain.entities.series import SeriesKey
from labo.errors import InvalidInput
from tests.builders.cases import a_case

runner = CliRunner()
TABLE = "cause,cpu,queue,errors\ndb,high,normal,high\ncache,normal,high,high\nnet,normal,normal,\n"


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "causes.csv"
    path.write_text(TABLE)
    return str(path)


@pytest.fixture
def knowledge(tmp_path: Path) -> str:
    """Two labelled incidents on one role: what each problem does to each of two metrics."""
    problems = [
        {
            "key": key,
            "title": key,
            "role": "database",
            "conditions": [
                {
                    "metric": metric,
                    "direction": "high",
                    "hits": int(size > 3),
                    "misses": int(size <= 3),
                    "size_sum": size,
                    "size_squares": size * size,
                }
                for metric, size in sizes.items()
            ],
        }
        for key, sizes in (
            ("locks", {"latency": 8.0, "waits": 9.0}),
            ("disk", {"latency": 8.5, "waits": 0.5}),
        )
    ]
    path = tmp_path / "knowledge.json"
    path.write_text(json.dumps({"version": 1, "problems": problems}))
    return str(path)


def asked(*arguments: str) -> dict[str, Any]:
    done = runner.invoke(metrics_app, [*arguments, "--json"], catch_exceptions=False)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_costs_and_exclusions_by_option(table: str) -> None:
    """What is excluded is named where it would help."""
    found = asked("minimal", "--table", table, "--exclude", "queue", "--cost", "cpu=3")

    assert (found["metrics"], found["cost"], found["covers"]) == (["errors", "cpu"], 4.0, 1)
    assert found["indistinguishable"] == [["cache", "net"], ["net", "healthy"]]
    assert {(r["metric"], r["kind"]) for r in found["remedies"]} == {
        ("queue", "allow"),
        ("errors", "learn"),
    }
    assert found["measurements"][1] | {"gain": 0} == {
        "name": "cpu",
        "metric": "cpu",
        "role": None,
        "component": None,
        "selector": None,
        "cost": 3.0,
        "gain": 0,
        "purpose": "separates",
    }


@pytest.mark.parametrize("command", ["minimal", "plan"])
def test_an_exclusion_that_fits_nothing_is_refused(
    table: str, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what there is; after a slip the set would ask for what can't be collected."""
    slip = ["--exclude", "queu", "--exclude", "err*"]
    monkeypatch.setattr(sys, "argv", ["labo", "metrics", command, "--table", table, *slip])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert " ".join(capsys.readouterr().err.split()) == (
        "error: exclude: no metric matches 'queu' (known: cpu, errors, queue)"
    )


def test_at_most_so_many(table: str) -> None:
    """Pairs that are left together are listed; a person reads the same."""
    found = asked("minimal", "--table", table, "--at-most", "1")
    shown = runner.invoke(metrics_app, ["minimal", "--table", table, "--at-most", "1"]).stdout

    assert len(found["metrics"]) == 1
    assert found["unseparated"]
    assert "No metric left for" in shown


def test_problems_of_a_knowledge_file_are_told_apart_offline(knowledge: str) -> None:
    """One labelled incident each suffices; a problem that the file lacks is refused."""
    found = asked("minimal", "--knowledge", knowledge, "--problems", "locks,disk", "--no-healthy")

    assert (found["metrics"], found["rivals"]) == (["database:waits"], ["locks", "disk"])
    assert (found["measurements"][0]["role"], found["proven"]) == ("database", True)
    assert asked("minimal", "--knowledge", knowledge)["rivals"] == ["locks", "disk"]
    with pytest.raises(InvalidInput, match="not in the file"):
        asked("minimal", "--knowledge", knowledge, "--problems", "ghost")


def test_a_plan_says_what_to_read_first(table: str) -> None:
    """As a tree, a parent before its children; and in words."""
    found = asked("plan", "--table", table, "--depth", "2", "--no-healthy")
    shown = runner.invoke(metrics_app, ["plan", "--table", table, "--depth", "1"]).stdout

    root, *others = found["nodes"]
    assert root["parent"] is None and root["next_metric"] in ("cpu", "queue")
    assert all(node["parent"] < place for place, node in enumerate(others, start=1))
    assert sum(n["chance"] for n in found["nodes"] if n["stop"]) == pytest.approx(1.0, abs=1e-5)
    assert "bits" in shown and "Costs 1.00 on average" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["minimal"],
        ["minimal", "--table", "x.csv", "--problem", "p"],
        ["plan", "--table", "missing.csv"],
        ["minimal", "--table", "missing.csv", "--cost", "latency"],
        ["minimal", "--table", "missing.csv", "--cost", "=3"],
        ["minimal", "--table", "missing.csv", "--cover", "9"],
    ],
)
def test_a_question_that_means_nothing_is_refused(arguments: list[str]) -> None:
    """Before anything is searched."""
    assert isinstance(runner.invoke(metrics_app, arguments).exception, InvalidInput)


def test_a_diagnosis_by_some_metrics_says_what_it_left_out(tmp_path: Path) -> None:
    """By component and metric, by role, by bare name, or by the file of a minimal set."""
    write_case(a_case({"web": 2.0, "shop": 3.0, "db": 6.0}), tmp_path / "slow")
    chosen = tmp_path / "set.json"
    chosen.write_text(json.dumps({"metrics": ["web:latency", "shop:latency", "db:latency"]}))

    def diagnosed(only: str) -> dict[str, Any]:
        arguments = [str(tmp_path / "slow"), "--offline", "--json", "--metrics-only", only]
        done = runner.invoke(diagnose_app, arguments, catch_exceptions=False)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    by_file, by_role, without = (
        diagnosed(only)
        for only in (str(chosen), "service:latency,database:latency", "web:latency,nothing")
    )

    assert by_file["suspects"][0]["component"] == by_role["suspects"][0]["component"] == "db"
    assert by_file["missing"][0]["values"] == {"kept": 3, "series": 3, "lines": 0, "spans": 0}
    assert by_role["missing"][0]["values"]["series"] == 1  # the cache is no service
    assert without["missing"][0]["values"]["kept"] == 1
    assert without["suspects"][0]["component"] != "db"


def test_a_diagnosis_by_metrics_that_a_case_lacks_is_refused(tmp_path: Path) -> None:
    """Of that case alone: the others are still diagnosed, and the exit code is 2."""
    write_case(a_case({"db": 6.0}), tmp_path / "slow")
    other = replace(a_case({"db": 6.0}), name="other", metric=None)
    other = replace(other, series={SeriesKey("db", "load"): next(iter(other.series.values()))})
    write_case(other, tmp_path / "other")
    folders = [str(tmp_path / name) for name in ("other", "slow")]

    done = runner.invoke(
        diagnose_app, [*folders, "--offline", "--json", "--metrics-only", "latency"]
    )

    assert done.exit_code == 2
    assert [json.loads(line)["case"] for line in done.stdout.splitlines()] == ["slow"]
    assert done.stderr == (
        "error: --metrics-only: other: the case has none of the given metrics: latency "
        "(known: load)\n"
    )


@pytest.mark.parametrize("text", ["{", "[1]", '{"cost": 3}', '"x"', "\xff"])
def test_a_set_that_names_no_metrics_is_refused(tmp_path: Path, text: str) -> None:
    """With the place in the file."""
    file = tmp_path / "set.json"
    file.write_text(text, encoding="latin-1")

    with pytest.raises(InvalidInput, match=r"set\.json"):
        read_metrics_only(str(file), offline=True, data=None)
    with pytest.raises(InvalidInput, match="no metric"):
        read_metrics_only(" , ", offline=True, data=None)
