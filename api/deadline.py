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

_SWEEP_S = 0.1
"""How late a deadline may be noticed. One timer for all requests: one for each would cost a tenth
of the time of a hook."""

_EXCHANGE = "labo.exchange"


class Deadline:
    """Answers 503 where `answer_s` seconds after the request's last byte there is no answer, or the
    body takes longer than `BODY_SECONDS`.

    What began to answer may take its time: a stream of events lasts for hours.
    """

    def __init__(self, app: ASGIApp, answer_s: float) -> None:
        self._app = app
        self._answer_s = answer_s
        self._exchanges: set[_Exchange] = set()
        self._is_sweeping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = scope[_EXCHANGE] = _Exchange(self._answer_s, receive, send)
        self._exchanges.add(exchange)
        if not self._is_sweeping:
            self._sweep()
        try:
            async with exchange.bound:
                await self._app(scope, exchange.receive, exchange.send)
        except TimeoutError:
            if not exchange.bound.expired() or exchange.is_answering:
                raise
            log.warning("http.too_late", path=scope["path"][:200])
            text = "the body came too slowly" if exchange.is_reading else "this took too long"
            await problem(Unavailable(text))(scope, receive, send)
        finally:
            self._exchanges.discard(exchange)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        for exchange in self._exchanges:
            exchange.end_if_late(loop.time())
        self._is_sweeping = bool(self._exchanges)
        if self._is_sweeping:
            loop.call_later(_SWEEP_S, self._sweep)


class _Exchange:
    """One request and its answer, seen at the edge: the time runs while we work, and for the body
    as a whole while we read it. `due` by the loop's clock, None when nothing is."""

    __slots__ = (
        "_answer_s",
        "_body_due",
        "_clock",
        "_is_read",
        "_receive",
        "_send",
        "bound",
        "due",
        "is_answering",
        "is_reading",
    )

    def __init__(self, answer_s: float, receive: Receive, send: Send) -> None:
        self.bound = asyncio.timeout(None)
        self._answer_s = answer_s
        self._receive, self._send = receive, send
        self._clock = asyncio.get_running_loop().time
        now = self._clock()
        self._body_due = now + BODY_SECONDS
        self._is_read = False
        self.due: float | None = now + answer_s
        self.is_reading = False
        self.is_answering = False

    def end_if_late(self, now: float) -> None:
        if self.due is not None and self.due <= now:
            self.due = None
            self.bound.reschedule(now)

    async def receive(self) -> Message:
        if self._is_read or self.is_answering:
            return await self._receive()  # for the end of the connection
        self.due, self.is_reading = self._body_due, True
        message = await self._receive()
        self.due, self.is_reading = self._clock() + self._answer_s, False
        self._is_read = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        self.is_answering, self.due = True, None
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
    exchange: _Exchange | None = scope.get(_EXCHANGE)
    if exchange is not None:
        exchange.due = None
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
