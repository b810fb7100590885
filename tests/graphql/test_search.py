"""What is found again: by words, and by likeness."""

from __future__ import annotations

from types import NoneType

import pytest

from graph.memory import OVERFETCH, Memory
from graph.statements import parse
from tests.builders.incidents import an_incident, an_occurrence, save_incident
from tests.builders.knowledge import save_problems
from tests.graphql.conftest import Caller

CONFIRM = """
mutation ($incident: ID!, $component: ID, $reason: String!) {
  confirmCause(incident: $incident, component: $component, reason: $reason) { __typename }
}
"""

_AWAIT_INDEX = parse(
    "tests/upsert_nothing",
    """// Wait until the full-text index shows what was written.
// access: write
// params: -
// returns: -
CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()
""",
    NoneType,
)


async def test_words_find_incidents_problems_and_findings(caller: Caller) -> None:
    """A search finds all three kinds, in this workspace only; search syntax is mere text."""
    await save_incident(
        caller.graph,
        an_incident(1, title="zebra crossing is slow"),
        an_occurrence(1, problem="zebra"),
    )
    await save_incident(
        caller.graph.scoped(f"{caller.workspace}-2"), an_incident(1, title="zebra elsewhere")
    )
    await caller.ask(CONFIRM, incident="incident-0001", component="shop/checkout", reason="zebra")
    await caller.graph.execute(_AWAIT_INDEX)

    data = await caller.ask(
        """{ search(text: "zebra) OR [* ~") { kind key title
             incident { key } problem { key } } }"""
    )

    assert {(hit["kind"], hit["key"]) for hit in data["search"]} == {
        ("INCIDENT", "incident-0001"),
        ("PROBLEM", "zebra"),
        ("FINDING", "incident-0001"),
    }
    assert {(hit["kind"], str(hit["incident"]), str(hit["problem"])) for hit in data["search"]} == {
        ("INCIDENT", "{'key': 'incident-0001'}", "None"),
        ("PROBLEM", "None", "{'key': 'zebra'}"),
        ("FINDING", "{'key': 'incident-0001'}", "None"),
    }


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001])
async def test_a_search_needs_words(caller: Caller, text: str) -> None:
    """Nothing and too much are refused by the argument's name."""
    body = await caller.answer("query ($t: String!) { search(text: $t) { key } }", {"t": text})

    assert body["errors"][0]["extensions"]["where"] == "text"


async def test_text_without_words_finds_nothing(caller: Caller) -> None:
    """Punctuation alone is no query."""
    assert await caller.ask('{ search(text: "?!") { key } }') == {"search": []}


async def test_similar_incidents_teach(caller: Caller) -> None:
    """An earlier incident on the same component comes first, with its confirmed cause."""
    await save_incident(caller.graph, an_incident(1), an_occurrence(1))
    await save_incident(caller.graph, an_incident(2), an_occurrence(2))
    await caller.ask(CONFIRM, incident="incident-0001", component="shop/checkout", reason="disk")
    memory = caller.labo.workspace(caller.workspace).memory
    await memory.remember("incident-0001")
    await caller.graph.execute(_AWAIT_INDEX)

    data = await caller.ask(
        """{ similarIncidents(incident: "incident-0002") {
             incidentKey sameComponent cause causeConfirmed incident { title } } }"""
    )

    assert data["similarIncidents"][0] == {
        "incidentKey": "incident-0001",
        "sameComponent": True,
        "cause": "checkout",
        "causeConfirmed": True,
        "incident": {"title": "checkout is slow (1)"},
    }


async def test_similar_to_what_is_asked_exactly_once(caller: Caller) -> None:
    """An incident or a text: neither, a text without end and more than twenty are refused."""
    for arguments, where in (
        ("", "incident, text"),
        (f'(text: "{"x" * 1001}")', "text"),
        ('(text: "slow", first: 21)', "first"),
    ):
        body = await caller.answer(f"{{ similarIncidents{arguments} {{ title }} }}")

        assert body["errors"][0]["extensions"]["code"] == "invalid_input"
        assert body["errors"][0]["extensions"]["where"] == where


async def test_others_incidents_do_not_crowd_a_search_out(caller: Caller) -> None:
    """However many better matches other workspaces have, a search finds its own and scores it
    alike."""
    for number in range(30):
        other = caller.graph.scoped(f"{caller.workspace}-{number % 3}")
        await save_incident(
            other, an_incident(number, title="quokka quokka"), an_occurrence(number)
        )
    await save_incident(
        caller.graph, an_incident(99, title="the quokka is slow today"), an_occurrence(99)
    )
    await caller.graph.execute(_AWAIT_INDEX)

    data = await caller.ask('{ search(text: "quokka", first: 1) { key score } }')

    assert data["search"] == [{"key": "incident-0099", "score": 1.0}]


async def test_others_incidents_do_not_crowd_memory_out(caller: Caller) -> None:
    """Nearer incidents of other workspaces leave the nearest one of this workspace in place."""
    nearer = [1.0, 0.0, 0.0, 0.0]
    for number in range(OVERFETCH + 2):
        other = caller.graph.scoped(f"{caller.workspace}-2")
        await save_incident(other, an_incident(number), an_occurrence(number))
        memory = Memory(other, "crowd", 4)
        await memory.prepare()
        await memory.save_embedding(an_incident(number).id, nearer)
    await save_incident(caller.graph, an_incident(99), an_occurrence(99))
    own = Memory(caller.graph, "crowd", 4)
    await own.save_embedding("incident-0099", [0.5, 0.5, 0.0, 0.0])

    assert await own.find_by_vector(nearer, 1) == ["incident-0099"]


async def test_keys_are_found_by_their_beginning(caller: Caller) -> None:
    """Of each kind asked for, in the order of the keys, as many as asked for."""
    for number in (31, 32, 4):
        await save_incident(caller.graph, an_incident(number))
    await save_problems(caller.graph, "incident-0040")
    query = """query ($prefix: String!, $kinds: [KeyKind!]!) {
      keysByPrefix(prefix: $prefix, kinds: $kinds, first: 2) { kind key title } }"""

    async def found(prefix: str, *kinds: str) -> list[str]:
        answer = await caller.ask(query, prefix=prefix, kinds=list(kinds))
        return [f"{row['kind']} {row['key']}" for row in answer["keysByPrefix"]]

    assert await found("incident-003", "INCIDENT") == [
        "INCIDENT incident-0031",
        "INCIDENT incident-0032",
    ]
    assert await found("incident-0", "PROBLEM", "INCIDENT") == [
        "INCIDENT incident-0004",
        "INCIDENT incident-0031",
        "PROBLEM incident-0040",
    ]
    assert await found("%", "INCIDENT", "PROBLEM", "EDGE", "PROPOSAL") == []
