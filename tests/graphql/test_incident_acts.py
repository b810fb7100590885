"""What people do about incidents, over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from graph.client import Graph
from labo.domain.entities.tokens import Scope
from labo.domain.incidents.incidents import IncidentStatus
from tests.builders.incidents import an_incident, an_occurrence, save_incident
from tests.graphql.conftest import Caller

KEY = "incident-0001"
ACTS = {
    "acknowledgeIncident": "(id: $id, version: $version)",
    "assignIncident": '(id: $id, to: "ann", version: $version)',
    "renameIncident": '(id: $id, title: "black Friday", version: $version)',
    "closeIncident": '(id: $id, reason: "done", version: $version)',
    "splitIncident": '(id: $id, occurrences: ["occurrence-0001"], reason: "r", version: $version)',
}


async def do(caller: Caller, act: str, fields: str = "key version", **more: Any) -> dict[str, Any]:
    """Call one mutation on the incident; an expected failure by its name and message."""
    query = f"""mutation ($id: ID!, $version: Int) {{ it: {act}{ACTS[act]} {{ __typename
      ... on Incident {{ {fields} }} ... on Failure {{ message }} }} }}"""
    answer: dict[str, Any] = (await caller.ask(query, id=KEY, **more))["it"]
    return answer


async def timeline(caller: Caller) -> list[dict[str, Any]]:
    query = f"""{{ incident(id: "{KEY}") {{ ... on Incident {{
      timeline {{ kind by text at }} }} }} }}"""
    acts: list[dict[str, Any]] = (await caller.ask(query))["incident"]["timeline"]
    return acts


async def save(graph: Graph, status: IncidentStatus = IncidentStatus.OPEN) -> None:
    """An incident with two occurrences."""
    occurrences = an_occurrence(1), an_occurrence(2, component="db")
    await save_incident(graph, an_incident(1, status=status), *occurrences)


@pytest.mark.parametrize("act", ACTS)
async def test_an_act_on_a_stale_version_is_a_conflict(caller: Caller, act: str) -> None:
    """Who read another state is told, and nothing is done."""
    await save(
        caller.graph, IncidentStatus.RESOLVED if act == "closeIncident" else IncidentStatus.OPEN
    )
    stale = await do(caller, act, version=7)
    before = await timeline(caller)
    done = await do(caller, act, version=0)

    assert stale["__typename"] == "Conflict"
    assert before == []
    assert done["__typename"] == "Incident"


async def test_the_timeline_says_who_did_what(caller: Caller) -> None:
    """Newest first; what changes nothing is not in it."""
    await save(caller.graph)
    for act in ("acknowledgeIncident", "acknowledgeIncident", "assignIncident", "renameIncident"):
        await do(caller, act)
    await caller.ask(
        """mutation ($text: String!) {
          commentIncident(id: "incident-0001", text: $text) { __typename } }""",
        text="token=sk-abcdefgh12345678 \x1b[1mleaks",
    )
    await caller.ask(f'mutation {{ assignIncident(id: "{KEY}", to: null) {{ __typename }} }}')
    await caller.ask(
        f'mutation {{ resolveIncident(id: "{KEY}", reason: "fixed") {{ __typename }} }}'
    )
    await do(caller, "closeIncident")
    acts = await timeline(caller)

    assert [act["kind"] for act in acts] == [
        "CLOSED",
        "RESOLVED",
        "UNASSIGNED",
        "COMMENTED",
        "RENAMED",
        "ASSIGNED",
        "ACKNOWLEDGED",
    ]
    assert {act["by"] for act in acts} == {"tester"}
    texts = [act["text"] for act in acts]
    assert texts[:3] == ["done", "fixed", "ann"]
    assert "sk-abcdefgh12345678" not in texts[3]
    assert "\x1b" not in texts[3]
    assert texts[4:] == ["black Friday", "ann", ""]


async def test_figures_follow_from_the_stored_times(caller: Caller) -> None:
    """Each is there as soon as both of its moments are."""
    await save(caller.graph)
    fields = """assignee acknowledgedBy symptom titledBy openedAt detectedAt acknowledgedAt
      resolvedAt timeToDetectS timeToAcknowledgeS timeToResolveS splitFrom follows recurrenceOf
      overlaps"""
    await do(caller, "assignIncident")
    before = await do(caller, "renameIncident", fields)
    await do(caller, "acknowledgeIncident")
    after = (
        await caller.ask(
            f"""mutation {{ resolveIncident(id: "{KEY}") {{ ... on Incident {{ {fields} }} }} }}"""
        )
    )["resolveIncident"]

    assert (before["assignee"], before["titledBy"]) == ("ann", "tester")
    assert before["symptom"] == "checkout is slow (1)"
    assert before["timeToAcknowledgeS"] is before["timeToResolveS"] is None
    assert (before["splitFrom"], before["follows"], before["overlaps"]) == (None, None, [])
    assert after["acknowledgedBy"] == "tester"
    assert before["timeToDetectS"] == after["timeToDetectS"] > 0
    assert 0 <= after["timeToAcknowledgeS"] < timedelta(hours=1).total_seconds()
    assert after["timeToResolveS"] >= after["timeToDetectS"]


async def test_only_what_is_resolved_is_closed(caller: Caller) -> None:
    """A reason is needed; what is closed stays."""
    await save(caller.graph)
    refused = await do(caller, "closeIncident")
    silent = await caller.ask(
        f"""mutation {{ closeIncident(id: "{KEY}", reason: " ") {{
          ... on Failure {{ where }} }} }}"""
    )

    assert refused == {
        "__typename": "Conflict",
        "message": "an incident that is open cannot become closed",
    }
    assert silent == {"closeIncident": {"where": "reason"}}


async def test_a_split_answers_with_the_new_incident(caller: Caller) -> None:
    """And a merge with the one that is left."""
    await save(caller.graph)
    split = await do(caller, "splitIncident", "key title status splitFrom occurrences { key }")
    merged = await caller.ask(
        """mutation ($others: [ID!]!) { mergeIncidents(into: "incident-0001", others: $others,
          reason: "one") { ... on Incident { key occurrences { key } } } }""",
        others=[split["key"]],
    )

    assert split | {"key": ""} == {
        "__typename": "Incident",
        "key": "",
        "title": "slow on checkout",
        "status": "OPEN",
        "splitFrom": KEY,
        "occurrences": [{"key": "occurrence-0001"}],
    }
    assert merged["mergeIncidents"] == {
        "key": KEY,
        "occurrences": [{"key": "occurrence-0001"}, {"key": "occurrence-0002"}],
    }


async def test_who_may_only_read_may_do_nothing(caller: Caller) -> None:
    """Every act needs the scope `operate`."""
    await save(caller.graph)
    token = await caller.token(Scope.READ)
    for act, arguments in ACTS.items():
        body = await caller.answer(
            f"""mutation ($id: ID!, $version: Int) {{ it: {act}{arguments} {{ __typename }} }}""",
            {"id": KEY},
            token=token,
        )
        assert body["data"]["it"] == {"__typename": "Forbidden"}


async def test_problems_are_created_and_renamed(caller: Caller) -> None:
    """With who named them; what is wrong with a name is said."""
    fields = """__typename ... on Problem { key title namedBy namedAt formerTitles version }
      ... on Failure { where message }"""
    made = (
        await caller.ask(
            f"""mutation {{ it: createProblem(name: "no free worker", role: "service",
              summary: "the pool is empty") {{ {fields} }} }}"""
        )
    )["it"]
    rename = f"""mutation ($key: ID!, $name: String!, $version: Int) {{
      it: renameProblem(id: $key, name: $name, version: $version) {{ {fields} }} }}"""
    stale = (await caller.ask(rename, key=made["key"], name="other", version=9))["it"]
    wrong = (await caller.ask(rename, key=made["key"], name="a\nb"))["it"]
    done = (await caller.ask(rename, key=made["key"], name="pool is empty"))["it"]

    assert (made["namedBy"], made["formerTitles"]) == ("tester", [])
    assert stale["__typename"] == "Conflict"
    assert wrong == {
        "__typename": "InvalidInput",
        "where": "name",
        "message": "a name is one line without control or invisible characters",
    }
    assert (done["title"], done["formerTitles"]) == ("pool is empty", ["no free worker"])
    assert done["version"] == made["version"] + 1


async def test_a_confirmed_cause_is_called_by_a_persons_words(caller: Caller) -> None:
    """The finding, the problem and the incident's title say them."""
    await save(caller.graph)
    data = await caller.ask(
        f"""mutation {{ confirmCause(incident: "{KEY}", component: "shop/db",
          name: "missing index", reason: "seen") {{ ... on Finding {{ summary }} }} }}"""
    )
    incident = (
        await caller.ask(
            f"""{{ incident(id: "{KEY}") {{ ... on Incident {{ title
              confirmedCauses {{ problem {{ title namedBy }} component {{ name }} }} }} }} }}"""
        )
    )["incident"]

    assert data["confirmCause"]["summary"] == "Confirmed cause: missing index at db. seen"
    assert incident["title"] == "missing index at db (seen at checkout)"
    assert incident["confirmedCauses"] == [
        {"problem": {"title": "missing index", "namedBy": "tester"}, "component": {"name": "db"}}
    ]
