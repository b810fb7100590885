"""Neo4j or Valkey that hang or die: every route answers, and at once when they are back."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from tests.abuse.conftest import Place, frozen

pytestmark = pytest.mark.stack

EVENT = {"title": "disk full", "severity": "error", "status": "firing", "dedup_key": "disk"}
LOGS = {
    "resourceLogs": [
        {"scopeLogs": [{"logRecords": [{"timeUnixNano": "1", "body": {"stringValue": "hello"}}]}]}
    ]
}
QUERY = {"query": "{ incidents { nodes { key } } }"}
MUTATION = {"query": 'mutation { resolveIncident(id: "none") { __typename } }'}
FOLLOW = {"query": 'subscription { incidentChanged(id: "none") { key } }'}


async def answers(place: Place, *, follow: bool = True) -> dict[str, httpx.Response]:
    """Of every kind of route, asked at once; with a token that the API knows, and with none.

    `follow` a subscription too, which must fail, since it would not end otherwise.
    """
    stream = {"Accept": "text/event-stream"}
    async with place.client() as known, place.client("labo_nobody_knows_this_one") as unknown:
        requests = {
            "hook": known.post("/hooks/generic", json=EVENT),
            "otlp": known.post("/v1/logs", json=LOGS),
            "query": known.post("/graphql", json=QUERY),
            "mutation": known.post("/graphql", json=MUTATION),
            "follow": known.post("/graphql", json=FOLLOW, headers=stream),
            "stranger's hook": unknown.post("/hooks/generic", json=EVENT),
            "stranger's query": unknown.post("/graphql", json=QUERY),
            "ready": known.get("/readyz"),
            "alive": known.get("/healthz"),
            "metrics": known.get("/metrics"),
        }
        if not follow:
            requests.pop("follow").close()
        async with asyncio.timeout(60):
            given = await asyncio.gather(*requests.values())
    return dict(zip(requests, given, strict=True))


async def warm(place: Place) -> None:
    """The token is known and the listener connected."""
    async with place.client() as client, asyncio.timeout(60):
        assert (await client.post("/hooks/generic", json=EVENT)).status_code == 202
        await until_followed(client)


async def until_followed(client: httpx.AsyncClient) -> None:
    """A subscription of all incidents has begun."""
    body = {"query": "subscription { incidentChanged { key } }"}
    stream = {"Accept": "text/event-stream"}
    async with client.stream("POST", "/graphql", json=body, headers=stream) as answer:
        assert answer.status_code == 200
        await anext(answer.aiter_bytes())


def statuses(given: dict[str, httpx.Response]) -> dict[str, int]:
    return {name: answer.status_code for name, answer in given.items()}


def assert_later(*given: httpx.Response) -> None:
    """Each says when to try again, and nothing of the inside."""
    for answer in given:
        assert int(answer.headers["retry-after"]) > 0
        assert "127.0.0.1" not in answer.text
        assert "Traceback" not in answer.text


async def test_a_frozen_neo4j(place: Place) -> None:
    """What needs it is 503, what does not goes on; and all is well once it goes on."""
    await warm(place)
    with frozen(place.neo4j.process):
        given = await answers(place)
    after = await answers(place, follow=False)

    assert statuses(given) == {
        "hook": 503,
        "otlp": 200,
        "query": 503,
        "mutation": 503,
        "follow": 200,
        "stranger's hook": 503,
        "stranger's query": 503,
        "ready": 503,
        "alive": 200,
        "metrics": 200,
    }
    assert_later(*(answer for answer in given.values() if answer.status_code == 503))
    assert "unavailable" in given["follow"].text
    assert given["query"].json()["errors"][0]["extensions"]["code"] == "unavailable"
    assert {part["name"]: part["ok"] for part in given["ready"].json()["parts"]} == {
        "neo4j": False,
        "redis": True,
        "stream": True,
    }
    assert statuses(after) == {
        **dict.fromkeys(after, 200),
        "hook": 202,
        "stranger's hook": 401,
        "stranger's query": 401,
    }


async def test_a_frozen_valkey(place: Place) -> None:
    """Events, queries and decisions go on; telemetry and following are refused."""
    await warm(place)
    with frozen(place.valkey.process):
        given = await answers(place)
    after = await answers(place, follow=False)

    assert statuses(given) == {
        "hook": 202,
        "otlp": 503,
        "query": 200,
        "mutation": 200,
        "follow": 200,
        "stranger's hook": 401,
        "stranger's query": 401,
        "ready": 503,
        "alive": 200,
        "metrics": 200,
    }
    assert_later(given["otlp"], given["ready"])
    assert "unavailable" in given["follow"].text
    assert "NotFound" in json.dumps(given["mutation"].json())
    assert after["otlp"].status_code == after["ready"].status_code == 200


async def test_both_killed(place: Place) -> None:
    """Likewise, with nobody at the ports. The last test: they stay dead."""
    await warm(place)
    for server in (place.valkey.process, place.neo4j.process):
        server.kill()
        server.wait()
    given = await answers(place)

    assert statuses(given) == {
        **dict.fromkeys(given, 503),
        "follow": 200,
        "alive": 200,
        "metrics": 200,
    }
    assert_later(*(answer for answer in given.values() if answer.status_code == 503))
