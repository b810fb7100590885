"""What holds for every operation: who may, and what an answer may say."""

from __future__ import annotations

import httpx
import pytest
import strawberry
import structlog
from graphql import GraphQLObjectType
from strawberry.types.base import get_object_definition
from structlog.testing import capture_logs

from api.graphql.events import EventsQuery
from api.graphql.permissions import HasScope, check_permissions
from api.graphql.schema import Mutation, Query, Subscription, build_schema
from labo.domain.entities.tokens import Scope
from tests.builders.incidents import an_incident, save_incident
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
        "calibration",
        "tokens",
        "causalPaths",
        "minimalMetrics",
        "metricPlan",
        "experiment",
        "experiments",
        "scenarios",
        "similarIncidents",
        "search",
        "keysByPrefix",
        "proposal",
        "controls",
        "actionBlocks",
        "auditTrail",
        "templates",
        "template",
        "reports",
        "knownSolutions",
        "resolutions",
        "resolution",
        "escalationEconomy",
        "budget",
    },
    "mutation": {
        "proposeEdge",
        "runScenario",
        "confirmEdge",
        "refuteEdge",
        "confirmCause",
        "createProblem",
        "renameProblem",
        "mergeProblems",
        "retireProblem",
        "decide",
        "resolveIncident",
        "diagnoseIncident",
        "acknowledgeIncident",
        "assignIncident",
        "commentIncident",
        "renameIncident",
        "closeIncident",
        "splitIncident",
        "mergeIncidents",
        "withdrawCause",
        "correctSolution",
        "forgetSolution",
        "requestExpertise",
        "setAutonomy",
        "stopActions",
        "resumeActions",
        "liftBlock",
        "publishTemplate",
        "deprecateTemplate",
        "revokeTemplate",
        "setBudget",
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


CHANGES = {Scope.OPERATE, Scope.ADMIN}


def test_every_root_field_names_a_scope() -> None:
    """Queries and subscriptions need `read`, the audit trail `admin`; mutations `operate`, or
    `admin` where they change what may be done: nothing is open."""
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

    queries = {Scope.READ, Scope.ADMIN}
    assert scopes == {Query: queries, Mutation: CHANGES, Subscription: {Scope.READ}}


def test_a_root_field_without_a_scope_is_refused() -> None:
    """The schema isn't built when somebody forgets the guard."""

    @strawberry.type
    class Careless(EventsQuery):
        @strawberry.field
        def open_to_all(self) -> str:
            return "secret"

    with pytest.raises(TypeError, match=r"Careless\.open_to_all"):
        check_permissions(Careless)


@pytest.mark.parametrize("root", ["Query", "Mutation", "Subscription"])
def test_a_schema_with_an_open_root_field_is_not_built(
    root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of whichever kind: a mutation above all."""

    @strawberry.type(name=root)
    class Open:
        @strawberry.field
        def free(self) -> str:
            return "for all"

    monkeypatch.setattr(f"api.graphql.schema.{root}", Open)

    with pytest.raises(TypeError, match=r"Open\.free"):
        build_schema()


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
    await save_incident(caller.graph, an_incident(1))
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
