"""Two API processes on one port: what one of them promises holds for both together."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

import httpx
import psutil
import pytest

from graph.client import Graph
from labo.bootstrap import App, build
from labo.domain.entities.tokens import Scope
from labo.domain.incidents.incidents import IncidentStatus
from labo.settings import Settings
from labo.stack.processes import free_port
from tests.builders.incidents import an_incident, save_incident
from tests.conftest import TestStack

pytestmark = pytest.mark.stack

PROCESSES, CONNECTIONS, MAX_BODY = 2, 24, 20_000


@dataclass(frozen=True)
class Pair:
    url: str
    children: Sequence[subprocess.Popen[bytes]]
    labo: App
    token: str

    def client(self) -> httpx.AsyncClient:
        """A connection of its own, so that the kernel chooses a process anew."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60, trust_env=False)

    async def post(self, source: str, body: object) -> httpx.Response:
        async with self.client() as client:
            return await client.post(f"/hooks/{source}", content=json.dumps(body))

    async def events(self) -> int:
        async with self.labo.graph._driver.session() as session:
            query = "MATCH (e:Event {workspace: $w}) RETURN count(e) AS n"
            record = await (await session.run(query, w=self.labo.settings.workspace)).single()
            assert record is not None
            return int(record["n"])


@pytest.fixture(scope="module")
def children(
    stack: TestStack, migrated: Graph, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, dict[str, str], list[subprocess.Popen[bytes]]]]:
    """Port, environment and processes."""
    folder, port = tmp_path_factory.mktemp("pair"), free_port()
    (folder / "metrics").mkdir()
    env = {
        **stack.env,
        "LABO_WORKSPACE": f"pair-{uuid.uuid4().hex[:12]}",
        "LABO_DATA_DIR": str(folder),
        "LABO_LOG_LEVEL": "ERROR",
        "LABO_API__PROCESSES": str(PROCESSES),
        "LABO_API__MAX_BODY_BYTES": str(MAX_BODY),
    }
    command = [sys.executable, "-m", "api.server", "--port", str(port), "--shared"]
    with (folder / "log").open("w") as log:
        started = [
            subprocess.Popen(
                command,
                env=os.environ | env | {"PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics")},
                stdout=log,
                stderr=log,
            )
            for _ in range(PROCESSES)
        ]
    try:
        yield port, env, started
    finally:
        for child in started:
            child.terminate()
        for child in started:
            child.wait(30)


@pytest.fixture
async def pair(
    children: tuple[int, dict[str, str], list[subprocess.Popen[bytes]]],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Pair]:
    port, env, started = children
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    labo = await build(Settings())
    token = (await labo.workspace().tokens.create("pair", list(Scope))).secret
    async with asyncio.timeout(120):
        while {pid for pid, _ in listeners(started)} != {child.pid for child in started}:
            assert all(child.poll() is None for child in started), "a process ended by itself"
            await asyncio.sleep(0.1)
    yield Pair(f"http://127.0.0.1:{port}", started, labo, token)
    await labo.close()


