"""The telemetry store: SQLite in WAL mode by default, PostgreSQL by URL.

One writer (the stream process), any number of readers. Calls run in a thread, so that the
event loop never waits for a disk.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, TypeVarTuple

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    Table,
    func,
    select,
    tuple_,
)
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError

from labo.adapters.telemetry import rolled, tables
from labo.adapters.telemetry.database import (
    asked_for,
    create_missing,
    insert_into,
    open_engine,
    unavailable,
    upsert,
)
from labo.adapters.telemetry.rollup_rows import read_rows
from labo.adapters.telemetry.series_ids import SeriesIds, chunks
from labo.domain.entities.series import LogLine, Series, SeriesKey, SeriesQuery, Window
from labo.domain.telemetry.batches import ExemplarTrace, RolledBatch, Sample, TelemetryBatch
from labo.domain.telemetry.counters import Counted
from labo.domain.telemetry.rollups import SeriesName
from labo.errors import InvalidInput

_SeriesName = tuple[str, str, str]
_Result = TypeVar("_Result")
_Columns = TypeVarTuple("_Columns")


class SqlTelemetryStore:
    """Appends batches and reads windows (see `labo.ports.telemetry`)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._series_ids: SeriesIds[_SeriesName] = SeriesIds()
        self._rollup_ids: SeriesIds[SeriesName] = SeriesIds()
        self._writing = asyncio.Lock()

    @classmethod
    def open(cls, url: str) -> SqlTelemetryStore:
        """Open the database at an SQLAlchemy URL and create what is missing in it.

        Raises InvalidInput for an invalid URL, Unavailable when the server is away.
        """
        try:
            engine = open_engine(url)
            create_missing(engine, tables.metadata)
        except (ArgumentError, ImportError) as error:
            raise InvalidInput(
                "no usable database URL", where="LABO_TELEMETRY__URL", hint=str(error)
            ) from error
        except (OSError, OperationalError, InterfaceError) as error:
            raise unavailable(error) from error
        return cls(engine)

    async def append(self, batch: TelemetryBatch, *, received_at: datetime | None = None) -> None:
        """Write the whole batch in one transaction. What is there already is overwritten."""
        moment = (received_at or datetime.now().astimezone()).timestamp()
        async with self._writing:
            await self._run(partial(self._write, batch, moment))

    async def save(self, batch: RolledBatch, *, received_at: datetime | None = None) -> None:
        """Write the results of OTLP requests, in one transaction. Raises Conflict when one of the
        requests is stored already: then nothing is written."""
        moment = (received_at or datetime.now().astimezone()).timestamp()
        async with self._writing:
            await self._run(partial(rolled.save, batch, self._rollup_ids, moment))

    async def series(self, query: SeriesQuery) -> Mapping[SeriesKey, Series]:
        stored = await self._run(partial(read_rows, query=query))
        rows = await self._run(partial(_fetch, _select_samples(query)))
        grouped: dict[SeriesKey, list[tuple[float, float]]] = {}
        for component, metric, timestamp, value in rows:
            points = grouped.setdefault(SeriesKey(str(component), str(metric)), [])
            points.append((float(timestamp), math.nan if value is None else float(value)))
        return stored | {key: _as_series(points) for key, points in grouped.items()}

    async def log_lines(
        self,
        workspace: str,
        system: str,
        window: Window,
        *,
        component: str | None = None,
        limit: int = 1_000,
    ) -> Sequence[LogLine]:
        line = tables.lines.c
        query = select(line.timestamp, line.component, line.level, line.body)
        query = _windowed(query, tables.lines, workspace, system, window, limit)
        if component is not None:
            query = query.where(line.component == component)
        rows = await self._run(partial(_fetch, query))
        return [LogLine(*row) for row in reversed(rows)]

    async def traces(
        self, workspace: str, system: str, window: Window, *, limit: int = 20
    ) -> Sequence[ExemplarTrace]:
        query = _windowed(rolled.select_traces(), tables.traces, workspace, system, window, limit)
        rows = await self._run(partial(_fetch, query))
        return [ExemplarTrace(*row) for row in reversed(rows)]

    async def traces_of(
        self, workspace: str, component: tuple[str, str], window: Window, *, limit: int
    ) -> Sequence[ExemplarTrace]:
        """Exemplar traces that came by a component (system, name): failed ones first, then the
        longest."""
        query = rolled.traces_query(workspace, component, window, limit)
        return [ExemplarTrace(*row) for row in await self._run(partial(_fetch, query))]

    async def expire(self, now: datetime, retention: rolled.Retention) -> int:
        """Delete what was received too long before `now`, whatever its event time. Rows deleted."""
        async with self._writing:
            return await self._run(partial(rolled.expire, now.timestamp(), retention))

    async def applied(self, workspace: str, digests: Sequence[str]) -> set[str]:
        """Which requests of these digests are stored already."""
        return await self._run(partial(rolled.find_applied, workspace, digests))

    async def counted(self, workspace: str, keys: Sequence[str]) -> dict[str, Counted]:
        """The states of the cumulative counters that are known."""
        return await self._run(partial(rolled.find_counted, workspace, keys))

    async def state(self, name: str) -> str | None:
        """The text that was last stored under a name."""
        return await self._run(partial(rolled.find_state, name))

    async def pending_events(self, limit: int) -> list[tuple[str, str, str]]:
        """(workspace, id, JSON) of events that wait for the graph, the oldest first."""
        return await self._run(partial(rolled.find_pending, limit))

    async def forget_events(self, workspace: str, keys: Sequence[str]) -> None:
        """The graph has these events now."""
        async with self._writing:
            await self._run(partial(rolled.forget_pending, workspace, keys))

    async def read(self, query: Select[*_Columns]) -> Sequence[Row[*_Columns]]:
        """The rows of a query over `tables`. Raises Unavailable."""
        return await self._run(partial(_fetch, query))

    def close(self) -> None:
        self._engine.dispose()

    async def _run(self, call: Callable[[Connection], _Result]) -> _Result:
        def within_transaction() -> _Result:
            try:
                with self._engine.begin() as connection:
                    return call(connection)
            except BaseException as error:
                # Ids learnt in it were rolled back: the database gives them to other series.
                self._series_ids.clear()
                self._rollup_ids.clear()
                if isinstance(error, OperationalError | InterfaceError):
                    raise unavailable(error) from error
                raise

        return await asyncio.to_thread(within_transaction)

    def _write(self, batch: TelemetryBatch, received_at: float, connection: Connection) -> None:
        rows = [{**asdict(line), "workspace": batch.workspace} for line in batch.lines]
        upsert(connection, tables.lines, rows, received_at)
        rows = [{**asdict(trace), "workspace": batch.workspace} for trace in batch.traces]
        upsert(connection, tables.traces, rows, received_at)
        ids = self._ids(connection, batch)
        rows = [
            {
                "series_id": ids[_name(sample)],
                "timestamp": sample.timestamp,
                "value": sample.value if math.isfinite(sample.value) else None,
            }
            for sample in batch.samples
        ]
        upsert(connection, tables.samples, rows, received_at)

    def _ids(self, connection: Connection, batch: TelemetryBatch) -> dict[_SeriesName, int]:
        """Ids of the batch's series; those not met before are created."""
        workspace, known = batch.workspace, self._series_ids
        names = {_name(sample) for sample in batch.samples}
        missing = known.missing(workspace, names)
        if missing:
            keys = ("workspace", "system", "component", "metric")
            rows = [dict(zip(keys, (workspace, *name), strict=True)) for name in missing]
            insert = insert_into(connection, tables.series).on_conflict_do_nothing()
            connection.execute(insert, rows)
            column = tables.series.c
            columns = (column.system, column.component, column.metric)
            query = select(*columns, column.id).where(column.workspace == workspace)
            for some in chunks(missing):
                found = connection.execute(query.where(tuple_(*columns).in_(some)))
                known.learn(workspace, {(one[0], one[1], one[2]): one[3] for one in found})
        return {name: known.of(workspace, name) for name in names}


