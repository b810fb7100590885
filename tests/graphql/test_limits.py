"""How much one operation may ask for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from graphql import GraphQLError, get_introspection_query, parse, validate

from api.graphql import limits
from api.graphql.limits import LIMITS, measure
from api.graphql.schema import build_schema
from labo.domain.entities.tokens import Scope
from tests.graphql.conftest import Caller

SCHEMA = build_schema()._schema


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        ("{ " + " ".join(f"a{i}: __typename" for i in range(31)) + " }", "aliases"),
        ("{ " + " ".join("__typename @include(if: true)" for _ in range(21)) + " }", "directives"),
        ("{ " + " ".join("__typename" for _ in range(21)) + " }", "root_fields"),
        (
            "{ incidents { nodes { diagnosis { incident { diagnosis { incident { diagnosis {"
            " incident { diagnosis { incident { diagnosis { incident { key"
            " } } } } } } } } } } } } }",
            "depth",
        ),
        (
            "{ incidents(first: 100) { nodes { occurrences(first: 100) { key severity } } } }",
            "cost",
        ),
    ],
)
async def test_an_operation_that_asks_for_too_much(caller: Caller, query: str, limit: str) -> None:
    """Each measure has a limit; the refusal names it and what was asked."""
    body = await caller.answer(query)

    assert body["data"] is None
    assert limit in {error["extensions"]["limit"] for error in body["errors"]}


async def test_too_many_tokens(caller: Caller) -> None:
    """A long document is refused by the parser."""
    body = await caller.answer("{ " + "__typename " * 3_000 + "}")

    assert body["errors"][0]["message"].startswith("Syntax Error: Document contains more than 2000")


async def test_the_usual_introspection_passes(caller: Caller) -> None:
    """Tools that read the schema get it within the limits."""
    body = await caller.answer(get_introspection_query())

    assert "errors" not in body
    assert body["data"]["__schema"]["queryType"]["name"] == "Query"


async def test_a_document_is_validated_once(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Validating costs more than answering most questions; its cache has to be hit."""
    validated = []

    def counted(*given: Any) -> list[GraphQLError]:
        validated.append(given)
        return validate(*given)

    monkeypatch.setattr("strawberry.schema.schema.validate", counted)
    query = "query OfThisTest { problems(first: 1) { nodes { key } } }"

    for _ in range(3):
        await caller.ask(query)

    assert len(validated) == 1


async def test_an_operation_ends_at_its_deadline(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes too long is ended and says so, by 503 and in the form of GraphQL."""

    async def slow(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(limits, "DEADLINE_SECONDS", 0.05)
    monkeypatch.setattr("graph.events.Events.get", slow)
    answer = await caller.client.post(
        "/graphql", json={"query": '{ event(id: "x") { __typename } }'}
    )

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["errors"][0]["extensions"] == {"code": "unavailable"}


def test_fragments_that_spread_each_other_are_measured_in_one_walk() -> None:
    """Sixty fragments that each spread the next twice stand for 2^60 fields; measuring is quick."""
    fragments = "".join(
        f"fragment f{i} on Incident {{ ...f{i + 1} ...f{i + 1} }} " for i in range(60)
    )
    document = parse(
        f"{{ incidents {{ nodes {{ ...f0 }} }} }} {fragments} fragment f60 on Incident {{ key }}"
    )

    assert measure(SCHEMA, document).cost > 2**60


def test_page_sizes_multiply_down_the_tree() -> None:
    """Cost is fields times the page sizes above them, taken from literals, variables, defaults."""
    body = "{ nodes { key title } }"
    literal = parse(f"{{ incidents(first: 7) {body} }}")
    variable = parse(f"query ($n: Int!) {{ incidents(first: $n) {body} }}")
    variable_default = parse(f"query ($n: Int! = 7) {{ incidents(first: $n) {body} }}")
    default = parse(f"{{ incidents {body} }}")

    assert measure(SCHEMA, literal).cost == 1 + 7 * 3
    assert measure(SCHEMA, variable, {"n": 7}).cost == 1 + 7 * 3
    assert measure(SCHEMA, variable_default).cost == 1 + 7 * 3
    assert measure(SCHEMA, default).cost == 1 + 20 * 3


def test_a_cycle_of_fragments_is_measured_without_end() -> None:
    """A document that validation would refuse doesn't hang the measuring."""
    document = parse(
        "{ incidents { nodes { ...a } } } fragment a on Incident { ...b } "
        "fragment b on Incident { key ...a ...gone }"
    )

    assert measure(SCHEMA, document).cost <= LIMITS.cost


def test_the_worst_operation_of_a_document_counts() -> None:
    """Several operations in one document: each measure is the largest of them."""
    document = parse(
        "query A { __typename } query B { ... on Query { ... { incidents { nodes { key } } } } }"
    )

    found = measure(SCHEMA, document)

    assert (found.depth, found.root_fields) == (3, 1)


def test_what_moves_kilobytes_costs_more() -> None:
    """An event costs ten beside its fields, and its `raw` thirty: both are read per kilobyte."""
    events = (
        "{ incident(id: 1) { ... on Incident { occurrences(first: 1) { events(first: 9) %s } } } }"
    )

    light = measure(SCHEMA, parse(events % "{ key }")).cost
    heavy = measure(SCHEMA, parse(events % "{ raw }")).cost

    assert (light, heavy) == (1 + 1 + 1 + 9 * (1 + 10), 1 + 1 + 1 + 9 * (1 + 10 + 30))


async def test_the_schema_is_hidden_from_tokens_that_only_ingest(caller: Caller) -> None:
    """A token without `read` or `operate` gets no introspection, and `__typename` as before."""
    token = await caller.token(Scope.INGEST)

    schema = await caller.answer("{ __schema { types { name } } }", token=token)
    kind = await caller.answer('{ __type(name: "Query") { name } }', token=token)
    name = await caller.answer("{ __typename }", token=token)

    assert [body["errors"][0]["extensions"]["code"] for body in (schema, kind)] == ["forbidden"] * 2
    assert (schema["data"], name["data"]) == (None, {"__typename": "Query"})


async def test_nothing_is_written_while_the_disk_is_nearly_full(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mutation is answered 503 with Retry-After and the reason; a query is answered."""
    monkeypatch.setattr(caller.app.state.disk, "reserve_bytes", 1 << 62)
    mutation = (
        'mutation { confirmCause(incident: "i", component: "shop/cart", reason: "r") '
        "{ __typename } }"
    )
    written = await caller.client.post("/graphql", json={"query": mutation})
    read = await caller.ask("{ incidents(first: 1) { nodes { key } } }")

    assert (written.status_code, written.headers["retry-after"]) == (503, "5")
    (error,) = written.json()["errors"]
    assert error["extensions"]["code"] == "unavailable"
    assert "the disk is nearly full" in error["message"]
    assert read == {"incidents": {"nodes": []}}
