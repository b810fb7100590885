"""Notifying subscribers that an incident changed: Redis pub/sub, best effort.

One connection per process listens to all workspaces and hands each change to that workspace's
subscribers, so that any number of them costs the server one connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import redis.asyncio as redis
import structlog
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from labo.errors import BudgetExceeded, Unavailable

log = structlog.get_logger()

MAX_SUBSCRIBERS = 1_000
"""Of a process: each reads the graph once per change."""
MAX_PER_TOKEN = 50
"""Some operators with a few pages open each; more are one program's mistake."""
MAX_WAITING = 1_000
"""Changes that a subscriber may be behind: more than a storm opens while its client is slow."""

_PUBLISH_S = 1.0
"""What a write that is committed waits for its announcement."""
_SILENCE_S = 10.0
"""After which the connection is tested. A second silence of that length ends it."""
_LONGEST_PAUSE_S = 5.0

_PREFIX, _SUFFIX = "labo:", ":incidents"


def _channel(workspace: str) -> str:
    return f"{_PREFIX}{workspace}{_SUFFIX}"


class IncidentChanges:
    """Announces the changes of one workspace. A lost message costs a subscriber a refresh, nothing
    more."""

    def __init__(self, client: redis.Redis, workspace: str) -> None:
        self._client = client
        self.channel = _channel(workspace)

    async def publish(self, incident_id: str) -> None:
        """Never raises for a Redis that is away: the write is committed already."""
        try:
            async with asyncio.timeout(_PUBLISH_S):
                await self._client.publish(self.channel, incident_id)
        except (RedisError, OSError) as error:
            log.warning("incident_change.not_published", reason=type(error).__name__)


@dataclass(eq=False)
class _Subscriber:
    """`changed` holds ids, None for "some may have been missed"; `lagged` once it was full."""

    holder: str
    changed: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(MAX_WAITING))
    lagged: bool = False

    def add(self, incident_id: str | None) -> None:
        try:
            self.changed.put_nowait(incident_id)
        except asyncio.QueueFull:
            self.lagged = True


class ChangeListener:
    """Listens for a process; bound to one event loop. Starts with its first subscriber.

    `client` is for listening alone, `commands` for asking whether the server answers.
    """

    def __init__(self, client: redis.Redis, commands: redis.Redis) -> None:
        self._client = client
        self._commands = commands
        self._subscribers: dict[str, set[_Subscriber]] = {}
        self._listening: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()

    @asynccontextmanager
    async def subscribed(
        self, workspace: str, holder: str, *, timeout_s: float
    ) -> AsyncIterator[AsyncGenerator[str | None, None]]:
        """Ids of incidents as they change, from the moment this is entered; None when some changes
        may have been missed.

        `holder` names the token. Raises BudgetExceeded over a limit; Unavailable when Redis does
        not answer within `timeout_s`, or while iterating, when the subscriber is too slow.
        """
        subscriber = self._admitted(workspace, holder)
        try:
            await self._answering(timeout_s)
            yield _ids(subscriber)
        finally:
            self._subscribers[workspace].discard(subscriber)
            if not self._subscribers[workspace]:
                del self._subscribers[workspace]

    async def close(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._client.aclose()

    def _admitted(self, workspace: str, holder: str) -> _Subscriber:
        present = [one for group in self._subscribers.values() for one in group]
        if len(present) >= MAX_SUBSCRIBERS:
            raise BudgetExceeded(f"this server has {MAX_SUBSCRIBERS} subscriptions already")
        if sum(one.holder == holder for one in present) >= MAX_PER_TOKEN:
            raise BudgetExceeded(
                f"this token has {MAX_PER_TOKEN} subscriptions already",
                hint="follow all incidents by one subscription, or end others first",
            )
        subscriber = _Subscriber(holder)
        self._subscribers.setdefault(workspace, set()).add(subscriber)
        return subscriber

    async def _answering(self, timeout_s: float) -> None:
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen(), name="incident-changes")
        try:
            async with asyncio.timeout(timeout_s):
                await self._connected.wait()
                await self._commands.ping()  # a server that hangs lets the listener wait on
        except (RedisError, OSError) as error:
            raise Unavailable("changes can't be followed now", hint="see `labo doctor`") from error

    async def _listen(self) -> None:
        """Connect, hand out, and connect again when the connection is lost."""
        pause, was_connected = 0.1, False
        while True:
            try:
                async with self._client.pubsub() as subscription:
                    async with asyncio.timeout(_SILENCE_S):
                        await subscription.psubscribe(_channel("*"))
                    self._connected.set()
                    if was_connected:
                        self._miss()
                    pause, was_connected = 0.1, True
                    await self._hand_out(subscription)
            except (RedisError, OSError) as error:
                log.warning("incident_changes.lost", reason=type(error).__name__)
            self._connected.clear()
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    async def _hand_out(self, subscription: PubSub) -> None:
        """Raises RedisError or OSError when the connection is lost."""
        is_tested = False
        while True:
            message = await subscription.get_message(timeout=_SILENCE_S)
            if message is None:
                if is_tested:
                    raise TimeoutError
                self._connected.clear()
                await subscription.ping()
                is_tested = True
                continue
            is_tested = False
            self._connected.set()
            if message["type"] == "pmessage":
                workspace = str(message["channel"])[len(_PREFIX) : -len(_SUFFIX)]
                for one in self._subscribers.get(workspace, ()):
                    one.add(str(message["data"]))

    def _miss(self) -> None:
        for group in self._subscribers.values():
            for one in group:
                one.add(None)


async def _ids(subscriber: _Subscriber) -> AsyncGenerator[str | None, None]:
    while not subscriber.lagged:
        yield await subscriber.changed.get()
    raise Unavailable(f"more than {MAX_WAITING} changes behind", hint="subscribe again")
