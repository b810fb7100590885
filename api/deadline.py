"""When an answer is due, whatever the server's dependencies and callers do.

A dependency that hangs keeps no time-out of its own, and neither does a caller who sends a byte a
second: the time is kept here, around every request.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem
from labo.errors import LaboError, Unavailable

log = structlog.get_logger(__name__)

BODY_SECONDS = 30.0
"""For the largest body of 5 MB, a link of 1.4 Mbit/s."""

_BOUND = "labo.deadline"


class Deadline:
    """Answers 503 where `answer_s` seconds after the request's last byte there is no answer, or the
    body takes longer than `BODY_SECONDS`.

    What began to answer may take its time: a stream of events lasts for hours.
    """

    def __init__(self, app: ASGIApp, answer_s: float) -> None:
        self._app = app
        self._answer_s = answer_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bound = scope[_BOUND] = asyncio.timeout(self._answer_s)
        exchange = _Exchange(bound, self._answer_s, receive, send)
        try:
            async with bound:
                await self._app(scope, exchange.receive, exchange.send)
        except TimeoutError:
            if not bound.expired() or exchange.is_answering:
                raise
            log.warning("http.too_late", path=scope["path"][:200])
            text = "the body came too slowly" if exchange.is_reading else "this took too long"
            await problem(Unavailable(text))(scope, receive, send)


class _Exchange:
    """One request and its answer, seen at the edge: the time runs while we work, and for the body
    as a whole while we read it."""

    def __init__(
        self, bound: asyncio.Timeout, answer_s: float, receive: Receive, send: Send
    ) -> None:
        self._bound, self._answer_s = bound, answer_s
        self._receive, self._send = receive, send
        self._loop = asyncio.get_running_loop()
        self._body_due = self._loop.time() + BODY_SECONDS
        self._is_read = False
        self.is_reading = False
        self.is_answering = False

    async def receive(self) -> Message:
        if self._is_read or self.is_answering:
            return await self._receive()  # for the end of the connection
        self._bound.reschedule(self._body_due)
        self.is_reading = True
        message = await self._receive()
        self.is_reading = False
        self._is_read = not message.get("more_body", False)
        self._bound.reschedule(self._loop.time() + self._answer_s)
        return message

    async def send(self, message: Message) -> None:
        if not self.is_answering:
            self.is_answering = True
            self._bound.reschedule(None)
        await self._send(message)


@asynccontextmanager
async def in_time(answer_s: float) -> AsyncIterator[None]:
    """For what no request bounds, such as a subscription's next answer. Raises Unavailable."""
    try:
        async with asyncio.timeout(answer_s):
            yield
    except TimeoutError as error:
        raise Unavailable("this took too long") from error


@asynccontextmanager
async def while_answering(
    scope: Scope, check: Callable[[], Awaitable[object]], *, answer_s: float, longest_s: float
) -> AsyncIterator[None]:
    """Bounds what is within by `answer_s`, or by `longest_s` while `check` succeeds: a slow answer
    is waited for, a dependency that hangs is not. Raises TimeoutError.

    The time of `scope`'s request is kept here from now on.
    """
    outer: asyncio.Timeout | None = scope.get(_BOUND)
    if outer is not None:
        outer.reschedule(None)
    loop = asyncio.get_running_loop()
    latest = loop.time() + longest_s
    async with asyncio.timeout(min(answer_s, longest_s)) as bound:
        extending = asyncio.create_task(_extend(bound, latest, check, answer_s))
        try:
            yield
        finally:
            extending.cancel()


async def _extend(
    bound: asyncio.Timeout, latest: float, check: Callable[[], Awaitable[object]], answer_s: float
) -> None:
    """Ask at half the time, so that a silence ends within the whole."""
    while True:
        await asyncio.sleep(answer_s / 2)
        try:
            async with asyncio.timeout(0.9 * answer_s / 2):
                await check()
        except (LaboError, TimeoutError):
            return
        if bound.expired():
            return
        bound.reschedule(min(latest, asyncio.get_running_loop().time() + answer_s))
