"""Signing as Standard Webhooks 1.0 asks (`v1`, HMAC-SHA256), for every signed request of ours."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time

from labo.errors import InvalidInput

_PREFIX = "whsec_"
_FEWEST_KEY_BYTES = 24


def read_secret(secret: str, where: str) -> bytes:
    """The key's bytes, of `whsec_` and base64 of 24 to 64 random bytes.

    Raises InvalidInput, which names the setting `where` and never repeats the secret.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise InvalidInput("needs base64", where=where) from error
    if len(key) < _FEWEST_KEY_BYTES:
        raise InvalidInput(
            f"needs at least {_FEWEST_KEY_BYTES} bytes",
            where=where,
            hint="make one with `openssl rand -base64 32`",
        )
    return key


def signed_headers(key: bytes, message_id: str, body: bytes) -> dict[str, str]:
    """The headers of a JSON request. A receiver takes one `message_id` for one message, however
    often it comes."""
    moment = str(int(time.time()))
    return {
        "content-type": "application/json",
        "user-agent": "labo",
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": sign(key, message_id, moment, body),
    }


def sign(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`."""
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