def listeners(children: Sequence[subprocess.Popen[bytes]]) -> set[tuple[int, int]]:
    """Process and port of every TCP socket that one of them listens on."""
    return {
        (child.pid, connection.laddr.port)
        for child in children
        if child.poll() is None
        for connection in psutil.Process(child.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


def alerts(*names: str) -> dict[str, object]:
    return {
        "alerts": [
            {
                "status": "firing",
                "fingerprint": name,
                "startsAt": "2026-01-31T12:00:00Z",
                "labels": {"alertname": name},
            }
            for name in names
        ]
    }


async def test_the_same_events_by_all_connections_are_kept_once(pair: Pair) -> None:
    """Each process commits in groups of its own; the graph has each event once, and of all that
    were told so, one sender brought it."""
    before = await pair.events()
    bodies = [alerts(*(f"same-{group}-{n}" for n in range(10))) for group in range(6)]
    answers = await asyncio.gather(
        *(pair.post("alertmanager", body) for body in bodies * (CONNECTIONS // 2))
    )

    assert {answer.status_code for answer in answers} == {202}
    assert sum(answer.json()["accepted"] for answer in answers) == 60
    assert await pair.events() - before == 60


async def test_both_processes_take_part_and_are_counted_together(pair: Pair) -> None:
    """The metrics are the sum over both, whichever answers."""

    async def counted() -> int:
        async with pair.client() as client:
            text = (await client.get("/metrics")).text
        name = 'labo_events_accepted_total{source="alertmanager"}'
        found = [line for line in text.splitlines() if line.startswith(name)]
        return int(float(found[0].split()[-1])) if found else 0

    before = await counted()
    used_before = [sum(psutil.Process(c.pid).cpu_times()[:2]) for c in pair.children]
    await asyncio.gather(
        *(pair.post("alertmanager", alerts(f"counted-{n}")) for n in range(CONNECTIONS * 4))
    )
    used = [sum(psutil.Process(c.pid).cpu_times()[:2]) for c in pair.children]

    assert {await counted() for _ in range(8)} == {before + CONNECTIONS * 4}
    assert all(later > earlier for earlier, later in zip(used_before, used, strict=True))


async def test_episodes_without_times_are_told_apart_across_processes(pair: Pair) -> None:
    """A firing that all connections repeat is one event; after the end the next is another."""
    accepted = []
    for status in ("firing", "resolved", "firing", "resolved"):
        body = {"title": "Disk full", "status": status, "dedup_key": "untimed"}
        answers = await asyncio.gather(*(pair.post("generic", body) for _ in range(CONNECTIONS)))
        assert {answer.status_code for answer in answers} == {202}
        accepted.append(sum(answer.json()["accepted"] for answer in answers))

    assert accepted == [1, 1, 1, 1]


async def test_episodes_that_cross_follow_one_another(pair: Pair) -> None:
    """An end and a new begin, sent by all at once: each finds what the one before it said."""
    first = {"title": "Disk full", "status": "firing", "dedup_key": "crossing"}
    await pair.post("generic", first)
    answers = await asyncio.gather(
        *(
            pair.post("generic", [{**first, "status": "resolved"}, first])
            for _ in range(2 * CONNECTIONS)
        )
    )

    assert [answer.json() for answer in answers] == [{"accepted": 2, "duplicates": 0}] * len(
        answers
    )


async def test_a_body_too_large_is_refused_by_each(pair: Pair) -> None:
    """The bound on a body is one request's, so it is the same in every process."""
    answers = await asyncio.gather(
        *(pair.post("alertmanager", {"alerts": ["x" * MAX_BODY]}) for _ in range(CONNECTIONS))
    )

    assert {answer.status_code for answer in answers} == {413}


async def test_the_bound_on_waiting_events_is_shared_out(pair: Pair) -> None:
    """Two processes together let no more wait than one did."""
    settings = pair.labo.settings

    assert pair.labo.group_commit.queue_max == settings.api.group_queue_max // PROCESSES


async def test_a_change_reaches_the_followers_at_every_process(pair: Pair) -> None:
    """Whoever follows hears of it, whichever process it is connected to."""
    graph = pair.labo.workspace().graph
    await save_incident(graph, an_incident(1))
    query = 'subscription { incidentChanged(id: "incident-0001") { status } }'
    present = asyncio.Queue[None]()

    async def follow() -> list[str]:
        seen: list[str] = []
        headers = {"Accept": "text/event-stream"}
        async with (
            pair.client() as client,
            client.stream("POST", "/graphql", json={"query": query}, headers=headers) as answer,
        ):
            async for line in answer.aiter_lines():
                if line.startswith("data:") and "incidentChanged" in line:
                    data = json.loads(line.removeprefix("data:"))
                    seen.append(data["data"]["incidentChanged"]["status"])
                    present.put_nowait(None)
                if len(seen) == 2:
                    break
        return seen

    async with asyncio.timeout(60):
        followers = [asyncio.create_task(follow()) for _ in range(CONNECTIONS)]
        for _ in followers:
            await present.get()
        await pair.labo.workspace().incidents.move(
            "incident-0001", IncidentStatus.RESOLVED, by="tester"
        )
        seen = await asyncio.gather(*followers)

    assert seen == [["OPEN", "RESOLVED"]] * CONNECTIONS


async def test_one_that_is_killed_leaves_the_other_serving(pair: Pair) -> None:
    """New connections go to the one that is left. Last here: nobody starts the dead one again."""
    pair.children[0].send_signal(signal.SIGKILL)
    pair.children[0].wait(30)
    answers = await asyncio.gather(
        *(pair.post("alertmanager", alerts(f"after-{n}")) for n in range(CONNECTIONS))
    )

    assert {answer.status_code for answer in answers} == {202}
    assert await asyncio.to_thread(pair.children[1].poll) is None
