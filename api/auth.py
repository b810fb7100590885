"""Identifies the caller: a bearer token, or HTTP Basic with the token as password (Alertmanager's
way).

Deny by default: a caller without a valid credential is Unauthenticated. Verified secrets are cached
for seconds, so a revoked token may live that much longer.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from starlette.requests import HTTPConnection

from labo.domain.entities.tokens import Principal, secret_digest
from labo.errors import Unauthenticated

CACHE_SECONDS = 10.0
CACHE_ENTRIES = 10_000
MAX_SECRET = 512
"""Longer secrets are refused unread; ours have 48 characters."""


class Authenticator:
    """Turns presented secrets into principals through `verify`, remembering the good ones."""

    def __init__(
        self,
        verify: Callable[[str], Awaitable[Principal]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._verify = verify
        self._clock = clock
        self._known: OrderedDict[str, tuple[Principal, float]] = OrderedDict()
        self._asked: dict[str, asyncio.Task[Principal]] = {}

    async def principal(self, secret: str) -> Principal:
        """Raises Unauthenticated, or Unavailable when the graph can't be asked."""
        if not secret or len(secret) > MAX_SECRET:
            raise Unauthenticated("invalid token")
        digest = secret_digest(secret)
        known = self._known.get(digest)
        if known is not None and self._clock() < known[1]:
            return known[0]
        # One query for all that wait for the same answer: otherwise, whenever a busy sender's token
        # leaves the cache, each of its connections queries the graph.
        asked = self._asked.get(digest)
        if asked is None:
            asked = self._asked[digest] = asyncio.create_task(self._ask(secret, digest))
            asked.add_done_callback(lambda task: self._answered(digest, task))
        return await asyncio.shield(asked)

    async def _ask(self, secret: str, digest: str) -> Principal:
        principal = await self._verify(secret)
        self._known[digest] = (principal, self._clock() + CACHE_SECONDS)
        self._known.move_to_end(digest)
        if len(self._known) > CACHE_ENTRIES:
            self._known.popitem(last=False)
        return principal

    def _answered(self, digest: str, task: asyncio.Task[Principal]) -> None:
        del self._asked[digest]
        if not task.cancelled():
            task.exception()  # retrieved, in case nobody waits any more


def secret_in(authorization: str | None) -> str:
    """The token in an Authorization header's value. Raises Unauthenticated."""
    scheme, _, value = (authorization or "").partition(" ")
    match scheme.lower():
        case "bearer":
            return value.strip()
        case "basic":
            return _password(value.strip())
    raise Unauthenticated("this needs a token", hint="send `Authorization: Bearer …`")


def _password(credentials: str) -> str:
    try:
        decoded = base64.b64decode(credentials, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unauthenticated("malformed Basic credentials") from error
    return decoded.partition(":")[2]


def authenticator(connection: HTTPConnection) -> Authenticator:
    """The process's authenticator, made at start-up."""
    found = connection.app.state.authenticator
    if not isinstance(found, Authenticator):
        raise TypeError("the application has not started")
    return found


async def authenticate(connection: HTTPConnection) -> Principal:
    """The caller. Raises Unauthenticated."""
    secret = secret_in(connection.headers.get("authorization"))
    return await authenticator(connection).principal(secret)
