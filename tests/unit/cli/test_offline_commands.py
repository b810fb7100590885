"""`labo diagnose --offline` and `labo metrics minimal`, as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labo.adapters.cases.writing import write_case
from labo.cli.diagnose import app as diagnose_app
from labo.cli.metrics.main import app as metrics_app
from labo.errors import InvalidInput, Unavailable
from tests.builders.cases import a_case

KEYS = "case verdict method suspects chains ruled_out missing next_metric took_ms".split()  # noqa: SIM905
runner = CliRunner()


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    write_case(a_case({"web": 2.0, "shop": 3.0, "db": 6.0}), tmp_path / "slow")
    return tmp_path / "slow"


@pytest.fixture
def calm(tmp_path: Path) -> Path:
    write_case(a_case({}, seed=2), tmp_path / "calm")
    return tmp_path / "calm"


def test_one_json_line_per_case_in_order(slow: Path, calm: Path) -> None:
    """Each with the documented fields."""
    result = runner.invoke(diagnose_app, [str(slow), str(calm), "--offline", "--json"])
    first, second = (json.loads(line) for line in result.stdout.splitlines())

    assert result.exit_code == 0
    assert list(first) == KEYS
    assert (first["case"], first["verdict"], first["suspects"][0]["component"]) == (
        "slow",
        "LIKELY",
        "db",
    )
    assert (second["case"], second["verdict"], second["suspects"]) == ("calm", "NO_PROBLEM", [])
    assert set(first["suspects"][0]) == {
        "component",
        "problem",
        "problem_key",
        "probability",
        "component_probability",
        "reasons",
    }


def test_a_malformed_case_is_an_error_and_the_others_are_diagnosed(slow: Path, calm: Path) -> None:
    """File, line and column on standard error, exit code 2."""
    (calm / "topology.csv").write_text("source,target\nweb\n")
    result = runner.invoke(diagnose_app, [str(calm), str(slow), "--offline", "--json"])

    assert result.exit_code == 2
    assert "topology.csv:2:2" in result.stderr
    assert [json.loads(line)["case"] for line in result.stdout.splitlines()] == ["slow"]


def test_people_get_cause_chain_evidence_and_metrics(slow: Path, calm: Path) -> None:
    """In plain words."""
    shown = runner.invoke(diagnose_app, [str(slow), str(calm), "--offline"]).stdout

    assert "likely cause is db" in shown
    assert "db  →  shop  →  web" in shown
    assert "db:latency" in shown
    assert "No problem seen" in shown


def test_knowledge_names_the_problem(slow: Path, tmp_path: Path) -> None:
    """From a file; a broken one says where."""
    condition = {"metric": "latency", "direction": "high", "hits": 4}
    problem = {"key": "k", "title": "slow store", "role": "service", "conditions": [condition]}
    file = tmp_path / "knowledge.json"
    file.write_text(json.dumps({"version": 1, "problems": [problem]}))
    arguments = [str(slow), "--offline", "--json", "--knowledge", str(file)]
    found = json.loads(runner.invoke(diagnose_app, arguments).stdout)
    assert found["suspects"][0]["problem"] == "slow store"

    for text in ("{", '{"problems": 3}', '{"version": 9}', '{"edges": [{"cause": "a"}]}', "\xff"):
        file.write_text(text, encoding="latin-1")
        assert isinstance(runner.invoke(diagnose_app, arguments).exception, InvalidInput)
    file.unlink()
    assert isinstance(runner.invoke(diagnose_app, arguments).exception, InvalidInput)


def test_an_incident_id_needs_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said plainly, with how to start one."""
    monkeypatch.setenv("LABO_DATA_DIR", str(tmp_path))

    with pytest.raises(Unavailable, match="labo up"):
        runner.invoke(diagnose_app, ["4050af648cae82ae"], catch_exceptions=False)


