"""Bodies as monitors really send them, over HTTP on the real graph."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.events.conftest import BEARER, SECRET, Door, kept

pytestmark = pytest.mark.stack


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


async def test_senders_of_other_products_find_their_addresses(door: Door) -> None:
    """Prometheus at Alertmanager's, which it repeats until the end; PagerDuty's first plug-ins."""
    alert = {"labels": {"alertname": "Slow"}, "startsAt": "2026-11-29T10:00:00Z"}
    posted = []
    for address, ends in (
        ("/api/v2/alerts", "2999-01-01T00:00:00Z"),
        ("/api/v2/alerts/", "2999-01-01T00:01:00Z"),
        ("/api/v2/alerts", "2026-11-29T10:05:00Z"),
    ):
        body = [{**alert, "endsAt": ends}]
        answer = await door.http.post(address, json=body, headers=BEARER)
        posted.append((answer.status_code, answer.json()["accepted"]))
    call = {"service_key": SECRET, "event_type": "trigger", "description": "cart down"}
    old = await door.http.post("/generic/2010-04-15/create_event.json", json=call)
    without_key = await door.http.post("/api/v2/alerts", json=[alert])

    assert posted == [(202, 1), (202, 0), (202, 1)]
    assert (old.status_code, old.json()["status"], without_key.status_code) == (200, "success", 401)
    assert await kept(door) == [
        ("pagerduty", "firing", "cart down"),
        ("prometheus", "firing", "Slow"),
        ("prometheus", "resolved", "Slow"),
    ]


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
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
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
