"""Following incidents through a real server: a uvicorn child, WebSocket and SSE clients."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from websockets.exceptions import ConnectionClosed

from labo.domain.entities.tokens import Scope
from labo.domain.incidents.incidents import IncidentStatus
from labo.services.access.tokens import NewToken
from tests.builders.incidents import an_incident, save_incident
from tests.graphql.conftest import Caller, Server

FOLLOW = GraphQLRequest(
    "subscription ($id: ID) { incidentChanged(id: $id) { key status } }",
    variable_values={"id": "incident-0001"},
)


def follow(server: Server, token: str, *, in_init: bool = False) -> Client:
    authorization = {"Authorization": f"Bearer {token}"}
    transport = WebsocketsTransport(
        f"ws://127.0.0.1:{server.port}/graphql",
        headers={} if in_init else authorization,
        init_payload=authorization if in_init else {},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )
    return Client(transport=transport)


async def move(caller: Caller, incident: str, status: IncidentStatus) -> None:
    await caller.labo.workspace(caller.workspace).incidents.move(incident, status, by="tester")


@pytest.mark.parametrize("in_init", [False, True])
async def test_a_named_incident_is_followed(
    caller: Caller, server: Server, *, in_init: bool
) -> None:
    """Its present state comes at once, each change after it, and of others nothing."""
    await save_incident(caller.graph, an_incident(1))
    await save_incident(caller.graph, an_incident(2))
    token = await caller.token(Scope.READ)
    seen: list[dict[str, Any]] = []

    async with asyncio.timeout(30), follow(server, token, in_init=in_init) as session:
        async for change in session.subscribe(FOLLOW):
            seen.append(change["incidentChanged"])
            if len(seen) == 1:
                await move(caller, "incident-0002", IncidentStatus.RESOLVED)
                await move(caller, "incident-0001", IncidentStatus.RESOLVED)
            if len(seen) == 2:
                break

    assert seen == [
        {"key": "incident-0001", "status": "OPEN"},
        {"key": "incident-0001", "status": "RESOLVED"},
    ]


async def test_queries_work_over_the_socket(caller: Caller, server: Server) -> None:
    """The same connection answers queries; a syntax error is an answer, not a break."""
    token = await caller.token(Scope.READ)

    async with asyncio.timeout(30), follow(server, token) as session:
        answer = await session.execute(gql("{ incidents { nodes { key } } }"))
        with pytest.raises(TransportQueryError, match="nope"):
            await session.execute(gql("{ nope }"))

    assert answer == {"incidents": {"nodes": []}}


async def test_a_stranger_is_turned_away(server: Server) -> None:
    """A connection without a valid token is closed before anything is answered."""
    with pytest.raises((ConnectionClosed, TransportConnectionFailed)):
        async with asyncio.timeout(30), follow(server, "labo_wrong") as session:
            await session.execute(gql("{ __typename }"))


async def test_a_revoked_token_ends_the_following(caller: Caller, server: Server) -> None:
    """Who loses the token while following gets an error instead of the next change."""
    tokens = caller.labo.workspace(caller.workspace).tokens
    made: NewToken = await tokens.create("guest", [Scope.READ])
    await save_incident(caller.graph, an_incident(1))
    seen: list[Any] = []

    async def look() -> None:
        async with follow(server, made.secret) as session:
            async for change in session.subscribe(FOLLOW):
                seen.append(change)
                await tokens.revoke(made.token.id)
                await asyncio.sleep(2)  # the server remembers a token for one second
                await move(caller, "incident-0001", IncidentStatus.RESOLVED)

    with pytest.raises(TransportQueryError, match="revoked"):
        await asyncio.wait_for(look(), 60)
    assert len(seen) == 1


async def test_changes_come_as_server_sent_events(caller: Caller, server: Server) -> None:
    """A client without WebSocket reads the same over a POST that streams."""
    await save_incident(caller.graph, an_incident(1))
    token = await caller.token(Scope.READ)
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    body = {"query": 'subscription { incidentChanged(id: "incident-0001") { key status } }'}
    seen: list[str] = []

    async with (
        asyncio.timeout(30),
        httpx.AsyncClient(base_url=server.http, headers=headers) as client,
        client.stream("POST", "/graphql", json=body) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if not line.startswith("data: {"):
                continue
            seen.append(json.loads(line[6:])["data"]["incidentChanged"]["status"])
            if len(seen) == 2:
                break
            await move(caller, "incident-0001", IncidentStatus.RESOLVED)

    assert seen == ["OPEN", "RESOLVED"]


async def test_a_syntax_error_on_a_stream_is_an_answer(caller: Caller, server: Server) -> None:
    """A stream that can't begin says why and ends."""
    token = await caller.token(Scope.READ)
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}

    async with httpx.AsyncClient(base_url=server.http, headers=headers) as client:
        answer = await client.post("/graphql", json={"query": "subscription {"})

    assert "Syntax Error" in answer.text
    assert "event: complete" in answer.text
