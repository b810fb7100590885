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
from tests.integration.events.conftest import SECRET, Door, settings_for

pytestmark = pytest.mark.stack

DATA = Path(__file__).parents[2] / "data"
BEARER = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}


def recorded(path: str) -> bytes:
    return (DATA / path).read_bytes()


async def kept(door: Door) -> list[tuple[str, str, str]]:
    """(source, status, title) of every event in the workspace."""
    async with door.labo.graph._driver.session() as session:
        result = await session.run(
            "MATCH (e:Event {workspace: $w}) RETURN e.source AS a, e.status AS b, e.title AS c",
            w=door.workspace,
        )
        return sorted([(r["a"], r["b"], r["c"]) async for r in result])


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


async def test_the_good_alerts_of_a_body_are_kept_and_the_bad_are_named(door: Door) -> None:
    """Alertmanager drops a whole group on 4xx; a time of the year 9999 is refused at the door."""
    good = {"status": "firing", "labels": {"alertname": "Good", "service": "cart"}}
    alerts = [
        {**good, "startsAt": "9999-12-31T00:00:00Z", "fingerprint": "late"},
        {**good, "startsAt": "0000-00-00T00:00:00", "fingerprint": "odd"},
        good,
        None,
    ]
    answer = await door.http.post("/hooks/alertmanager", json={"alerts": alerts}, headers=BEARER)
    refused = answer.json().pop("refused")
    alone = await door.http.post("/hooks/alertmanager", json={"alerts": alerts[:1]}, headers=BEARER)

    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert answer.json()["refused_count"] == 3
    assert [(one["index"], one["where"]) for one in refused] == [
        (0, "alerts[0]"),
        (1, "alerts[1].startsAt"),
        (3, "alerts[3]"),
    ]
    assert "9999" in refused[0]["reason"]
    assert (alone.status_code, alone.json()["where"]) == (400, "alerts[0]")
    assert await kept(door) == [("alertmanager", "firing", "Good")]


async def test_more_events_than_can_wait_are_refused_at_once(door: Door) -> None:
    """Sending them again would not help, so the answer names the limit, and nothing is kept."""
    limit = door.labo.group_commit.queue_max
    alert = b'{"status":"firing","fingerprint":"f"}'
    body = b'{"alerts":[' + b",".join([alert] * (limit + 1)) + b"]}"
    answer = await door.http.post("/hooks/alertmanager", content=body, headers=BEARER)

    assert answer.status_code == 413
    assert str(limit) in answer.json()["detail"]
    assert await kept(door) == []


async def test_a_change_event_of_pagerduty_is_kept_as_information(door: Door) -> None:
    """Its senders get the answer that PagerDuty gives."""
    payload = {"summary": "Build 17 deployed", "source": "ci", "timestamp": "2026-11-29T10:00:00Z"}
    body = {"routing_key": SECRET, "payload": payload}
    answer = await door.http.post("/v2/change/enqueue", json=body)
    wrong = await door.http.post("/v2/change/enqueue", json={**body, "routing_key": "wrong"})

    assert (answer.status_code, wrong.status_code) == (202, 401)
    assert answer.json() == {"status": "success", "message": "Change event processed"}
    assert await kept(door) == [("pagerduty", "info", "Build 17 deployed")]


@pytest.mark.parametrize(
    ("source", "headers", "status", "allowed"),
    [
        ("cloudevents", {"WebHook-Request-Origin": "eventgrid.azure.net"}, 200, True),
        ("cloudevents", {"WebHook-Request-Origin": "x\u00e9 <y>"}, 400, False),
        ("cloudevents", {}, 400, False),
        ("alertmanager", {"WebHook-Request-Origin": "eventgrid.azure.net"}, 404, False),
        ("unheard-of", {"WebHook-Request-Origin": "eventgrid.azure.net"}, 404, False),
    ],
)
async def test_a_handshake_consents_for_known_sources_only(
    door: Door, source: str, headers: dict[str, str], status: int, allowed: bool
) -> None:
    """What is sent afterwards needs a credential all the same."""
    encoded = {name: value.encode() for name, value in headers.items()}
    answer = await door.http.request("OPTIONS", f"/hooks/{source}", headers=encoded)
    unsigned = await door.http.post(
        "/hooks/cloudevents", content=b"{}", headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == status
    assert answer.headers.get("webhook-allowed-origin") == (
        headers["WebHook-Request-Origin"] if allowed else None
    )
    assert unsigned.status_code == 401


async def test_sns_speaks_by_a_shared_secret_and_never_has_an_address_fetched(door: Door) -> None:
    """Its confirmation waits for a person, who finds it among the events."""
    body = {
        "Type": "SubscriptionConfirmation",
        "MessageId": "m",
        "TopicArn": "arn:aws:sns:eu-west-1:1:alarms",
        "Token": "t",
        "Message": "You have chosen to subscribe",
        "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        "Timestamp": "2026-11-29T10:00:00.000Z",
    }
    text = {"Content-Type": "text/plain; charset=UTF-8"}
    log_in = httpx.BasicAuth("sns", SECRET)
    answer = await door.http.post("/hooks/sns", json=body, headers=text, auth=log_in)
    unsigned = await door.http.post("/hooks/sns", json=body, headers=text)

    assert (answer.status_code, unsigned.status_code) == (202, 401)
    assert [(source, status) for source, status, _ in await kept(door)] == [("sns", "info")]


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
