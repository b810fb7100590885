"""A Neo4j, a Valkey and an API process of one's own, since the tests stop and freeze them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from graph.client import Graph
from graph.driver import open_driver
from graph.migrate import migrate
from labo.bootstrap import build
from labo.domain.entities.tokens import Scope
from labo.settings import Neo4jSettings, RedisSettings, Settings
from labo.stack.neo4j_server import Neo4jProcess
from labo.stack.processes import free_port
from labo.stack.valkey_server import ValkeyProcess
from tests.builders.servers import servers

ANSWER_S = 10.0
_PASSWORD = "only-for-this-run"
_SERVER = "from api import auth, server; auth.CACHE_SECONDS = 600.0; server.main()"
"""As deployed, but that a token which was known before a freeze stays so on a slow machine."""


@dataclass(frozen=True)
class Place:
    """The servers, the API's address, and a token of every scope."""

    neo4j: Neo4jProcess
    valkey: ValkeyProcess
    api: subprocess.Popen[bytes]
    url: str
    token: str

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60, trust_env=False)

    async def until(self, is_so: Callable[[httpx.Response], bool], path: str = "/readyz") -> None:
        """Ask until the answer fits."""
        async with asyncio.timeout(120), self.client() as client:
            while True:
                try:
                    if is_so(await client.get(path)):
                        return
                except httpx.TransportError:
                    assert self.api.poll() is None, "the API ended by itself"
                await asyncio.sleep(0.1)


@contextmanager
def frozen(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Its sockets stay open, and nothing answers."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("abuse")
    with servers(folder, _PASSWORD) as (neo4j, valkey):
        token = await prepared(neo4j, valkey, folder)
        port = free_port()
        env = {
            "LABO_NEO4J__URI": neo4j.uri,
            "LABO_NEO4J__PASSWORD": _PASSWORD,
            "LABO_REDIS__URL": valkey.url,
            "LABO_DATA_DIR": str(folder),
            "LABO_API__ANSWER_S": str(ANSWER_S),
        }
        api = await asyncio.to_thread(started, port, env)
        try:
            made = Place(neo4j, valkey, api, f"http://127.0.0.1:{port}", token)
            await made.until(lambda answer: answer.is_success)
            yield made
        finally:
            api.terminate()
            api.wait(30)


def started(port: int, env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Its log is on our standard output: pytest shows it beside what fails."""
    command = [sys.executable, "-c", _SERVER, "--port", str(port)]
    return subprocess.Popen(command, env=os.environ | env)


async def prepared(neo4j: Neo4jProcess, valkey: ValkeyProcess, folder: Path) -> str:
    """A migrated graph; returns a token."""
    driver = open_driver(neo4j.uri, "neo4j", _PASSWORD)
    await migrate(driver, Graph(driver))
    await driver.close()
    labo = await build(
        Settings(
            data_dir=folder,
            neo4j=Neo4jSettings(uri=neo4j.uri, password=SecretStr(_PASSWORD)),
            redis=RedisSettings(url=SecretStr(valkey.url)),
        )
    )
    made = await labo.workspace().tokens.create("abuser", [Scope.ADMIN])
    await labo.close()
    return made.secret
