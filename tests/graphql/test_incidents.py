from __future__ import annotations

from dataclasses import replace

from graph.events import Events
from labo.domain.entities.diagnoses import Suspect
from tests.builders.incidents import (
    an_event,
    an_incident,
    an_occurrence,
    save_diagnosis,
    save_incident,
)
from tests.graphql.conftest import Caller, statements_sent

EDGES = 10
"""Statements that `NESTED` needs, one for each kind of thing it reads."""

NESTED = """
query ($first: Int!) {
  incidents(first: $first) {
    nodes {
      key
      occurrences(first: 3) {
        problem { key title }
        component { key name }
        events(first: 2) { key title labels { name value } }
      }
      diagnosis { verdict suspects { componentName component { key } reasons { sentence } } }
      proposals(first: 2) { key decision { verdict } }
      confirmedCauses { reason }
      findings(first: 2) { summary }
    }
  }
}
"""


async def test_incident_by_plain_key_and_by_global_id(caller: Caller) -> None:
    """An incident is found by its key and by the id that the API gave for it."""
    await save_incident(caller.graph, an_incident(1))
    query = "query ($id: ID!) { incident(id: $id) { ... on Incident { id key title status } } }"

    by_key = await caller.ask(query, id="incident-0001")
    by_id = await caller.ask(query, id=by_key["incident"]["id"])

    assert by_key == by_id
    assert by_key["incident"]["key"] == "incident-0001"
    assert by_key["incident"]["status"] == "OPEN"


async def test_unknown_incident_is_a_value(caller: Caller) -> None:
    """An unknown id is a typed failure in the answer, not an error beside it."""
    data = await caller.ask(
        '{ incident(id: "no") { __typename ... on Failure { code message where } } }'
    )

    assert data["incident"]["__typename"] == "NotFound"
    assert data["incident"]["code"] == "not_found"


async def test_id_of_another_type_is_refused(caller: Caller) -> None:
    """An id that belongs to a problem does not name an incident."""
    data = await caller.ask(
        '{ incident(id: "UHJvYmxlbTpzbG93") { ... on InvalidInput { message where } } }'
    )

    assert data["incident"] == {
        "message": "this is the id of a Problem, not of a Incident",
        "where": "id",
    }


