"""One connection listens for all subscribers of a process."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from labo.adapters.valkey import incident_changes
from labo.adapters.valkey.connections import open_client, open_listener
from labo.adapters.valkey.incident_changes import ChangeListener, IncidentChanges
from labo.errors import BudgetExceeded, Unavailable
from labo.stack.processes import free_port
from labo.stack.valkey_server import ValkeyProcess, start_valkey

pytestmark = pytest.mark.stack

SOON = 30.0


class Bench:
    """A Valkey of its own, since it is stopped and started, and what a process has open to it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.valkey: ValkeyProcess = start_valkey(folder, port=self.port)
        url = self.valkey.url
        self.commands = open_client(url, timeout_s=5)
        self.listener = ChangeListener(open_listener(url, timeout_s=5), self.commands)

    async def publish(self, workspace: str, *ids: str) -> None:
        for incident_id in ids:
            await IncidentChanges(self.commands, workspace).publish(incident_id)

    async def connections(self) -> int:
        return len(await self.commands.client_list())

    async def close(self) -> None:
        await self.listener.close()
        await self.commands.aclose()
        self.valkey.stop()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    await made.close()


async def test_many_subscribers_cost_one_connection(bench: Bench) -> None:
    """Each hears the changes of its workspace alone, and commands find their connections."""
    async with contextlib.AsyncExitStack() as held, asyncio.timeout(SOON):
        followers = [
            await held.enter_async_context(
                bench.listener.subscribed(f"w{n % 2}", f"token-{n % 10}", timeout_s=SOON)
            )
            for n in range(100)
        ]
        await bench.publish("w0", "a", "b")
        await bench.publish("w1", "c")
        heard = [await anext(follower) for follower in followers]
        connections = await bench.connections()

    assert heard == ["a", "c"] * 50
    assert connections == 2


async def test_a_token_has_a_limit_and_the_process_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal says which; who ends a subscription makes room."""
    monkeypatch.setattr(incident_changes, "MAX_PER_TOKEN", 2)
    monkeypatch.setattr(incident_changes, "MAX_SUBSCRIBERS", 3)

    async def follow(holder: str) -> None:
        async with bench.listener.subscribed("w", holder, timeout_s=SOON):
            return

    async with bench.listener.subscribed("w", "a", timeout_s=SOON):
        async with bench.listener.subscribed("w", "a", timeout_s=SOON):
            with pytest.raises(BudgetExceeded, match="this token has 2"):
                await follow("a")
            async with bench.listener.subscribed("w", "b", timeout_s=SOON):
                with pytest.raises(BudgetExceeded, match="this server has 3"):
                    await follow("c")
        await follow("a")


async def test_a_slow_subscriber_is_told_and_delays_nobody(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its changes are bounded, and it learns that it missed some."""
    monkeypatch.setattr(incident_changes, "MAX_WAITING", 2)
    async with (
        asyncio.timeout(SOON),
        bench.listener.subscribed("w", "slow", timeout_s=SOON) as slow,
        bench.listener.subscribed("w", "quick", timeout_s=SOON) as quick,
    ):
        for incident_id in "abcd":
            await bench.publish("w", incident_id)
            assert await anext(quick) == incident_id
        with pytest.raises(Unavailable, match="behind"):
            await anext(slow)


async def test_a_lost_connection_is_made_anew(bench: Bench) -> None:
    """Subscribers stay, learn that they may have missed something, and hear what follows."""
    async with asyncio.timeout(SOON), bench.listener.subscribed("w", "a", timeout_s=SOON) as heard:
        await bench.publish("w", "before")
        assert await anext(heard) == "before"
        bench.valkey.stop()
        bench.valkey = start_valkey(bench.folder, port=bench.port, password=bench.valkey.password)
        assert await anext(heard) is None
        await bench.publish("w", "after")
        assert await anext(heard) == "after"


async def test_a_silent_server_is_tested_and_left(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that answers keeps its connection; one that hangs loses it, and gets a new one."""
    monkeypatch.setattr(incident_changes, "_SILENCE_S", 0.2)
    async with asyncio.timeout(SOON), bench.listener.subscribed("w", "a", timeout_s=SOON) as heard:
        await asyncio.sleep(1)
        await bench.publish("w", "over the first connection")
        assert await anext(heard) == "over the first connection"
        bench.valkey.process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(1)
        finally:
            bench.valkey.process.send_signal(signal.SIGCONT)
        assert await anext(heard) is None


async def test_a_server_that_is_away_is_said_at_once(bench: Bench) -> None:
    """A subscription that can't be served does not begin."""
    bench.valkey.stop()
    with pytest.raises(Unavailable, match="followed"):
        async with bench.listener.subscribed("w", "a", timeout_s=0.2):
            pass
