"""SNS's messages without a secret: Amazon's signature for a topic that the settings name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from labo.adapters.sources.sns_urls import is_certificate_url
from labo.adapters.sources.times import parse_time
from labo.errors import Unauthenticated, Unavailable

_MOST = 8
"""Certificates that are kept: one per region, and its successor while SNS changes them."""
_TIMEOUT_S = 3.0
"""SNS waits 15 seconds for the answer, and tries again."""
_OLDEST = timedelta(hours=1)
"""SNS tries for that long by default; later, an old message was recorded and is replayed."""

Fetch = Callable[[str], Awaitable[bytes]]


async def fetch_certificate(url: str) -> bytes:
    """The PEM file of SNS at `url`. Raises Unavailable."""
    # Here, so that a server that hears nothing of SNS loads no client and no cryptography.
    from labo.adapters.outgoing import OutgoingPolicy, get

    policy = OutgoingPolicy(frozenset({urlsplit(url).hostname or ""}), timeout_s=_TIMEOUT_S)
    answer = await get(url, policy)
    if answer.status != 200:
        raise Unavailable(f"SNS answered {answer.status} for its certificate", where=url)
    return answer.body


class Certificates:
    """SNS's certificates by their address; one is fetched at a time, whoever asks."""

    def __init__(self, fetch: Fetch = fetch_certificate) -> None:
        self._fetch = fetch
        self._known: dict[str, bytes] = {}
        self._turn = asyncio.Lock()

    async def at(self, url: str) -> bytes:
        """Raises Unauthenticated for an address that is not SNS's, and Unavailable."""
        if not is_certificate_url(url):
            raise Unauthenticated("not a certificate of SNS", where="SigningCertURL")
        if url not in self._known:
            async with self._turn:
                if url not in self._known:
                    found = await self._fetch(url)
                    while len(self._known) >= _MOST:
                        del self._known[next(iter(self._known))]
                    self._known[url] = found
        return self._known[url]


async def check_message(
    message: object, topics: Collection[str], certificates: Certificates, now: datetime
) -> None:
    """Raise Unauthenticated unless Amazon signed `message` for one of `topics` lately.

    Anybody may have Amazon sign a message of a topic of his own, so the topic decides.
    """
    from labo.adapters.sources.sns_signature import check_signature

    if not isinstance(message, dict) or message.get("TopicArn") not in topics:
        raise Unauthenticated("no message of a topic that is expected here", where="TopicArn")
    sent = parse_time(message.get("Timestamp"), "Timestamp")
    if sent is None or now - sent > _OLDEST:
        raise Unauthenticated("the message is too old", where="Timestamp")
    certificate = await certificates.at(str(message.get("SigningCertURL")))
    check_signature(message, certificate, now)
