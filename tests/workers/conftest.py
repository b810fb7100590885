"""Real worker processes on the run's servers, with a broker database of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis

from graph.client import Graph
from labo.bootstrap import App, build
from labo.settings import Settings
from tests.conftest import TestStack
from tests.integration.conftest import migrated

__all__ = ["migrated"]

ROOT = Path(__file__).parents[2]
PATIENCE_S = 90
"""For a worker to start or finish on a crowded machine; nothing is measured by it."""


@dataclass
class WorkerPool:
    """Starts `celery worker` processes and ends them all."""

    env: dict[str, str]
    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *, concurrency: int = 1, queues: str = "ingest,graph") -> int:
        """The worker's process id. Its log is `worker-<n>.log` in the folder."""
        command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", queues]
        command += ["-c", str(concurrency), "-l", "INFO", "-n", f"{uuid.uuid4().hex}@test"]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        with (self.folder / f"worker-{len(self.started)}.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        self.started.append(process)
        return process.pid

    def logs(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("worker-*.log")))

    def stop(self) -> None:
        for process in self.started:
            process.send_signal(signal.SIGTERM)
        for process in self.started:
            try:
                process.wait(45)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def children(pid: int) -> list[int]:
    """The prefork children of a worker."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@dataclass(frozen=True)
class Floor:
    """The shop floor: `app` enqueues for the workers of `pool`, all in one workspace."""

    app: App
    pool: WorkerPool
    settings: Settings
    broker_url: str

    async def until(self, holds: Callable[[], Awaitable[bool]], what: str) -> None:
        """Wait until `holds`; fail with `what` and the workers' logs otherwise."""
        deadline = time.monotonic() + PATIENCE_S
        while not await holds():
            if time.monotonic() > deadline:
                pytest.fail(f"in vain: {what}\n{self.pool.logs()[-3000:]}")
            await asyncio.sleep(0.2)

    async def ready(self) -> None:
        """Wait until the worker started last takes tasks."""
        count = len(self.pool.started)

        async def is_ready() -> bool:
            return self.pool.logs().count(" ready.") >= count

        await self.until(is_ready, "a worker to be ready")

    async def count(self, cypher: str) -> int:
        """One figure; `$w` is the workspace."""
        async with self.app.graph._driver.session() as session:
            record = await (await session.run(cypher, w=self.settings.workspace)).single()
            assert record is not None
            return int(record[0])


@pytest.fixture
def broker_url(stack: TestStack) -> Iterator[str]:
    url = stack.redis_url.rpartition("/")[0] + "/7"
    client = Redis.from_url(url)
    client.flushdb()
    yield url
    client.flushdb()
    client.close()


@pytest.fixture
async def floor(
    stack: TestStack, migrated: Graph, broker_url: str, tmp_path: Path
) -> AsyncIterator[Floor]:
    workspace = f"w{uuid.uuid4().hex[:12]}"
    settings = Settings.model_validate(
        {
            "workspace": workspace,
            "data_dir": tmp_path,
            "neo4j": {"uri": stack.neo4j_uri, "password": stack.neo4j_password},
            "redis": {"url": broker_url},
        }
    )
    env = {
        **os.environ,
        **stack.env,
        "LABO_REDIS__URL": broker_url,
        "LABO_WORKSPACE": workspace,
        "LABO_DATA_DIR": str(tmp_path),
    }
    app = await build(settings)
    pool = WorkerPool(env, tmp_path)
    yield Floor(app, pool, settings, broker_url)
    pool.stop()
    await app.close()
