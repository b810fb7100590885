"""`python -m engine mechanisms`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.cli import main as cli
from tests.builders.engine import SMALL


@pytest.fixture
def small(tmp_path: Path) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return str(path)


def test_mechanisms_are_listed_for_people_and_as_json(small: str) -> None:
    """The same statements, one a line."""
    lines = CliRunner().invoke(cli.app, ["mechanisms", small]).stdout.splitlines()
    told = json.loads(CliRunner().invoke(cli.app, ["mechanisms", small, "--json"]).stdout)

    assert len(lines) == len(told) > 5
    assert (
        "db db.client.operation.error_ratio high -> web http.server.request.error_ratio high  "
        "(callee)"
    ) in lines
    assert {
        "cause": {
            "component": "web", "role": "service",
            "metric": "http.server.request.rate", "direction": "low",
        },
        "effect": {
            "component": "db", "role": "database",
            "metric": "db.client.operation.rate", "direction": "low",
        },
        "relation": "caller",
        "clear": True,
    } in told  # fmt: skip
