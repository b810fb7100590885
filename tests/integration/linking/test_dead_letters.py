"""`labo dead-letters` on the real graph."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path

import pytest
from typer.testing import CliRunner

from graph.client import Graph
from graph.driver import open_driver
from graph.jobs import MOST_ATTEMPTS, Jobs, add
from labo.cli.dead_letters import app
from labo.domain.entities.jobs import JobKind
from labo.errors import InvalidInput
from tests.conftest import TestStack

pytestmark = pytest.mark.stack

KIND = JobKind.DIAGNOSE


@pytest.fixture
def parked(
    stack: TestStack, migrated: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A workspace, named to the command line, with one parked job on the subject `poison`."""
    workspace = f"w{uuid.uuid4().hex[:12]}"
    values = {**stack.env, "LABO_WORKSPACE": workspace, "LABO_DATA_DIR": str(tmp_path)}
    for name, value in values.items():
        monkeypatch.setenv(name, value)

    async def park() -> None:
        driver = open_driver(stack.neo4j_uri, stack.neo4j_user, stack.neo4j_password)
        graph = Graph(driver, workspace=workspace)
        await graph.write(lambda tx: add(tx, KIND, ["poison"]))
        for _ in range(MOST_ATTEMPTS + 1):
            await Jobs(graph).begin(KIND, "poison", lease_s=60)
        await graph.close()

    asyncio.run(park())
    return workspace


def test_a_parked_job_is_shown_and_replayed(parked: str) -> None:
    """As a table and as JSON; afterwards nothing is parked."""
    run = CliRunner().invoke
    table = run(app, ["list"])
    (letter,) = json.loads(run(app, ["list", "--json"]).output)
    replayed = json.loads(run(app, ["replay", letter["id"], "--json"]).output)
    none_left = run(app, ["replay", "--all"])

    assert "poison" in table.output
    assert (letter["kind"], letter["subject"]) == (KIND, "poison")
    assert replayed == {"replayed": [letter["id"]]}
    assert none_left.output.strip() == "replayed 0"


def test_what_to_replay_has_to_be_said(parked: str) -> None:
    """Neither everything by accident nor both ways at once."""
    for arguments in (["replay"], ["replay", "x", "--all"]):
        result = CliRunner().invoke(app, arguments)

        assert isinstance(result.exception, InvalidInput)
