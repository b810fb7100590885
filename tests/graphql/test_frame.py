"""What holds for every operation: who may, what an answer may say, how much may be asked."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import strawberry
import structlog
from graphql import GraphQLObjectType, get_introspection_query, parse
from strawberry.types.base import get_object_definition
from structlog.testing import capture_logs

from api.graphql import limits
from api.graphql.events import EventsQuery
from api.graphql.limits import LIMITS, measure
from api.graphql.permissions import HasScope, check_permissions
from api.graphql.schema import Mutation, Query, Subscription, build_schema
from labo.domain.tokens import Scope
from tests.builders.incidents import an_incident, keep_incident
from tests.graphql.conftest import Caller

SCHEMA = build_schema()._schema

ROOTS = {
    "query": {
        "incident",
        "incidents",
        "problem",
        "problems",
        "component",
        "components",
        "edge",
        "event",
        "diagnosis",
        "causes",
        "effects",
        "causalPaths",
        "minimalMetrics",
        "similarIncidents",
        "search",
    },
    "mutation": {
        "proposeEdge",
        "confirmEdge",
        "refuteEdge",
        "confirmCause",
        "mergeProblems",
        "retireProblem",
        "decide",
        "resolveIncident",
    },
    "subscription": {"incidentChanged"},
}


def test_root_fields_are_the_promised_ones() -> None:
    """The names of the root fields are a contract."""
    found = {
        name.lower(): set(root.fields)
        for name in ("Query", "Mutation", "Subscription")
        if isinstance(root := SCHEMA.get_type(name), GraphQLObjectType)
    }

    assert found == ROOTS


def test_every_root_field_names_a_scope() -> None:
    """Queries and subscriptions need `read`, mutations `operate`: nothing is open."""
    scopes = {
        root: {
            permission.scope
            for field in get_object_definition(root, strict=True).fields
            for extension in field.extensions
            for permission in getattr(extension, "permissions", [])
            if isinstance(permission, HasScope)
        }
        for root in (Query, Mutation, Subscription)
    }

    assert scopes == {Query: {Scope.READ}, Mutation: {Scope.OPERATE}, Subscription: {Scope.READ}}


def test_a_root_field_without_a_scope_is_refused() -> None:
    """The schema isn't built when somebody forgets the guard."""

    @strawberry.type
    class Careless(EventsQuery):
        @strawberry.field
        def open_to_all(self) -> str:
            return "secret"

    with pytest.raises(TypeError, match=r"Careless\.open_to_all"):
        check_permissions(Careless)


async def test_no_token_no_answer(caller: Caller) -> None:
    """Without a valid token not even the type name is told."""
    for headers in (
        {"Authorization": ""},
        {"Authorization": "Bearer labo_wrong"},
        {"Authorization": "Digest x"},
        {"Authorization": "Basic !!!"},
    ):
        answer = await caller.client.post(
            "/graphql", json={"query": "{ __typename }"}, headers=headers
        )

        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["code"] == "unauthenticated"


async def test_basic_credentials_carry_the_token_as_password(caller: Caller) -> None:
    """A sender that knows Basic only, such as Alertmanager, gets in with its token."""
    token = await caller.token(Scope.READ)

    answer = await caller.client.post(
        "/graphql", json={"query": "{ __typename }"}, auth=httpx.BasicAuth("any", token)
    )

    assert answer.json() == {"data": {"__typename": "Query"}}


async def test_a_token_without_the_scope_is_refused_by_value(caller: Caller) -> None:
    """Where the answer is a union, lacking a scope is one of its values; nothing was changed."""
    await keep_incident(caller.graph, an_incident(1))
    reader = await caller.token(Scope.READ)
    body = await caller.answer(
        """mutation { resolveIncident(id: "incident-0001") { __typename
           ... on Forbidden { message } } }""",
        token=reader,
    )
    status = await caller.ask('{ incident(id: "incident-0001") { ... on Incident { status } } }')

    assert body["data"]["resolveIncident"] == {
        "__typename": "Forbidden",
        "message": "the token lacks the scope `operate`",
    }
    assert status == {"incident": {"status": "OPEN"}}


async def test_a_token_without_the_scope_is_refused_by_error(caller: Caller) -> None:
    """Where the answer is a list, lacking a scope is an error with its code."""
    body = await caller.answer(
        "{ incidents { nodes { key } } }", token=await caller.token(Scope.INGEST)
    )

    assert body["data"] is None
    assert body["errors"][0]["extensions"]["code"] == "forbidden"


async def test_a_defect_is_masked_and_logged(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client reads the request's id and nothing of the cause; the log has its trace."""

    async def broken(*_: object) -> None:
        raise RuntimeError("password is swordfish")

    monkeypatch.setattr("graph.events.Events.get", broken)
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        answer = await caller.client.post(
            "/graphql",
            json={"query": '{ event(id: "x") { __typename } }'},
            headers={"X-Request-ID": "call-7"},
        )

    assert "swordfish" not in answer.text
    assert answer.json()["errors"][0]["extensions"] == {
        "code": "internal",
        "request_id": "call-7",
    }
    assert answer.headers["x-request-id"] == "call-7"
    [entry] = [entry for entry in logged if entry["event"] == "graphql.failed"]
    assert (entry["log_level"], entry["request_id"]) == ("error", "call-7")
    assert "swordfish" in str(entry["exc_info"])


async def test_only_single_json_posts_are_taken(caller: Caller) -> None:
    """No GET, no batch, no form: a foreign web page can't send any of what is left."""
    query = "{ __typename }"
    refused = [
        await caller.client.get("/graphql", params={"query": query}),
        await caller.client.post("/graphql", json=[{"query": query}]),
        await caller.client.post("/graphql", data={"query": query}),
        await caller.client.post("/graphql", content=query, headers={"Content-Type": "text/plain"}),
        await caller.client.post("/graphql", json={"query": 5}),
        await caller.client.post(
            "/graphql", content="{", headers={"Content-Type": "application/json"}
        ),
    ]

    assert [answer.status_code for answer in refused] == [400] * 6
    assert {answer.headers["content-type"] for answer in refused} == {"application/problem+json"}


async def test_the_ide_is_for_development_only(caller: Caller) -> None:
    """A browser that opens the address in production finds nothing."""
    answer = await caller.client.get("/graphql", headers={"Accept": "text/html"})

    assert answer.status_code == 404


async def test_unknown_fields_get_no_suggestions(caller: Caller) -> None:
    """A typing error is named, without hints at what else there is."""
    body = await caller.answer("{ incidens { nodes { key } } }")

    assert body["errors"][0]["message"] == "Cannot query field 'incidens' on type 'Query'."


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


async def test_an_operation_ends_at_its_deadline(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes too long is ended and says so."""

    async def slow(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(limits, "DEADLINE_SECONDS", 0.05)
    monkeypatch.setattr("graph.events.Events.get", slow)
    body = await caller.answer('{ event(id: "x") { __typename } }')

    assert body["errors"][0]["extensions"] == {"code": "unavailable"}


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
