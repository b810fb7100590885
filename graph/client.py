"""The one way to run a statement: named, timed, bounded, its errors translated.

A `Graph` is bound to a workspace; statements that name `$workspace` get it from there, so no
caller can forget it or cross it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from neo4j import (
    AsyncDriver,
    AsyncManagedTransaction,
    AsyncResult,
    Query,
    RoutingControl,
    unit_of_work,
)
from neo4j.exceptions import DriverError, Neo4jError
from prometheus_client import Counter, Histogram

from graph.failures import translate
from graph.statements import Statement, StatementError
from labo.errors import Unavailable

T = TypeVar("T")
Row = TypeVar("Row")

STATEMENT_SECONDS = Histogram(
    "labo_cypher_statement_seconds",
    "Time of one statement, from sending to the last row.",
    ["statement"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
STATEMENT_FAILURES = Counter(
    "labo_cypher_statement_failures_total", "Statements that failed.", ["statement", "code"]
)


GRACE_S = 2.0
"""What an answer may take beyond a transaction's own time, which the server keeps: a server that
hangs keeps none. Long enough for its refusal, which also ends the statement, to come first."""


@dataclass(slots=True)
class LastWrite:
    """How the process's last write ended, and when by the monotonic clock; None before one."""

    succeeded: bool | None = None
    at: float = 0.0

    def note(self, *, succeeded: bool) -> None:
        self.succeeded, self.at = succeeded, time.monotonic()


class Transaction:
    """Runs statements within one managed transaction. Valid only inside `Graph.read` or `write`."""

    def __init__(self, tx: AsyncManagedTransaction, workspace: str) -> None:
        self._tx = tx
        self._last: list[Callable[[], Awaitable[None]]] = []
        self.workspace = workspace

    async def run(self, statement: Statement[Row], **params: Any) -> list[Row]:
        """All rows of `statement`; raises StatementError when the given names differ."""
        values = _values(statement, params, self.workspace)
        with _observed(statement.name):
            records = await _records(await self._tx.run(statement.text, values))
        return _rows(statement, records)

    def before_commit(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` when the unit has ended: what takes a lock that many writers want."""
        self._last.append(work)

    async def finish(self) -> None:
        """Run what was to come last, in order."""
        for work in self._last:
            await work()


class Graph:
    """Neo4j as the product sees it. Safe to share within one event loop."""

    def __init__(
        self,
        driver: AsyncDriver,
        *,
        workspace: str = "default",
        database: str = "neo4j",
        timeout_s: float = 10.0,
        last_write: LastWrite | None = None,
    ) -> None:
        self._driver = driver
        self._database = database
        self._timeout_s = timeout_s
        self.workspace = workspace
        self.last_write = last_write or LastWrite()

    def scoped(self, workspace: str) -> Graph:
        """The same connection pool, bound to another workspace."""
        return Graph(
            self._driver,
            workspace=workspace,
            database=self._database,
            timeout_s=self._timeout_s,
            last_write=self.last_write,
        )

    async def fetch(self, statement: Statement[Row], **params: Any) -> list[Row]:
        """Rows of a read statement. Raises Unavailable when Neo4j is away or too slow."""
        if statement.access != "read":
            raise StatementError(f"{statement.name}: fetch takes read statements")

        values = _values(statement, params, self.workspace)
        query = Query(
            statement.text, metadata={"statement": statement.name}, timeout=self._timeout_s
        )

        async def run() -> list[dict[str, Any]]:
            # Not `execute_read`: this sends BEGIN together with the statement, which saves one of
            # three ways to the server and back, and is retried alike.
            with _observed(statement.name):
                return await self._driver.execute_query(
                    query,
                    values,
                    database_=self._database,
                    routing_=RoutingControl.READ,
                    bookmark_manager_=None,
                    result_transformer_=_records,
                )

        return _rows(statement, await _guarded(run, self._timeout_s))

    async def read(self, unit: Callable[[Transaction], Awaitable[T]], *, name: str = "read") -> T:
        """Run read statements that follow from each other in one transaction.

        `unit` may be retried, so it starts afresh each time.
        """

        async def work(tx: AsyncManagedTransaction) -> T:
            return await unit(Transaction(tx, self.workspace))

        return await self._managed(work, name, read=True)

    async def write(
        self,
        unit: Callable[[Transaction], Awaitable[T]],
        *,
        name: str = "write",
        timeout_s: float | None = None,
    ) -> T:
        """Run `unit` in one transaction. It may be retried: no call outwards, no clock in it.

        `timeout_s` bounds the transaction, by default what bounds every statement.
        """

        async def work(tx: AsyncManagedTransaction) -> T:
            transaction = Transaction(tx, self.workspace)
            done = await unit(transaction)
            await transaction.finish()
            return done

        try:
            written = await self._managed(work, name, read=False, timeout_s=timeout_s)
        except Unavailable:
            self.last_write.note(succeeded=False)
            raise
        self.last_write.note(succeeded=True)
        return written

    async def execute(self, statement: Statement[Row], **params: Any) -> list[Row]:
        """One write statement in its own transaction."""

        async def unit(tx: Transaction) -> list[Row]:
            return await tx.run(statement, **params)

        return await self.write(unit, name=statement.name)

    async def check(self) -> None:
        """Raise Unavailable unless Neo4j answers."""
        await _guarded(self._driver.verify_connectivity, self._timeout_s)

    async def close(self) -> None:
        await self._driver.close()

    async def _managed(
        self,
        work: Callable[[AsyncManagedTransaction], Awaitable[T]],
        name: str,
        *,
        read: bool,
        timeout_s: float | None = None,
    ) -> T:
        timeout = timeout_s or self._timeout_s
        bounded = unit_of_work(metadata={"statement": name}, timeout=timeout)(work)

        async def run() -> T:
            async with self._driver.session(database=self._database) as session:
                if read:
                    return await session.execute_read(bounded)
                return await session.execute_write(bounded)

        return await _guarded(run, timeout)


async def _guarded(call: Callable[[], Awaitable[T]], timeout_s: float) -> T:
    """Await `call` for a little longer than the server may take, its errors translated.

    A call that is cut off loses its connection, so that no later one meets the late answer.
    """
    try:
        async with asyncio.timeout(timeout_s + GRACE_S):
            return await call()
    except (Neo4jError, DriverError, OSError) as error:
        translated = translate(error)
        if translated is None:
            raise
        raise translated from error


@contextmanager
def _observed(name: str) -> Iterator[None]:
    """Times a statement that succeeds, counts one that fails."""
    started = time.perf_counter()
    try:
        yield
    except Exception as error:
        STATEMENT_FAILURES.labels(name, type(error).__name__).inc()
        raise
    STATEMENT_SECONDS.labels(name).observe(time.perf_counter() - started)


async def _records(result: AsyncResult) -> list[dict[str, Any]]:
    return [dict(record) async for record in result]


def _rows(statement: Statement[Row], records: list[dict[str, Any]]) -> list[Row]:
    return [statement.reader.read(record) for record in records] if statement.returns else []


def _values(statement: Statement[Any], params: dict[str, Any], workspace: str) -> dict[str, Any]:
    given = dict(params)
    if "workspace" in statement.params:
        given["workspace"] = workspace
    if given.keys() != statement.params:
        different = sorted(given.keys() ^ statement.params)
        raise StatementError(f"{statement.name}: given parameters differ: {different}")
    return given
