"""`labo diagnose KEY` shows what is kept, and writes nothing."""

from __future__ import annotations

import asyncio
import json
import os

import pytest
from typer.testing import CliRunner

from graph import diagnoses, incidents
from graph.client import Graph
from labo.cli.main import app
from labo.domain.incidents.incidents import IncidentStatus
from labo.errors import Conflict, NotFound
from tests.builders.incidents import an_incident, an_occurrence, save_diagnosis, save_incident

pytestmark = pytest.mark.stack


@pytest.fixture
def workspace(run: CliRunner, migrated: Graph) -> Graph:
    """What the commands of `run` work on."""
    del run
    return migrated.scoped(os.environ["LABO_WORKSPACE"])


async def diagnose(run: CliRunner, *words: str) -> str:
    done = await asyncio.to_thread(
        lambda: run.invoke(app, ["diagnose", *words], catch_exceptions=False)
    )
    assert done.exit_code == 0, done.output
    # Only `main` turns the log off standard output; the runner goes past it.
    return "\n".join(line for line in done.stdout.splitlines() if "[info" not in line)


async def test_the_kept_diagnosis_is_shown_and_nothing_changes(
    run: CliRunner, workspace: Graph
) -> None:
    """By the beginning of a key; its time, and how to ask anew, are named."""
    await save_incident(workspace, an_incident(1), an_occurrence(1))
    kept = await save_diagnosis(workspace, "incident-0001")
    before = await incidents.get(workspace, "incident-0001")

    record = json.loads(await diagnose(run, "incident-00", "--json"))
    shown = await diagnose(run, "incident-0001")

    assert (record["case"], record["verdict"]) == ("incident-0001", "LIKELY")
    assert [one["component"] for one in record["suspects"]] == ["db"]
    assert record["took_ms"] == kept.analysis.took_ms
    assert "Kept since " in shown
    assert "--again asks anew" in shown
    [still] = await diagnoses.find_by_incidents(workspace, ["incident-0001"], limit=5)
    assert still.id == kept.id
    assert await incidents.get(workspace, "incident-0001") == before


async def test_without_one_it_says_how_to_ask(run: CliRunner, workspace: Graph) -> None:
    """Nothing is diagnosed by the way; one that is over is not asked about again."""
    await save_incident(workspace, an_incident(1), an_occurrence(1))
    over = an_incident(2, status=IncidentStatus.RESOLVED)
    await save_incident(workspace, over, an_occurrence(2))

    with pytest.raises(NotFound, match=r"kept \(ask: labo diagnose incident-0001 --again\)"):
        await diagnose(run, "incident-0001")
    with pytest.raises(NotFound, match="the incident is over"):
        await diagnose(run, "incident-0002")
    with pytest.raises(Conflict, match="nothing is diagnosed anew"):
        await diagnose(run, "incident-0002", "--again")
    with pytest.raises(NotFound, match=r"there is no such incident .*looked in the data folder"):
        await diagnose(run, "incident-0003")
    assert await diagnoses.find_by_incidents(workspace, ["incident-0001", "incident-0002"]) == []