async def test_pages_cover_every_incident_once(caller: Caller) -> None:
    """Following `endCursor` visits each incident once, newest first, also at equal times."""
    for number in range(1, 8):
        await save_incident(caller.graph, an_incident(number, opened_at=an_incident(1).opened_at))
    query = """query ($after: String) { incidents(first: 3, after: $after) {
      edges { node { key } } pageInfo { hasNextPage endCursor } } }"""

    seen: list[str] = []
    after = None
    while True:
        page = (await caller.ask(query, after=after))["incidents"]
        seen += [edge["node"]["key"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]

    assert seen == [f"incident-{number:04d}" for number in range(7, 0, -1)]


async def test_a_workspace_does_not_see_another(caller: Caller) -> None:
    """What lies in another workspace does not exist for this token."""
    await save_incident(caller.graph.scoped(f"{caller.workspace}-other"), an_incident(1))

    data = await caller.ask(
        '{ incidents { nodes { key } } incident(id: "incident-0001") { __typename } }'
    )

    assert data == {"incidents": {"nodes": []}, "incident": {"__typename": "NotFound"}}


async def test_page_size_and_cursor_are_checked(caller: Caller) -> None:
    """A page outside 1 to 100 and a forged cursor are refused with the argument's name."""
    for arguments, where in (
        ("first: 0", "first"),
        ("first: 101", "first"),
        ('after: "zzz"', "after"),
        ('after: "WzEsIngiXQ"', "after"),
    ):
        body = await caller.answer(f"{{ incidents({arguments}) {{ nodes {{ key }} }} }}")

        assert body["errors"][0]["extensions"] == {
            "code": "invalid_input",
            "where": where,
        } | ({"hint": "use `endCursor`"} if where == "after" else {})


async def test_everything_that_hangs_on_an_incident(caller: Caller) -> None:
    """Occurrences, their problem, component and events, and the diagnosis come in one answer."""
    await save_incident(
        caller.graph,
        an_incident(1),
        an_occurrence(1),
        an_occurrence(2, component="db"),
        events=[an_event(1)],
    )
    await save_diagnosis(caller.graph, "incident-0001")

    [node] = (await caller.ask(NESTED, first=5))["incidents"]["nodes"]

    assert [o["component"]["name"] for o in node["occurrences"]] == ["checkout", "db"]
    assert node["occurrences"][0]["problem"] == {"key": "slow", "title": "slow"}
    assert node["occurrences"][0]["events"][0]["labels"] == [
        {"name": "alertname", "value": "HighLatency"},
        {"name": "service", "value": "checkout"},
    ]
    assert node["diagnosis"] == {
        "verdict": "LIKELY",
        "suspects": [
            {
                "componentName": "db",
                "component": {"key": "shop/db"},
                "reasons": [{"sentence": "no dependency of db is anomalous"}],
            }
        ],
    }


async def test_nested_query_costs_one_statement_per_edge(caller: Caller) -> None:
    """Ten incidents cost as many statements as one: each nested edge is loaded in a batch."""

    async def cost(first: int) -> float:
        before = statements_sent()
        await caller.ask(NESTED, first=first)
        return statements_sent() - before

    for number in range(1, 11):
        await save_incident(
            caller.graph,
            an_incident(number),
            an_occurrence(2 * number, component=f"part-{number}"),
            an_occurrence(2 * number + 1, problem=f"problem-{number}"),
            events=[an_event(number)],
        )
        await save_diagnosis(caller.graph, f"incident-{number:04d}", cause=f"part-{number}")
    await caller.ask(NESTED, first=1)

    # One edge reached at two depths, as components are, loads in one batch or in two.
    assert await cost(1) <= EDGES + 1
    assert await cost(10) <= EDGES + 1


async def test_event_by_id(caller: Caller) -> None:
    """An event is read in its canonical form; an unknown one is a typed failure."""
    event = an_event(1)
    await save_incident(caller.graph, an_incident(1), an_occurrence(1), events=[event])
    query = """query ($id: ID!) { event(id: $id) { __typename
      ... on Event { source dedupKey status severity startsAt raw } } }"""

    found = (await caller.ask(query, id=event.id))["event"]
    missing = (await caller.ask(query, id="nothing"))["event"]

    assert found == {
        "__typename": "Event",
        "source": "alertmanager",
        "dedupKey": "dedup-1",
        "status": "FIRING",
        "severity": "ERROR",
        "startsAt": "2026-03-01T12:00:00+00:00",
        "raw": "{}",
    }
    assert missing == {"__typename": "NotFound"}


async def test_a_suspect_has_its_components_probability_beside_its_own(caller: Caller) -> None:
    """The sum over the suspects on the component, on each of them."""
    await save_incident(caller.graph, an_incident(1))
    others = (Suspect("mail", None, 0.03), Suspect("db", None, 0.05))
    await save_diagnosis(caller.graph, "incident-0001", others=others)

    answer = await caller.ask(
        """{ diagnosis(incident: "incident-0001") { ... on Diagnosis {
             suspects { componentName probability componentProbability } } } }"""
    )

    assert [tuple(one.values()) for one in answer["diagnosis"]["suspects"]] == [
        ("db", 0.9, 0.95),
        ("mail", 0.03, 0.03),
        ("db", 0.05, 0.95),
    ]


async def test_diagnosis_by_itself_and_by_its_incident(caller: Caller) -> None:
    """A diagnosis is found by its id and as its incident's newest, with reasons as sentences."""
    await save_incident(caller.graph, an_incident(1))
    kept = await save_diagnosis(caller.graph, "incident-0001")
    fields = """{ __typename ... on Failure { where } ... on Diagnosis { key verdict nextMetric
      chains { components conditions } ruledOut { componentName reason { kind sentence } }
      missing { sentence values { name value } } incident { key }
      suspects { problemTitle probability conditions } } }"""

    by_id = (await caller.ask(f'{{ diagnosis(id: "{kept.id}") {fields} }}'))["diagnosis"]
    newest = await caller.ask(f'{{ diagnosis(incident: "incident-0001") {fields} }}')
    neither = (await caller.ask(f"{{ diagnosis {fields} }}"))["diagnosis"]
    none = (await caller.ask(f'{{ diagnosis(incident: "other") {fields} }}'))["diagnosis"]

    assert by_id == newest["diagnosis"]
    assert by_id["ruledOut"] == [
        {
            "componentName": "cart",
            "reason": {"kind": "NOT_DEVIATING", "sentence": "cart is within its normal range"},
        }
    ]
    assert by_id["missing"][0]["values"] == [{"name": "component", "value": "mail"}]
    assert by_id["incident"] == {"key": "incident-0001"}
    assert by_id["suspects"] == [
        {"problemTitle": "slow database", "probability": 0.9, "conditions": ["latency:high"]}
    ]
    assert neither == {"__typename": "InvalidInput", "where": "id"}
    assert none == {"__typename": "NotFound", "where": "incident"}


async def test_resolving_an_incident(caller: Caller) -> None:
    """Resolving says who did it and why, raises the version, and refuses a stale one."""
    await save_incident(caller.graph, an_incident(1))
    query = """mutation ($version: Int) {
      resolveIncident(id: "incident-0001", reason: "restarted", version: $version) {
        __typename ... on Incident { status resolution version } } }"""

    stale = (await caller.ask(query, version=7))["resolveIncident"]
    done = (await caller.ask(query))["resolveIncident"]

    assert stale == {"__typename": "Conflict"}
    assert done["status"] == "RESOLVED"
    assert done["resolution"] == "restarted"
    assert done["version"] == 1


async def test_only_the_events_of_the_page_are_read(caller: Caller) -> None:
    """Of an occurrence with many messages a page reads its own; `raw` only where it is asked."""
    messages = [replace(an_event(number), raw=f'{{"n":{number}}}') for number in range(5)]
    await save_incident(caller.graph, an_incident(1), an_occurrence(1), events=messages)
    events = Events(caller.graph)

    rows = await events.find_by_occurrences(["occurrence-0001"], 2)
    data = await caller.ask(
        """{ incident(id: "incident-0001") { ... on Incident {
             occurrences { events(first: 2) { key raw } } } } }"""
    )

    assert [row.raw for row in rows] == ["{}", "{}"]
    assert data["incident"]["occurrences"][0]["events"] == [
        {"key": row.id, "raw": (await events.get(row.id)).raw} for row in rows
    ]
