"""The one way to run a statement: named, timed, bounded, its errors translated.

A `Graph` is bound to a workspace; statements that name `$workspace` get it from there, so no
caller can forget it or cross it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import neo4j
from neo4j import (
    AsyncDriver,
    AsyncManagedTransaction,
    AsyncResult,
    Query,
    RoutingControl,
    unit_of_work,
)
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConstraintError,
    DriverError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)
from prometheus_client import Counter, Histogram

from graph.statements import Statement, StatementError
from labo.errors import Conflict, LaboError, Unavailable

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


class Transaction:
    """Runs statements within one managed transaction. Valid only inside `Graph.read` or `write`."""

    def __init__(self, tx: AsyncManagedTransaction, workspace: str) -> None:
        self._tx = tx
        self._workspace = workspace

    async def run(self, statement: Statement[Row], **params: Any) -> list[Row]:
        """All rows of `statement`; raises StatementError when the given names differ."""
        values = _values(statement, params, self._workspace)
        with _observed(statement.name):
            records = await _records(await self._tx.run(statement.text, values))
        return _rows(statement, records)


class Graph:
    """Neo4j as the product sees it. Safe to share within one event loop."""

    def __init__(
        self,
        driver: AsyncDriver,
        *,
        workspace: str = "default",
        database: str = "neo4j",
        timeout_s: float = 10.0,
    ) -> None:
        self._driver = driver
        self._database = database
        self._timeout_s = timeout_s
        self.workspace = workspace

    def scoped(self, workspace: str) -> Graph:
        """The same connection pool, bound to another workspace."""
        return Graph(
            self._driver,
            workspace=workspace,
            database=self._database,
            timeout_s=self._timeout_s,
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

        return _rows(statement, await self._guarded(run))

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
            return await unit(Transaction(tx, self.workspace))

        return await self._managed(work, name, read=False, timeout_s=timeout_s)

    async def execute(self, statement: Statement[Row], **params: Any) -> list[Row]:
        """One write statement in its own transaction."""

        async def unit(tx: Transaction) -> list[Row]:
            return await tx.run(statement, **params)

        return await self.write(unit, name=statement.name)

    async def check(self) -> None:
        """Raise Unavailable unless Neo4j answers."""
        await self._guarded(lambda: self._driver.verify_connectivity())

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

        return await self._guarded(run)

    @staticmethod
    async def _guarded(call: Callable[[], Awaitable[T]]) -> T:
        try:
            return await call()
        except (neo4j.exceptions.Neo4jError, DriverError, OSError) as error:
            translated = _translate(error)
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


def is_schema_race(error: Exception) -> bool:
    """Whether another process made the same index or constraint first.

    `IF NOT EXISTS` checks before it takes its lock, so of two at once the later one fails.
    """
    return isinstance(error, ClientError) and error.code == _SCHEMA_RACE


_SCHEMA_RACE = "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists"


def _translate(error: Exception) -> LaboError | None:
    """The expected failure behind a driver's error, or None when it is a defect of ours."""
    if isinstance(error, ConstraintError) or is_schema_race(error):
        return Conflict("another write created the same thing at the same time")
    if isinstance(error, ClientError) and "AuthenticationRateLimit" in (error.code or ""):
        return Unavailable("Neo4j refuses log-ins for a while", hint="check LABO_NEO4J__PASSWORD")
    if isinstance(error, AuthError):
        return Unavailable("Neo4j refuses the log-in", hint="check LABO_NEO4J__PASSWORD")
    if isinstance(error, ServiceUnavailable | SessionExpired | TransientError | OSError):
        return Unavailable("the graph database is not reachable", hint="see `labo doctor`")
    if isinstance(error, ClientError) and "TransactionTimedOut" in (error.code or ""):
        return Unavailable("the graph database took too long")
    if isinstance(error, DriverError):
        return Unavailable("the graph database connection failed", hint="see `labo doctor`")
    return None
