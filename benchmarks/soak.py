"""One hour (by default) of steady load on a whole stack, with memory over time.

    python -m benchmarks.soak --minutes 60 --csv docs/soak.csv

10 alerts a second go through the Alertmanager webhook and 100 log lines a minute through
`labo ingest --follow`. Every alert that got 202 must be in the graph once; memory of each process
is sampled every 30 s. Prints a summary table.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from neo4j import GraphDatabase

from labo.stack.state import connection_env, running

SAMPLE_SECONDS = 30
COMPONENTS, ALERT_NAMES, EPISODE_SECONDS = 40, 12, 600


def labo(data: Path, *words: str) -> str:
    """Run one `labo` command against the stack in `data`; its standard output."""
    command = [sys.executable, "-m", "labo.cli.main", *words]
    environment = os.environ | {"LABO_DATA_DIR": str(data)}
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout


def alert(number: int, now: datetime) -> dict[str, object]:
    """Alert `number`: a component's episode fires, then resolves one episode later."""
    component, name = number % COMPONENTS, (number // COMPONENTS) % ALERT_NAMES
    resolved = (number // (COMPONENTS * ALERT_NAMES)) % 2 == 1
    starts = now - timedelta(seconds=EPISODE_SECONDS if resolved else 0)
    return {
        "status": "resolved" if resolved else "firing",
        "labels": {
            "alertname": f"Soak{name}",
            "service": f"service-{component}",
            "severity": "warning",
            "system": "soak",
        },
        "annotations": {"summary": f"soak alert {number}"},
        "startsAt": starts.isoformat(),
        "endsAt": now.isoformat() if resolved else "0001-01-01T00:00:00Z",
        "fingerprint": f"{number:016x}",
    }


async def post_alerts(url: str, token: str, per_second: int, stop: asyncio.Event) -> list[int]:
    """Send `per_second` single-alert webhooks a second; return [accepted, refused]."""
    outcome = [0, 0]
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, timeout=30) as client:
        started = time.monotonic()
        for number in itertools.count():
            if stop.is_set():
                return outcome
            body = {"version": "4", "alerts": [alert(number, datetime.now(UTC))]}
            answer = await client.post(f"{url}/hooks/alertmanager", json=body)
            outcome[0 if answer.status_code == 202 else 1] += 1
            ahead = started + (number + 1) / per_second - time.monotonic()
            if ahead > 0:
                await asyncio.sleep(ahead)
    return outcome


async def write_lines(path: Path, per_minute: int, stop: asyncio.Event) -> int:
    """Append log lines, one in ten an error; return how many."""
    for number in itertools.count():
        if stop.is_set():
            return number
        level = "ERROR" if number % 10 == 0 else "INFO"
        text = f"connection {number} to db-{number % 4} timed out" if level == "ERROR" else "served"
        moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
        with path.open("a") as log:
            log.write(f"{moment} {level} shop.Checkout: {text}\n")
        await asyncio.sleep(60 / per_minute)
    return 0


async def sample(data: Path, rows: list[dict[str, object]], stop: asyncio.Event) -> None:
    started = time.monotonic()
    while not stop.is_set():
        status = json.loads(await asyncio.to_thread(labo, data, "status", "--json"))
        memory = {p["name"]: round((p["memory_bytes"] or 0) / 1e6) for p in status["processes"]}
        rows.append({"seconds": round(time.monotonic() - started), **memory})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SAMPLE_SECONDS)


def follow(data: Path, log: Path) -> subprocess.Popen[bytes]:
    """`labo ingest --follow` on `log`, in the background."""
    words = ("ingest", str(log), "--follow", "--system", "soak")
    return subprocess.Popen(
        [sys.executable, "-m", "labo.cli.main", *words],
        env=os.environ | {"LABO_DATA_DIR": str(data)},
        stdout=subprocess.DEVNULL,
    )


async def soak(data: Path, minutes: float, alerts: int, lines: int) -> dict[str, Any]:
    state = running(data)
    if state is None:
        raise SystemExit("the stack did not start")
    token = (data / "token").read_text().strip()
    log = data / "soak.log"
    log.touch()
    follower = follow(data, log)
    stop = asyncio.Event()
    rows: list[dict[str, object]] = []
    work = asyncio.gather(
        post_alerts(state.urls["api"], token, alerts, stop),
        write_lines(log, lines, stop),
        sample(data, rows, stop),
    )
    await asyncio.sleep(minutes * 60)
    stop.set()
    (accepted, refused), written, _ = await work
    await asyncio.sleep(15)
    follower.send_signal(signal.SIGINT)
    follower.wait(30)
    stored = count_events(data)
    return {
        "minutes": minutes,
        "alerts_accepted": accepted,
        "alerts_refused": refused,
        "alerts_in_graph": stored["alertmanager"],
        "log_lines_written": written,
        "log_events_in_graph": stored.get("logs", 0),
        "jobs_left": stored["jobs"],
        "memory": rows,
    }


def count_events(data: Path) -> dict[str, int]:
    env = connection_env(data)
    auth = ("neo4j", env["LABO_NEO4J__PASSWORD"])
    with GraphDatabase.driver(env["LABO_NEO4J__URI"], auth=auth) as driver:
        events = driver.execute_query("MATCH (e:Event) RETURN e.source AS source, count(*) AS n")
        jobs = driver.execute_query("MATCH (j:Job) RETURN count(j) AS n").records[0]["n"]
    return {"jobs": jobs, **{r["source"]: r["n"] for r in events.records}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--alerts-per-second", type=int, default=10)
    parser.add_argument("--lines-per-minute", type=int, default=100)
    parser.add_argument("--csv", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="labo-soak-") as folder:
        data = Path(folder)
        labo(data, "up", "--detach", "--ports", "auto", "--data", str(data))
        try:
            result = asyncio.run(
                soak(data, options.minutes, options.alerts_per_second, options.lines_per_minute)
            )
        finally:
            labo(data, "down", "--data", str(data))
    rows = result.pop("memory")
    print(json.dumps(result, indent=2))
    shown = {"first": rows[1], "middle": rows[len(rows) // 2], "last": rows[-1]}
    print("memory, MB:", json.dumps(shown, indent=2))
    if options.csv:
        with options.csv.open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[-1]))
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
