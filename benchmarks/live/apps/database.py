"""A SQLite file behind a pool of connections, with the spans and metrics of a database client."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import cast

from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.trace import SpanKind
from sqlalchemy import PoolProxiedConnection, create_engine
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from benchmarks.live.apps.control import Control
from benchmarks.live.apps.telemetry import Telemetry

POOL, WAIT_S, BUSY_S = 6, 2.0, 4.0
ROWS = 2_000
_READ = "SELECT name, amount FROM entries WHERE id BETWEEN ? AND ?"
_SLOW_READ = (
    "WITH waited AS MATERIALIZED (SELECT pause(?)) "
    "SELECT name, amount FROM waited, entries WHERE id BETWEEN ? AND ?"
)
_WRITE = "UPDATE entries SET amount = amount + 1 WHERE id = ?"


class Database:
    """One read and one write a request. Raises what SQLite and the pool raise."""

    def __init__(self, path: Path, telemetry: Telemetry, control: Control) -> None:
        self._name = path.stem
        self._control = control
        self._tracer = telemetry.tracer
        self._engine = create_engine(
            "sqlite://",
            creator=partial(_connect, path),
            poolclass=QueuePool,
            pool_size=POOL,
            max_overflow=0,
            pool_timeout=WAIT_S,
        )
        self._duration = telemetry.meter.create_histogram("db.client.operation.duration", "s")
        self._waited = telemetry.meter.create_histogram("db.client.connection.wait_time", "s")
        telemetry.meter.create_observable_gauge("db.client.connection.count", [self._connections])
        _fill(path)
        threading.Thread(target=self._occupy, daemon=True).start()

    def serve(self) -> None:
        """The statements of one request, on one connection of the pool."""
        asked = time.perf_counter()
        connection = self._engine.raw_connection()
        self._waited.record(time.perf_counter() - asked, {"db.client.connection.pool.name": "main"})
        try:
            first = random.randrange(ROWS)
            pause_s = self._control["query_s"]
            if pause_s:
                self._run(connection, "SELECT", _SLOW_READ, (pause_s, first, first + 20))
            else:
                self._run(connection, "SELECT", _READ, (first, first + 20))
            self._run(connection, "UPDATE", _WRITE, (first,))
            connection.commit()
        finally:
            connection.close()

    def _run(
        self,
        connection: PoolProxiedConnection,
        operation: str,
        text: str,
        values: tuple[float, ...],
    ) -> None:
        attributes = {
            "db.system.name": "sqlite",
            "db.namespace": self._name,
            "db.operation.name": operation,
            "db.collection.name": "entries",
            "db.query.text": _READ if operation == "SELECT" else text,
        }
        started = time.perf_counter()
        name = f"{operation} entries"
        try:
            with self._tracer.start_as_current_span(name, None, SpanKind.CLIENT, attributes):
                cursor = connection.cursor()
                cursor.execute(text, values)
                cursor.fetchall()
        finally:
            measured = {name: attributes[name] for name in ("db.system.name", "db.operation.name")}
            self._duration.record(time.perf_counter() - started, measured)

    def _connections(self, _: CallbackOptions) -> Iterable[Observation]:
        pool = cast(QueuePool, self._engine.pool)
        return [
            Observation(pool.checkedout(), {"db.client.connection.state": "used"}),
            Observation(pool.checkedin(), {"db.client.connection.state": "idle"}),
        ]

    def _occupy(self) -> None:
        """Hold as many connections as the control says, as code does that never returns them."""
        held: list[PoolProxiedConnection] = []
        while True:
            wanted = int(self._control["held_connections"])
            if len(held) < wanted:
                try:
                    held.append(self._engine.raw_connection())
                except PoolTimeout:
                    continue
            elif len(held) > wanted:
                held.pop().close()
            else:
                time.sleep(0.1)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False)
    # A statement that is slow without taking a core from the others on this machine.
    connection.create_function("pause", 1, time.sleep)
    # How fast this machine's disk syncs is not what is measured here.
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _fill(path: Path) -> None:
    connection = _connect(path)
    # As a service that has readers and writers at once is set up: they don't wait for each other.
    connection.execute("PRAGMA journal_mode = WAL")
    with connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, name TEXT, amount REAL)"
        )
        rows = ((number, f"entry {number}", number / 7) for number in range(ROWS + 20))
        connection.executemany("INSERT OR IGNORE INTO entries VALUES (?, ?, ?)", rows)
    connection.close()
