"""Known solutions, what is remembered of resolved incidents, and the economy: API and commands."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from labo.domain.entities.tokens import Scope
from labo.domain.incidents.incidents import IncidentStatus
from tests.builders.executions import save_call, save_execution
from tests.builders.incidents import an_incident, an_occurrence, save_diagnosis, save_incident
from tests.graphql.command_line import Labo
from tests.graphql.conftest import Caller

KEY = "incident-0001"


async def learnt(caller: Caller) -> None:
    """A resolved incident that scaling out solved, learnt from."""
    ended = datetime(2026, 3, 1, 13, tzinfo=UTC)
    incident = replace(an_incident(1, status=IncidentStatus.RESOLVED), resolved_at=ended)
    await save_incident(caller.graph, incident, an_occurrence(1))
    at = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    await save_execution(caller.graph, KEY, at=at, problem="slow database", component="db")
    await save_call(caller.graph, KEY, cost=500_000)
    await caller.labo.workspace(caller.workspace).solutions.feedback.learn(KEY)


async def test_a_known_solution_is_offered_for_the_next_incident(caller: Caller) -> None:
    """With its probability and where it comes from; a plain list, empty where nothing is known."""
    await learnt(caller)
    await save_incident(caller.graph, an_incident(2), an_occurrence(2, component="db"))
    query = """{ knownSolutions(incident: "incident-0002") {
      templateId parameters { name value } probability falseFireRate incidents isSure } }"""
    before = (await caller.ask(query))["knownSolutions"]
    await save_diagnosis(caller.graph, "incident-0002")
    [solution] = (await caller.ask(query))["knownSolutions"]

    assert before == []
    assert (solution["templateId"], solution["incidents"]) == ("scale_out", [KEY])
    assert solution["parameters"][0] == {"name": "component", "value": "db"}
    assert 0.5 < solution["probability"] < 1


async def test_memory_is_listed_shown_corrected_and_forgotten(labo: Labo, caller: Caller) -> None:
    """Each by a command; a second deletion finds nothing."""
    await learnt(caller)

    code, text = await labo("memory", "list")
    assert (code, "scale_out" in text, "worked" in text) == (0, True, True)
    _, text = await labo("memory", "list", "slow", "--json")
    assert [one["incident"] for one in json.loads(text)["resolutions"]] == [KEY]
    _, text = await labo("memory", "show", KEY, "--json")
    shown = json.loads(text)
    assert (shown["action"], shown["effect"], shown["cost_eur"]) == ("scale_out", "worked", 0.5)
    assert shown["parameters"] == {"component": "db", "instances": "2"}
    assert "scale_out" in (await labo("memory", "show", KEY))[1]
    _, text = await labo("memory", "correct", KEY, "no_effect", "--reason", "by itself", "--json")
    assert json.loads(text)["corrected_by"] == "tester"
    assert (await labo("memory", "forget", KEY, "--reason", "a drill"))[0] == 0
    code, text = await labo("memory", "show", KEY)
    assert (code, "nothing is remembered" in text) == (4, True)
    assert (await labo("memory", "forget", KEY, "--reason", "a drill"))[0] == 4
    assert "no incident was resolved yet" in (await labo("memory", "list"))[1]


async def test_who_may_only_read_corrects_nothing(caller: Caller) -> None:
    """Nor deletes anything."""
    await learnt(caller)
    reader = await caller.token(Scope.READ)
    for act in (
        'correctSolution(incident: $id, outcome: WORSE, reason: "r")',
        'forgetSolution(incident: $id, reason: "r")',
    ):
        query = f"mutation($id: ID!) {{ it: {act} {{ __typename }} }}"
        answer = await caller.answer(query, {"id": KEY}, token=reader)
        assert answer["data"]["it"]["__typename"] == "Forbidden"


async def test_the_economy_as_table_json_and_picture(
    labo: Labo, caller: Caller, tmp_path: Path
) -> None:
    """Without a resolved incident it says so."""
    empty = await labo("escalation", "economy")
    await learnt(caller)
    _, table = await labo("escalation", "economy")
    _, weeks = await labo("escalation", "economy", "--by", "week", "--json")
    picture = tmp_path / "economy.svg"
    drawn, _ = await labo("escalation", "economy", "--plot", str(picture))
    refused, message = await labo("escalation", "economy", "--plot", "economy.gif")

    assert (empty[0], "No incident was resolved yet" in empty[1]) == (0, True)
    assert "no model call" in table
    total = json.loads(weeks)["total"]
    assert (total["incidents"], total["tokens"], total["cost_eur"]) == (1, 100, 0.5)
    assert total["minutes"] == timedelta(minutes=59).total_seconds() / 60
    assert json.loads(weeks)["rows"][0]["name"] == "week of 2026-02-23"
    assert (drawn, picture.read_text().startswith("<svg")) == (0, True)
    assert (refused, ".svg" in message) == (2, True)