def test_the_offline_path_loads_no_server_library(slow: Path) -> None:
    """Neither driver, queue, web framework nor solver is imported."""
    code = (
        "import sys; from labo.cli.diagnose import app; "
        "app([sys.argv[1], '--offline', '--json'], standalone_mode=False); "
        "print([m for m in ('neo4j','celery','fastapi','scipy','redis') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(slow)], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


def test_the_command_line_starts_without_the_servers_libraries() -> None:
    """A command pays for what it uses: help and offline work take no second to start."""
    heavy = "('neo4j','celery','fastapi','scipy','sqlalchemy','strawberry')"
    code = f"import sys, labo.cli.main; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


TABLE = "cause,a,b,c\nx,high,normal,\ny,normal,high,low\n\nz,high,high,normal\n"


def minimal(tmp_path: Path, table: str, *options: str) -> dict[str, object]:
    (tmp_path / "t.csv").write_text(table)
    arguments = ["minimal", "--table", str(tmp_path / "t.csv"), "--json", *options]
    result = runner.invoke(metrics_app, arguments, catch_exceptions=False)
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_the_minimal_set_of_a_table_is_printed(tmp_path: Path) -> None:
    """Metrics, cost, proof, bound and what can't be told apart."""
    found = minimal(tmp_path, TABLE)

    assert set(found["metrics"]) == {"a", "b"}
    assert (found["cost"], found["proven"], found["lower_bound"]) == (2.0, True, 2.0)
    assert (found["indistinguishable"], found["covers"]) == ([], 1)


def test_double_cover_costs_and_no_healthy_are_options(tmp_path: Path) -> None:
    """A dear metric is avoided where another separates as well."""
    (tmp_path / "costs.csv").write_text("metric,cost\na,5\n")
    table = "cause,a,b\nx,high,high\ny,normal,normal\n"
    found = minimal(tmp_path, table, "--costs", str(tmp_path / "costs.csv"), "--no-healthy")

    assert (found["metrics"], found["cost"]) == (["b"], 1.0)
    assert minimal(tmp_path, table)["indistinguishable"] == [["y", "healthy"]]
    assert minimal(tmp_path, TABLE, "--cover", "2")["covers"] == 2


def test_people_get_the_set_in_plain_words(tmp_path: Path) -> None:
    """With the pairs that nothing separates."""
    (tmp_path / "t.csv").write_text("cause,a\nx,high\ny,high\n")
    shown = runner.invoke(metrics_app, ["minimal", "--table", str(tmp_path / "t.csv")]).stdout

    assert "proven minimal" in shown
    assert "x and y" in shown


@pytest.mark.parametrize(
    ("table", "costs", "where"),
    [
        ("", None, "t.csv:1:1"),
        ("metric,a\n", None, "t.csv:1:1"),
        ("cause,a,a\n", None, "t.csv:1:3"),
        ("cause,a\nx,huge\n", None, "t.csv:2:2"),
        ("cause,a\nx\n", None, "t.csv:2:2"),
        ("cause,a\nx,high\nx,low\n", None, "t.csv:3:1"),
        ("cause,a\nhealthy,high\n", None, "t.csv:2:1"),
        ("cause,a\nx,high\n", "metric,cost\nb,1\n", "costs.csv:2:1"),
        ("cause,a\nx,high\n", "metric,cost\na,0\n", "costs.csv:2:2"),
        ("cause,a\nx,high\n", "metric,cost\na,nan\n", "costs.csv:2:2"),
    ],
)
def test_a_fault_in_a_table_is_placed(
    tmp_path: Path, table: str, costs: str | None, where: str
) -> None:
    """File, line and column."""
    options = []
    if costs:
        (tmp_path / "costs.csv").write_text(costs)
        options = ["--costs", str(tmp_path / "costs.csv")]
    with pytest.raises(InvalidInput) as caught:
        minimal(tmp_path, table, *options)

    assert str(caught.value.where).endswith(where)


def test_without_a_table_it_asks_for_one() -> None:
    """Rather than print an empty set."""
    with pytest.raises(InvalidInput):
        runner.invoke(metrics_app, ["minimal"], catch_exceptions=False)
