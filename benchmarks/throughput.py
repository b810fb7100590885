"""Events per second through HTTP to committed, beside the raw driver and beside Alertmanager.

    python -m benchmarks.throughput [--seconds 10] [--rounds 3] [--processes 1 2]

against the servers of `LABO_NEO4J__URI`, `LABO_NEO4J__PASSWORD` and `LABO_REDIS__URL`. The load
comes from Debian's `wrk`, a few hundredths of a core, by `throughput.lua`: every alert has a
fingerprint that was not sent before. Token rows send a bearer token; HMAC rows sign every body
while they run, by OpenSSL through LuaJIT's FFI, since a signature of a body made beforehand would
need the events to be the same. Nothing links the events: what is measured is acceptance.

Beside it, in each round: the raw driver, which commits rows made beforehand by the same statement
with as many writers as the group commit has; and Debian's `prometheus-alertmanager`, which takes
the same alerts by its API v2 and stores them in memory. A JVM needs about 100,000 events until it
has compiled what they go through, so the raw driver warms the server up first. Medians of the
rounds; it writes to workspaces of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import uvloop

from benchmarks.debian import find_commands
from benchmarks.raw_events import RawDriver
from benchmarks.wrk import Answered, Load, drive, load_average
from labo import bootstrap
from labo.domain.entities.tokens import Scope
from labo.settings import Settings

SECRET = uuid.uuid4().hex
SINGLES, HUNDREDS = (64, 1), (16, 100)
WARM_UP_EVENTS, WARM_UP_S = 150_000, 2.0

Case = Callable[[float], Answered]
"""Measures for so many seconds."""


@dataclass(frozen=True)
class Measured:
    """`product_us` and `neo4j_us`: processor time an event, of the API (or the raw driver) and of
    Neo4j. Unlike rates, other work on the machine changes them little."""

    answered: Answered
    product_us: float
    neo4j_us: float


@contextlib.contextmanager
def serving(command: list[str], port: int, count: int, env: dict[str, str]) -> Iterator[None]:
    """`count` processes of `command` until the block ends; entered once the port answers."""
    processes = [subprocess.Popen(command, env=os.environ | env) for _ in range(count)]
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.2)
        time.sleep(5 * (count > 1))  # the others come a little later
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)


@contextlib.contextmanager
def an_api(settings: Settings, processes: int = 1) -> Iterator[int]:
    """API processes on one port; gives it."""
    port = free_port()
    command = [sys.executable, "-m", "api.server", "--port", str(port)]
    env = {
        "LABO_WORKSPACE": settings.workspace,
        "LABO_LOG_LEVEL": "ERROR",
        "LABO_API__PROCESSES": str(processes),
        "LABO_HOOKS__SECRETS": json.dumps({"grafana": [SECRET]}),
    }
    with serving(command + ["--shared"] * (processes > 1), port, processes, env):
        yield port


@contextlib.contextmanager
def an_alertmanager() -> Iterator[int | None]:
    """Debian's Alertmanager; gives its port, None where the package can't be had."""
    found = find_commands("prometheus-alertmanager", "prometheus-alertmanager")
    if not found:
        yield None
        return
    with tempfile.TemporaryDirectory() as name:
        port, config = free_port(), Path(name) / "config.yml"
        config.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
        command = [
            *found["prometheus-alertmanager"],
            f"--config.file={config}",
            f"--storage.path={name}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--log.level=error",
        ]
        with serving(command, port, 1, {}):
            yield port


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def a_token(settings: Settings) -> str:
    app = await bootstrap.build(settings)
    try:
        return (await app.workspace().tokens.create("benchmark", [Scope.INGEST])).secret
    finally:
        await app.close()


def api_cases(name: str, port: int, token: str) -> dict[str, Case]:
    """The four rows of one API."""
    url = f"http://127.0.0.1:{port}/hooks/grafana"

    def case(shape: tuple[int, int], **credential: str) -> Case:
        return lambda seconds: drive(url, Load(*shape, seconds), **credential)

    return {
        f"{name}, {kind}, {by}": case(shape, **credential)
        for kind, shape in (("singles", SINGLES), ("hundreds", HUNDREDS))
        for by, credential in (("token", {"token": token}), ("HMAC", {"secret": SECRET}))
    }


def alertmanager_cases(port: int) -> dict[str, Case]:
    url = f"http://127.0.0.1:{port}/api/v2/alerts"

    def case(shape: tuple[int, int]) -> Case:
        return lambda seconds: drive(url, Load(*shape, seconds, "alertmanager"))

    return {
        f"Alertmanager, {kind}": case(shape)
        for kind, shape in (("singles", SINGLES), ("hundreds", HUNDREDS))
    }


def raw_cases(settings: Settings) -> dict[str, Case]:
    def case(size: int) -> Case:
        return lambda seconds: uvloop.run(RawDriver(settings, size).for_seconds(seconds))

    return {f"raw driver, {size} a commit": case(size) for size in (100, 500)}


def measure(cases: dict[str, Case], rounds: int, seconds: float) -> dict[str, list[Measured]]:
    """Round by round, so that a crowded minute meets every case alike; a short one first."""
    for case in cases.values():
        case(WARM_UP_S)
    seen: dict[str, list[Measured]] = {name: [] for name in cases}
    for number in range(rounds):
        for name, case in cases.items():
            before = processor_s()
            answered = case(seconds)
            used = [1e6 * (b - a) for a, b in zip(before, processor_s(), strict=True)]
            events = answered.events_per_second * seconds
            seen[name].append(Measured(answered, used[0] / events, used[1] / events))
            line = f"round {number + 1}, load {load_average():.1f}: {name}: {seen[name][-1]}"
            print(line, file=sys.stderr, flush=True)
    return seen


def processor_s() -> tuple[float, float]:
    """Seconds used so far by this process with its servers, and by a Neo4j on this machine.

    Children that have ended, such as the load client, are in neither.
    """
    me = psutil.Process()
    bolt = urlsplit(Settings().neo4j.uri or "").port
    neo4j = next(
        (
            c.pid
            for c in psutil.net_connections("tcp")
            if c.status == "LISTEN" and c.laddr and c.laddr.port == bolt
        ),
        None,
    )
    mine = sum(_used_s(process) for process in (me, *me.children(recursive=True)))
    return mine, _used_s(psutil.Process(neo4j)) if neo4j else 0.0


def _used_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def table(seen: dict[str, list[Measured]]) -> str:
    """One row a case, with its ratio to the raw driver at 500 a commit in the same round."""
    raw = [one.answered.events_per_second for one in seen["raw driver, 500 a commit"]]
    lines = [
        "| case | events/s | p50 ms | p99 ms | to the raw driver | product us | Neo4j us |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, measured in seen.items():
        answers = [one.answered for one in measured]
        rates = [one.events_per_second for one in answers]
        ratio = statistics.median(rate / bound for rate, bound in zip(rates, raw, strict=True))
        lines.append(
            f"| {name} | {statistics.median(rates):,.0f} "
            f"| {statistics.median(one.p50_ms for one in answers):.0f} "
            f"| {statistics.median(one.p99_ms for one in answers):.0f} | {ratio:.2f} "
            f"| {statistics.median(one.product_us for one in measured):.0f} "
            f"| {statistics.median(one.neo4j_us for one in measured):.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Events a second, from HTTP to committed.")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, nargs="*", default=[1])
    chosen = parser.parse_args()
    settings = Settings(workspace=f"throughput-{uuid.uuid4().hex[:8]}")
    token = asyncio.run(a_token(settings))
    uvloop.run(RawDriver(settings, 500).for_events(WARM_UP_EVENTS))
    with contextlib.ExitStack() as stack:
        cases = raw_cases(settings)
        for count in chosen.processes:
            name = "one process" if count == 1 else f"{count} processes"
            port = stack.enter_context(an_api(settings, count))
            cases |= api_cases(name, port, token)
        other = stack.enter_context(an_alertmanager())
        if other:
            cases |= alertmanager_cases(other)
        print(table(measure(cases, chosen.rounds, chosen.seconds)))


if __name__ == "__main__":
    main()
