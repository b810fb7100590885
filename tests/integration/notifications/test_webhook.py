"""Signed webhooks against a real receiver and the specification's own library."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from standardwebhooks.webhooks import Webhook

from labo.adapters.notifier.log import LogNotifier
from labo.adapters.notifier.webhook import WebhookNotifier
from labo.adapters.outgoing import OutgoingPolicy
from labo.domain.incidents.notifications import Message
from labo.errors import Forbidden, InvalidInput, Unavailable
from labo.ports.notifier import Receipt
from tests.builders.escalation import T0
from tests.builders.receiver import Reply, receiving

SECRET = "whsec_" + base64.b64encode(hashlib.sha256(b"a test's secret").digest()).decode()
LOCAL = OutgoingPolicy(frozenset({"127.0.0.1"}), allow_http=True, allow_private=True, timeout_s=5)
MESSAGE = Message(
    "msg_1", "incident.diagnosed", T0, "[error] slow", "täxt", {"incident": "i1", "proposal": None}
)


async def test_a_receiver_can_verify_what_it_gets() -> None:
    """Id, timestamp and body are signed as Standard Webhooks 1.0 says."""
    with receiving() as receiver:
        receipt = await WebhookNotifier(f"{receiver.url}/hook", SECRET, LOCAL).send(MESSAGE)

    [got] = receiver.received
    said = Webhook(SECRET).verify(got.body, got.headers)
    assert receipt == Receipt("webhook", True, "200")
    assert (got.path, got.headers["webhook-id"]) == ("/hook", "msg_1")
    assert said == {
        "type": "incident.diagnosed",
        "timestamp": "2026-01-01T12:00:00+00:00",
        "data": {"incident": "i1", "proposal": None, "title": "[error] slow", "text": "täxt"},
    }


async def test_a_changed_body_does_not_verify() -> None:
    """The library refuses it, so our signature covers the body."""
    with receiving() as receiver:
        await WebhookNotifier(receiver.url, SECRET, LOCAL).send(MESSAGE)

    [got] = receiver.received
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(SECRET).verify(got.body.replace(b"i1", b"i2"), got.headers)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_a_receiver_in_trouble_is_tried_again(status: int) -> None:
    """Unavailable makes the job's retry."""
    with receiving(Reply(status)) as receiver, pytest.raises(Unavailable, match=str(status)):
        await WebhookNotifier(receiver.url, SECRET, LOCAL).send(MESSAGE)


@pytest.mark.parametrize("status", [302, 400, 404, 410])
async def test_a_refusal_is_not_repeated(status: int) -> None:
    """The receipt says so; a redirect is a refusal and is not followed."""
    elsewhere = Reply(status, headers={"location": "http://127.0.0.1:1/"})
    with receiving(elsewhere) as receiver:
        receipt = await WebhookNotifier(receiver.url, SECRET, LOCAL).send(MESSAGE)

    assert receipt == Receipt("webhook", False, str(status))
    assert len(receiver.received) == 1


async def test_a_private_receiver_must_be_allowed() -> None:
    """By default a webhook cannot reach into the own network."""
    with receiving() as receiver:
        strict = OutgoingPolicy(frozenset({"127.0.0.1"}), allow_http=True)
        with pytest.raises(Forbidden):
            await WebhookNotifier(receiver.url, SECRET, strict).send(MESSAGE)

    assert receiver.received == []


@pytest.mark.parametrize("secret", ["whsec_?", "whsec_AAAA", ""])
def test_a_weak_secret_is_refused_without_repeating_it(secret: str) -> None:
    """The message names the setting alone."""
    with pytest.raises(InvalidInput, match="LABO_NOTIFY__WEBHOOK_SECRET") as refused:
        WebhookNotifier("https://example.org", secret, LOCAL)

    assert not secret or secret not in str(refused.value)


async def test_the_log_always_takes_a_message() -> None:
    """It is the channel that is never away."""
    assert await LogNotifier().send(MESSAGE) == Receipt("log", True)


async def test_the_body_is_json_in_one_piece() -> None:
    """Any receiver can read it."""
    with receiving() as receiver:
        await WebhookNotifier(receiver.url, SECRET, LOCAL).send(MESSAGE)

    assert json.loads(receiver.received[0].body)["type"] == "incident.diagnosed"
    assert receiver.received[0].headers["content-type"] == "application/json"
