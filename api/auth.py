"""Identifies the caller: a bearer token, or HTTP Basic with the token as password (Alertmanager's
way).

Deny by default: a caller without a valid credential is Unauthenticated. Verified secrets are cached
for seconds, so a revoked token may live that much longer. Whoever presents wrong ones costs little:
a wrong secret is remembered too, few unknown ones are looked up at once, and refusals past a rate
wait.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.requests import HTTPConnection

from labo.domain.entities.tokens import Principal, Scope, secret_digest
from labo.errors import Forbidden, Unauthenticated, Unavailable

T = TypeVar("T")

CACHE_SECONDS = 10.0
CACHE_ENTRIES = 10_000
REFUSED_SECONDS = 5.0
"""How long a wrong secret stays wrong: no secret is known before its token is made."""
LOOKUPS = 2
"""Of secrets that were never valid here, at once; a process has a hundred connections to Neo4j."""
LOOKUPS_WAITING = 200
"""At a few milliseconds a look-up, those who wait are answered within the time of an answer."""
REFUSALS_PER_SECOND = 20.0
"""Refused at once; beyond them each waits `REFUSAL_PAUSE_S`, so that a program that tries again and
again takes no time from those who are let in."""
REFUSAL_PAUSE_S = 2.0
MAX_SECRET = 512
"""Longer secrets are refused unread; ours have 48 characters."""


class Authenticator:
    """Turns presented secrets into principals through `verify`, remembering good and bad ones."""

    def __init__(
        self,
        verify: Callable[[str], Awaitable[Principal]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._verify = verify
        self._clock = clock
        self._known: OrderedDict[str, tuple[Principal, float]] = OrderedDict()
        self._refused: OrderedDict[str, float] = OrderedDict()
        self._asked: dict[str, asyncio.Task[Principal]] = {}
        self._strangers = asyncio.Semaphore(LOOKUPS)
        self._refusals = _Rate(REFUSALS_PER_SECOND, clock)

    async def principal(self, secret: str) -> Principal:
        """Raises Unauthenticated, or Unavailable when the graph can't be asked."""
        if not secret or len(secret) > MAX_SECRET:
            raise Unauthenticated("invalid token")
        digest = secret_digest(secret)
        known = self._known.get(digest)
        if known is not None and self._clock() < known[1]:
            return known[0]
        try:
            if self._clock() < self._refused.get(digest, 0):
                raise Unauthenticated("the token is unknown, expired or revoked")
            return await self._shared_answer(secret, digest)
        except Unauthenticated:
            if not self._refusals.allows():
                await asyncio.sleep(REFUSAL_PAUSE_S)
            raise

    async def _shared_answer(self, secret: str, digest: str) -> Principal:
        # One query for all that wait for the same answer: otherwise, whenever a busy sender's token
        # leaves the cache, each of its connections queries the graph.
        asked = self._asked.get(digest)
        if asked is None:
            if len(self._asked) >= LOOKUPS_WAITING and digest not in self._known:
                raise Unavailable("too many unknown tokens at once", retry_after=1)
            asked = self._asked[digest] = asyncio.create_task(self._ask(secret, digest))
            asked.add_done_callback(lambda task: self._answered(digest, task))
        return await asyncio.shield(asked)

    async def _ask(self, secret: str, digest: str) -> Principal:
        try:
            if digest in self._known:  # was valid: never behind strangers
                principal = await self._verify(secret)
            else:
                async with self._strangers:
                    principal = await self._verify(secret)
        except Unauthenticated:
            self._known.pop(digest, None)
            _remember(self._refused, digest, self._clock() + REFUSED_SECONDS)
            raise
        _remember(self._known, digest, (principal, self._clock() + CACHE_SECONDS))
        return principal

    def _answered(self, digest: str, task: asyncio.Task[Principal]) -> None:
        del self._asked[digest]
        if not task.cancelled():
            task.exception()  # retrieved, in case nobody waits any more


class _Rate:
    """Allows so many a second, and as many at once after a second of silence."""

    def __init__(self, per_second: float, clock: Callable[[], float]) -> None:
        self._per_second, self._clock = per_second, clock
        self._left, self._at = per_second, clock()

    def allows(self) -> bool:
        now = self._clock()
        gained = (now - self._at) * self._per_second
        self._left, self._at = min(self._per_second, self._left + gained), now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def _remember(cache: OrderedDict[str, T], digest: str, value: T) -> None:
    cache[digest] = value
    cache.move_to_end(digest)
    if len(cache) > CACHE_ENTRIES:
        cache.popitem(last=False)


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


async def ingest_workspace(known: Authenticator, secret: str) -> str:
    """The workspace into which the token may send. Raises as `principal`, or Forbidden."""
    principal = await known.principal(secret)
    if not principal.has(Scope.INGEST):
        raise Forbidden("the token lacks the scope `ingest`")
    return principal.workspace


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
