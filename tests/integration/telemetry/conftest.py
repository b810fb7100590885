"""A Valkey of its own, since these tests kill it, and a store on a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.stack.valkey_server import ValkeyProcess, start_valkey


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyProcess]:
    server = start_valkey(tmp_path / "valkey")
    yield server
    server.stop()


@pytest.fixture
async def client(valkey: ValkeyProcess) -> AsyncIterator[Redis]:
    client = Redis.from_url(valkey.url, decode_responses=True)
    yield client
    await client.aclose()


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'data' / 'telemetry.db'}"


@pytest.fixture
def store(store_url: str) -> Iterator[SqlTelemetryStore]:
    store = SqlTelemetryStore.open(store_url)
    yield store
    store.close()