def _fetch(query: Select[*_Columns], connection: Connection) -> Sequence[Row[*_Columns]]:
    return connection.execute(query).all()


def _name(sample: Sample) -> _SeriesName:
    return sample.system, sample.component, sample.metric


def _as_series(points: list[tuple[float, float]]) -> Series:
    stamps, values = zip(*points, strict=True)
    return Series(np.asarray(stamps, dtype=np.float64), np.asarray(values, dtype=np.float64))


def _select_samples(query: SeriesQuery) -> Select[Any, Any, Any, Any]:
    name, sample, step_s = tables.series.c, tables.samples.c, query.step_s
    stamp: ColumnElement[float] = sample.timestamp
    value: ColumnElement[float | None] = sample.value
    if step_s is not None:
        stamp = func.floor(sample.timestamp / step_s) * step_s
        value = func.avg(sample.value)
    chosen = (
        select(name.component, name.metric, stamp.label("stamp"), value)
        .join_from(tables.series, tables.samples, sample.series_id == name.id)
        .where(*asked_for(query, tables.series, sample.timestamp))
        .order_by(name.component, name.metric, "stamp")
    )
    return chosen.group_by(name.component, name.metric, "stamp") if step_s is not None else chosen


def _windowed(
    query: Select[*_Columns],
    table: Table,
    workspace: str,
    system: str,
    window: Window,
    limit: int,
) -> Select[*_Columns]:
    column = table.c
    return (
        query.where(
            column.workspace == workspace,
            column.system == system,
            column.timestamp >= window.start.timestamp(),
            column.timestamp < window.end.timestamp(),
        )
        .order_by(column.timestamp.desc(), column[list(table.primary_key)[1].name].desc())
        .limit(limit)
    )
