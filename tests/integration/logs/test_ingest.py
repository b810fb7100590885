"""`labo ingest` as a child process, against the run's Neo4j and Valkey."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from graph.client import Graph
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.domain.entities.series import Window
from tests.conftest import TestStack

ALL_TIME = Window(datetime.fromtimestamp(0, UTC), datetime.fromtimestamp(4e9, UTC))


@pytest.fixture
def env(stack: TestStack, graph: Graph, tmp_path: Path) -> dict[str, str]:
    return os.environ | stack.env | {
        "LABO_WORKSPACE": graph.workspace,
        "LABO_DATA_DIR": str(tmp_path / "data"),
        "LABO_LOG_LEVEL": "WARNING",
    }  # fmt: skip


@pytest.fixture
def stored(env: dict[str, str], tmp_path: Path) -> Iterator[SqlTelemetryStore]:
    """The store that the stream process fills while the test runs."""
    process = subprocess.Popen([sys.executable, "-m", "workers.stream"], env=env)
    (tmp_path / "data").mkdir(exist_ok=True)
    store = SqlTelemetryStore.open(f"sqlite:///{tmp_path / 'data' / 'telemetry.db'}")
    yield store
    store.close()
    process.terminate()
    process.wait(10)


def command(path: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "labo.cli.main", "ingest", str(path), "--json", *options]


def ingest(env: dict[str, str], path: Path, *options: str) -> dict[str, object]:
    done = subprocess.run(command(path, *options), env=env, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    result = json.loads(done.stdout)
    assert isinstance(result, dict)
    return result


def follow(env: dict[str, str], path: Path) -> subprocess.Popen[bytes]:
    options = ("--follow", "--system", "web")
    return subprocess.Popen(command(path, *options), env=env, stdout=subprocess.PIPE)


async def events_of(graph: Graph) -> set[tuple[str, str, str]]:
    """(title, severity, component) of each event in the graph."""
    records, _, _ = await graph._driver.execute_query(
        "MATCH (e:Event {workspace: $workspace}) RETURN e.title, e.severity, e.labels",
        workspace=graph.workspace,
    )
    return {(r[0], r[1], json.loads(r[2])["component"]) for r in records}


async def lines_of(store: SqlTelemetryStore, workspace: str, count: int) -> list[str]:
    deadline = time.monotonic() + 30
    while True:
        lines = await store.log_lines(workspace, "web", ALL_TIME, limit=100_000)
        if len(lines) >= count or time.monotonic() > deadline:
            return [line.body for line in lines]
        await asyncio.sleep(0.1)


SSH = [
    f"Dec 10 06:{minute:02d}:46 host sshd[24200]: Failed password for root from 10.0.0.{minute} "
    "port 38926 ssh2"
    for minute in range(10)
] + [
    "Dec 10 06:55:48 host sshd[24200]: Connection closed by 10.0.0.1 [preauth]",
    "Dec 10 06:56:48 host kernel: Out of memory: Kill process 1234 (java)",
    "Dec 10 06:57:48 host app[1]: connecting with password=hunter2 failed",
]
EVENTS = {
    ("Failed password for root from <*> port <*>", "error", "sshd"),
    ("Out of memory: Kill process <*> (java)", "critical", "kernel"),
    ("connecting with password=<*> failed", "error", "app"),
}


async def test_errors_become_events_and_every_line_is_kept(
    env: dict[str, str], graph: Graph, stored: SqlTelemetryStore, tmp_path: Path
) -> None:
    """Errors of one template are one event per window, all lines are stored without secrets,
    and the second run changes nothing."""
    path = tmp_path / "auth.log"
    path.write_text("\n".join(SSH))

    first = ingest(env, path, "--system", "web")
    again = ingest(env, path, "--system", "web")

    assert (first["lines"], first["errors"], first["events"]) == (13, 12, 4)
    assert again["lines"] == 1  # its last line has no line feed: it might have gone on
    assert await events_of(graph) == EVENTS
    bodies = await lines_of(stored, graph.workspace, 13)
    assert bodies == [*SSH[:-1], SSH[-1].replace("hunter2", "***")]


async def test_a_killed_ingest_goes_on_without_loss(
    env: dict[str, str], graph: Graph, stored: SqlTelemetryStore, tmp_path: Path
) -> None:
    """Killed with -9 while it follows, then started again: each line once, each event once;
    Ctrl-C ends it cleanly with its counts."""
    path = tmp_path / "app.log"
    texts = [
        f"2024-01-15 10:{n // 60:02d}:{n % 60:02d} ERROR shop - job {n} failed" for n in range(600)
    ]
    path.write_text("\n".join(texts[:300]) + "\n")
    first = follow(env, path)
    await lines_of(stored, graph.workspace, 300)
    first.kill()
    first.communicate()
    with path.open("a") as file:
        file.write("\n".join(texts[300:]) + "\n")

    second = follow(env, path)
    bodies = await lines_of(stored, graph.workspace, 600)
    second.send_signal(signal.SIGINT)
    output, _ = second.communicate(timeout=20)

    assert bodies == texts
    assert second.returncode == 0
    # All again if killed before the bookmark; the last one again if killed before its second.
    assert json.loads(output)["lines"] in (300, 301, 600)
    assert await events_of(graph) == {("job <*> failed", "error", "shop")}


async def test_a_trace_over_two_writes_is_one_event(
    env: dict[str, str], graph: Graph, stored: SqlTelemetryStore, tmp_path: Path
) -> None:
    """A stack trace whose end comes after the follower read, and stored, its start."""
    path = tmp_path / "app.log"
    start = [
        "2024-01-15 10:30:45,123 - cart - ERROR - order 17 was not saved",
        "Traceback (most recent call last):",
        '  File "/srv/cart.py", line 42, in save',
    ]
    end = [
        "sqlite3.OperationalError: database is locked",
        "2024-01-15 10:30:46,123 - cart - ERROR - stock was not counted",
    ]
    path.write_text("\n".join(start) + "\n")
    following = follow(env, path)
    await lines_of(stored, graph.workspace, 3)
    with path.open("a") as file:
        file.write("\n".join(end) + "\n")
    bodies = await lines_of(stored, graph.workspace, 5)
    following.send_signal(signal.SIGINT)
    following.communicate(timeout=20)

    assert bodies == start + end
    assert {(title, component) for title, _, component in await events_of(graph)} == {
        ("order <*> was not saved", "cart"),
        ("stock was not counted", "cart"),
    }


def test_what_can_not_be_read_ends_with_code_2(env: dict[str, str], tmp_path: Path) -> None:
    """A missing file is the caller's mistake, named in one line."""
    done = subprocess.run(command(tmp_path / "none.log"), env=env, capture_output=True, timeout=60)

    assert done.returncode == 2
    assert b"none.log" in done.stderr
    assert b"Traceback" not in done.stderr
