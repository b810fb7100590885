"""Notifications as signed webhooks in the form of Standard Webhooks 1.0 (`v1`, HMAC-SHA256)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time

from labo.adapters.outgoing import OutgoingAnswer, OutgoingPolicy, post
from labo.domain.incidents.notifications import Message
from labo.errors import InvalidInput, Unavailable
from labo.ports.notifier import Receipt

_PREFIX = "whsec_"
_FEWEST_KEY_BYTES = 24


class WebhookNotifier:
    """`secret` is `whsec_` and base64 of 24 to 64 random bytes, as the specification asks."""

    def __init__(self, url: str, secret: str, policy: OutgoingPolicy) -> None:
        self._url = url
        self._key = read_secret(secret)
        self._policy = policy

    async def send(self, message: Message) -> Receipt:
        """2xx delivers; 408, 429 and 5xx raise Unavailable; any other answer is a refusal."""
        body = json.dumps(
            {
                "type": message.kind,
                "timestamp": message.sent_at.isoformat(),
                "data": {**message.data, "title": message.title, "text": message.text},
            },
            sort_keys=True,
        ).encode()
        moment = str(int(time.time()))
        headers = {
            "content-type": "application/json",
            "user-agent": "labo",
            "webhook-id": message.id,
            "webhook-timestamp": moment,
            "webhook-signature": sign(self._key, message.id, moment, body),
        }
        return _receipt(await post(self._url, body, headers, self._policy))


def read_secret(secret: str) -> bytes:
    """The key's bytes. Raises InvalidInput; the message never repeats the secret."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise InvalidInput("needs base64", where="LABO_NOTIFY__WEBHOOK_SECRET") from error
    if len(key) < _FEWEST_KEY_BYTES:
        raise InvalidInput(
            f"needs at least {_FEWEST_KEY_BYTES} bytes",
            where="LABO_NOTIFY__WEBHOOK_SECRET",
            hint="make one with `openssl rand -base64 32`",
        )
    return key


def sign(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`."""
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _receipt(answer: OutgoingAnswer) -> Receipt:
    if 200 <= answer.status < 300:
        return Receipt("webhook", delivered=True, detail=str(answer.status))
    if answer.status in (408, 429) or answer.status >= 500:
        raise Unavailable(f"the webhook's receiver answers {answer.status}", where="webhook")
    return Receipt("webhook", delivered=False, detail=str(answer.status))
