"""The webhooks over HTTP on the real graph."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from api.app import create_app
from graph.events import Events
from graph.jobs import Jobs
from labo.domain.entities.tokens import Scope
from labo.settings import Neo4jSettings
from tests.conftest import TestStack
from tests.integration.events.conftest import BEARER, SECRET, Door, kept, settings_for

pytestmark = pytest.mark.stack

DATA = Path(__file__).parents[2] / "data"


def recorded(path: str) -> bytes:
    return (DATA / path).read_bytes()


async def test_an_alertmanager_group_is_committed_before_it_is_acknowledged(door: Door) -> None:
    """202 means that both alerts of the group are in the graph."""
    answer = await door.http.post(
        "/hooks/alertmanager", content=recorded("alertmanager/firing.json"), headers=BEARER
    )

    assert (answer.status_code, answer.json()) == (202, {"accepted": 2, "duplicates": 0})
    assert await kept(door) == [
        ("alertmanager", "firing", "Many requests to checkout fail"),
        ("alertmanager", "resolved", "HighLatency"),
    ]


async def test_the_same_delivery_twice_is_accepted_and_changes_nothing(door: Door) -> None:
    """Senders retry when an answer is lost."""
    body = recorded("alertmanager/firing.json")
    await door.http.post("/hooks/alertmanager", content=body, headers=BEARER)
    again = await door.http.post("/hooks/alertmanager", content=body, headers=BEARER)

    assert (again.status_code, again.json()) == (202, {"accepted": 0, "duplicates": 2})
    assert len(await kept(door)) == 2


async def test_signed_grafana_and_pagerduty_bodies_need_no_token(door: Door) -> None:
    """The signature over the raw bytes vouches for them."""
    for source, path, header, prefix in (
        ("grafana", "grafana/firing.json", "X-Grafana-Alerting-Signature", ""),
        ("pagerduty", "pagerduty/v3_triggered.json", "X-PagerDuty-Signature", "v1="),
    ):
        body = recorded(path)
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {header: prefix + signature, "Content-Type": "application/json"}
        good = await door.http.post(f"/hooks/{source}", content=body, headers=headers)
        bad = await door.http.post(f"/hooks/{source}", content=body + b" ", headers=headers)

        assert (good.status_code, bad.status_code) == (202, 401)
        assert bad.headers["content-type"] == "application/problem+json"


async def test_cloud_events_come_batched_and_a_configured_source_by_its_mapping(
    door: Door,
) -> None:
    """Their content types are theirs; a mapped source has its own address."""
    batch = b"[" + recorded("cloudevents/structured.json") + b"]"
    kind = {"Content-Type": "application/cloudevents-batch+json; charset=utf-8"}
    cloud = await door.http.post("/hooks/cloudevents", content=batch, headers=BEARER | kind)
    custom = await door.http.post(
        "/hooks/custom", content=recorded("generic/custom.json"), headers=BEARER
    )

    assert (cloud.status_code, custom.status_code) == (202, 202)
    assert [source for source, _, _ in await kept(door)] == ["cloudevents", "custom"]


async def test_an_ingest_token_opens_the_hooks_and_a_reading_one_does_not(door: Door) -> None:
    """The token says which workspace the events belong to."""
    tokens = door.labo.workspace().tokens
    ingest = (await tokens.create("monitor", [Scope.INGEST])).secret
    read = (await tokens.create("reader", [Scope.READ])).secret
    body = recorded("alertmanager/firing.json")
    statuses = [
        (await door.http.post("/hooks/alertmanager", content=body, headers=headers)).status_code
        for headers in (
            {**BEARER, "Authorization": f"Bearer {ingest}"},
            {**BEARER, "Authorization": f"Bearer {read}"},
            {**BEARER, "Authorization": "Bearer labo_invented"},
            {"Content-Type": "application/json"},
        )
    ]

    assert statuses == [202, 403, 401, 401]


@pytest.mark.parametrize(
    ("path", "headers", "body", "status", "where"),
    [
        ("/hooks/nagios", BEARER, b"{}", 404, "nagios"),
        ("/hooks/alertmanager", BEARER, b'{"alerts": [', 400, "line 1, column 13"),
        ("/hooks/alertmanager", BEARER, b"\xff", 400, "byte 0"),
        ("/hooks/alertmanager", BEARER, b"[" * 100_000, 400, "body"),
        ("/hooks/alertmanager", BEARER, b'{"a": NaN}', 400, "body"),
        ("/hooks/alertmanager", BEARER, b'{"a": 1' + b"0" * 5000 + b"}", 400, "body"),
        ("/hooks/alertmanager", BEARER, b"{}", 400, "alerts"),
        (
            "/hooks/alertmanager",
            BEARER,
            b'{"alerts":[{"status":"firing","fingerprint":"f","startsAt":"soon"}]}',
            400,
            "alerts[0].startsAt",
        ),
        ("/hooks/alertmanager", BEARER | {"Content-Type": "text/xml"}, b"", 415, "content-type"),
        (
            "/hooks/alertmanager",
            BEARER | {"Content-Encoding": "br"},
            b"",
            415,
            "content-encoding",
        ),
        ("/hooks/alertmanager", BEARER | {"Content-Encoding": "gzip"}, b"no", 400, "body"),
        (
            "/hooks/alertmanager",
            BEARER | {"Content-Encoding": "gzip"},
            gzip.compress(b"{}", mtime=0)[:-4],
            400,
            "body",
        ),
        (
            "/hooks/alertmanager",
            BEARER | {"Content-Encoding": "gzip"},
            gzip.compress(b" " * 20_000_000, mtime=0),
            413,
            "body",
        ),
        ("/v2/enqueue", {}, b'{"routing_key": "wrong"}', 401, None),
        ("/v2/enqueue", {}, b"{}", 401, "routing_key"),
        ("/v2/enqueue", {}, b"[]", 400, "body"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_kept(
    door: Door, path: str, headers: dict[str, str], body: bytes, status: int, where: str | None
) -> None:
    """Problem documents that name the place; no half-taken request."""
    answer = await door.http.post(path, content=body, headers=headers)

    assert (answer.status_code, answer.json().get("where")) == (status, where)
    assert await kept(door) == []


async def test_a_zipped_body_is_read(door: Door) -> None:
    """Its length is counted after decompression."""
    answer = await door.http.post(
        "/hooks/alertmanager",
        content=gzip.compress(recorded("alertmanager/firing.json")),
        headers=BEARER | {"Content-Encoding": "gzip"},
    )

    assert answer.status_code == 202


async def test_events_v2_tells_episodes_apart_without_times(door: Door) -> None:
    """A repeated trigger or resolution is the same event; a trigger after the end is a new one."""
    trigger = json.loads(recorded("pagerduty/trigger.json")) | {"routing_key": SECRET}
    resolve = {k: trigger[k] for k in ("routing_key", "dedup_key")} | {"event_action": "resolve"}
    counts = []
    for body in (trigger, trigger, resolve, resolve, trigger, trigger, resolve):
        answer = await door.http.post("/v2/enqueue", json=body)
        counts.append(len(await kept(door)))

        assert answer.status_code == 202
        assert answer.json() == {
            "status": "success",
            "message": "Event processed",
            "dedup_key": "srv01/disk",
        }
    assert counts == [1, 1, 2, 2, 3, 3, 4]


async def test_an_event_and_its_job_are_one_write(door: Door) -> None:
    """The graph answers with what was accepted; the batch waits to be linked."""
    await door.http.post(
        "/hooks/alertmanager", content=recorded("alertmanager/firing.json"), headers=BEARER
    )
    graph = door.labo.workspace().graph
    async with door.labo.graph._driver.session() as session:
        result = await session.run(
            "MATCH (e:Event {workspace: $w}), (j:Job {workspace: $w, subject: e.batch}) "
            "RETURN e.id AS id, j.kind AS kind ORDER BY e.title",
            w=door.workspace,
        )
        rows = [(r["id"], r["kind"]) async for r in result]
    event = await Events(graph).get(rows[1][0])

    assert [kind for _, kind in rows] == ["events.link"] * 2
    assert event.labels["alertname"] == "HighErrorRate"
    assert event.received_at is not None
    assert await Jobs(graph).find_parked() == []


async def test_a_graph_that_is_away_answers_503_with_retry_after(
    stack: TestStack, tmp_path: Path
) -> None:
    """Senders drop on 429 and on other 4xx; they come back on 503."""
    settings = settings_for(stack, tmp_path).model_copy(
        update={
            "neo4j": Neo4jSettings(
                uri="bolt://127.0.0.1:1", password=SecretStr("unused-here"), timeout_s=0.5
            )
        }
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://labo") as http:
            answer = await http.post(
                "/hooks/alertmanager", content=recorded("alertmanager/firing.json"), headers=BEARER
            )

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


async def test_a_broker_that_is_away_does_not_matter(stack: TestStack, tmp_path: Path) -> None:
    """The commit is the promise; the sweeper sends the job later."""
    settings = settings_for(stack, tmp_path, redis={"url": "redis://127.0.0.1:1/0"})
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://labo") as http:
            answer = await http.post(
                "/hooks/alertmanager", content=recorded("alertmanager/firing.json"), headers=BEARER
            )

    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        (("127.0.0.1", 1), {}, 202),
        (("127.0.0.1", 1), {"X-Forwarded-For": "8.8.8.8"}, 401),
        (("127.0.0.1", 1), {"Origin": "https://evil.example"}, 401),
        (("127.0.0.1", 1), {"Origin": "eventemitter.example.com"}, 202),
        (("10.0.0.9", 1), {}, 401),
    ],
)
async def test_without_credential_only_this_host_may_send_where_allowed(
    stack: TestStack,
    tmp_path: Path,
    client: tuple[str, int],
    headers: dict[str, str],
    status: int,
) -> None:
    """Off by default; a proxy makes nobody local, and a page in a browser is no monitor."""
    settings = settings_for(stack, tmp_path, api={"allow_unauthenticated_loopback_hooks": True})
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, client=client)
        async with httpx.AsyncClient(transport=transport, base_url="http://labo") as http:
            answer = await http.post(
                "/hooks/alertmanager",
                content=recorded("alertmanager/firing.json"),
                headers={"Content-Type": "application/json", **headers},
            )

    assert answer.status_code == status
