"""Notifications as signed webhooks in the form of Standard Webhooks 1.0 (`v1`, HMAC-SHA256)."""

from __future__ import annotations

import json

from labo.adapters.outgoing import OutgoingAnswer, OutgoingPolicy, post
from labo.adapters.standard_webhooks import read_secret, signed_headers
from labo.domain.incidents.notifications import Message
from labo.errors import Unavailable
from labo.ports.notifier import Receipt


class WebhookNotifier:
    """`secret` is `whsec_` and base64 of 24 to 64 random bytes, as the specification asks."""

    def __init__(self, url: str, secret: str, policy: OutgoingPolicy) -> None:
        self._url = url
        self._key = read_secret(secret, "LABO_NOTIFY__WEBHOOK_SECRET")
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
        headers = signed_headers(self._key, message.id, body)
        return _receipt(await post(self._url, body, headers, self._policy))


def _receipt(answer: OutgoingAnswer) -> Receipt:
    if 200 <= answer.status < 300:
        return Receipt("webhook", delivered=True, detail=str(answer.status))
    if answer.status in (408, 429) or answer.status >= 500:
        raise Unavailable(f"the webhook's receiver answers {answer.status}", where="webhook")
    return Receipt("webhook", delivered=False, detail=str(answer.status))
