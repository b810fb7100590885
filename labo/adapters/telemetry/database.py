"""The database behind the telemetry store: SQLite in WAL mode, PostgreSQL by URL."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.pool import ConnectionPoolEntry

from labo.domain.entities.series import SeriesQuery
from labo.errors import Unavailable


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of the database's own dialect, which knows ON CONFLICT."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def upsert(
    connection: Connection,
    table: Table,
    rows: list[dict[str, object]],
    received_at: float,
    *,
    renews: bool = False,
) -> None:
    """Later rows win, also within one batch: PostgreSQL refuses to update a row twice.

    Retention counts from a row's first receipt, so that a sender's retries do not retain it for
    ever; with `renews` each receipt counts.
    """
    if not rows:
        return
    key = [column.name for column in table.primary_key]
    unique = {tuple(row[name] for name in key): row for row in rows}
    insert = insert_into(connection, table)
    changed = {c.name: insert.excluded[c.name] for c in table.c if c.name not in key}
    if not renews:
        del changed["received_at"]
    connection.execute(
        insert.on_conflict_do_update(index_elements=key, set_=changed),
        [{**row, "received_at": received_at} for row in unique.values()],
    )


def asked_for(
    query: SeriesQuery, table: Table, timestamp: ColumnElement[float] | None = None
) -> list[ColumnElement[bool]]:
    """The rows of `table` (workspace, system, component) that `query` asks for; with a `timestamp`
    (epoch seconds), those within its window."""
    column = table.c
    wanted: list[ColumnElement[bool]] = [
        column.workspace == query.workspace,
        column.system == query.system,
    ]
    if timestamp is not None:
        wanted.append(timestamp >= query.window.start.timestamp())
        wanted.append(timestamp < query.window.end.timestamp())
    if query.components is not None:
        wanted.append(column.component.in_(sorted(query.components)))
    return wanted


def open_engine(url: str) -> Engine:
    """Raises ArgumentError for an invalid URL, ImportError for a driver that is missing."""
    parsed = make_url(url)
    engine = create_engine(parsed, pool_pre_ping=True)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def create_missing(engine: Engine, metadata: MetaData) -> None:
    """Create the tables that are missing. Every process of a new installation does so at once.

    SQLAlchemy checks which tables exist before it creates one, so a process that another one
    overtook fails at that table; checking again, it finds it. Raises what the database raises.
    """
    for _ in metadata.tables:  # overtaken at each table once at most
        try:
            metadata.create_all(engine)
        except (OperationalError, ProgrammingError, IntegrityError):
            continue
        return
    metadata.create_all(engine)


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """WAL, so that readers never wait for the writer; FULL, since the stream is acknowledged
    after the commit."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def unavailable(error: Exception) -> Unavailable:
    """What the rest of the product hears when the database does not answer."""
    return Unavailable(
        "the telemetry store does not answer", where="LABO_TELEMETRY__URL", hint=str(error)[:200]
    )
