"""Roll-ups as rows: merged into what is there, and read back as series."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Connection, and_, or_, select, tuple_

from labo.adapters.telemetry import tables
from labo.adapters.telemetry.database import asked_for, insert_into, upsert
from labo.adapters.telemetry.series_ids import SeriesIds, chunks
from labo.domain.entities.series import Series, SeriesKey, SeriesQuery
from labo.domain.telemetry.rollups import (
    STEPS,
    Rollup,
    Rollups,
    SeriesKind,
    SeriesName,
    SeriesOrigin,
    at_step,
    values_of,
)

FINE_S = (3_600.0, 21_600.0)
"""Without a step asked for, the window's last hour comes at the finest step, its last six hours
at the second, all before at the coarsest; where a level has nothing, the next coarser fills in."""

_CHUNK = 400


class _Row(NamedTuple):
    component: str
    metric: str
    kind: str
    origin: str
    step: int
    start: int
    n: float
    total: float
    p50: float | None
    p95: float | None
    p99: float | None


def merge_rows(
    connection: Connection,
    workspace: str,
    rollups: Rollups,
    ids: SeriesIds[SeriesName],
    received_at: float,
) -> None:
    """Merge into the rows of every step. One writer at a time."""
    if not rollups:
        return
    _learn_ids(connection, workspace, {name for name, _ in rollups}, ids)
    for step in STEPS:
        rolled = {
            (ids.of(workspace, name), start): rollup
            for (name, start), rollup in at_step(rollups, step).items()
        }
        for key, stored in _stored(connection, step, rolled):
            stored.merge(rolled[key])
            rolled[key] = stored
        keys = sorted(rolled)
        for first in range(0, len(keys), _CHUNK):  # a row takes more than its roll-up
            rows = [_as_row(key, step, rolled[key]) for key in keys[first : first + _CHUNK]]
            upsert(connection, tables.rollups, rows, received_at)


def read_rows(connection: Connection, query: SeriesQuery) -> dict[SeriesKey, Series]:
    """The series that are asked for. With a step, means over steps of that length, from the
    coarsest level that divides it (the finest where none does)."""
    step_s = query.step_s
    start, end = query.window.start.timestamp(), query.window.end.timestamp()
    row = tables.rollups.c
    spans = [
        and_(row.step == step, row.start >= since, row.start + step <= end)
        for step, since in _levels(start, end, step_s)
    ]
    rows = _rows(connection, [*asked_for(query, tables.rollup_series), or_(*spans)])
    series: dict[SeriesKey, Series] = {}
    for _, group in groupby(rows, key=lambda r: (r.origin, r.component, r.metric, r.kind)):
        series.update(_series(list(_finest(list(group))), step_s))
    return series


def _rows(connection: Connection, where: Sequence[ColumnElement[bool]]) -> Iterator[_Row]:
    name, row = tables.rollup_series.c, tables.rollups.c
    query = (
        select(
            name.component,
            name.metric,
            name.kind,
            name.origin,
            row.step,
            row.start,
            row.count,
            row.total,
            row.p50,
            row.p95,
            row.p99,
        )
        .join_from(tables.rollup_series, tables.rollups, row.series_id == name.id)
        .where(*where)
        # Rows from spans come last, and so replace those from metrics of the same name.
        .order_by(name.origin, name.component, name.metric, name.kind, row.start, row.step)
    )
    return (_Row(*found) for found in connection.execute(query))


def _levels(start: float, end: float, step_s: float | None) -> list[tuple[int, float]]:
    """(step, from when on) of the levels to read."""
    if step_s is not None:
        fitting = [step for step in STEPS if step <= step_s and step_s % step == 0]
        return [((fitting or STEPS[:1])[-1], start)]
    since = [max(start, end - fine) for fine in FINE_S]
    return [(STEPS[0], since[0]), (STEPS[1], since[1]), (STEPS[2], start)]


def _finest(rows: list[_Row]) -> Iterator[_Row]:
    """Rows in time; a coarse one only where no finer one lies within it."""
    covered: set[tuple[int, int]] = set()
    for row in rows:
        covered.update((step, row.start // step * step) for step in STEPS if step > row.step)
    return (row for row in rows if (row.step, row.start) not in covered)


def _series(rows: list[_Row], step_s: float | None) -> Iterator[tuple[SeriesKey, Series]]:
    points: dict[SeriesKey, tuple[list[float], list[float]]] = {}
    for stamp, group in _stepped(rows, step_s):
        head = group[0]
        span = step_s if step_s is not None else float(head.step)
        kind = SeriesKind(head.kind)
        for metric, value in values_of(head.metric, kind, span, _together(group)):
            stamps, found = points.setdefault(SeriesKey(head.component, metric), ([], []))
            stamps.append(stamp)
            found.append(value)
    for key, (stamps, found) in points.items():
        yield key, Series(np.asarray(stamps, dtype=np.float64), np.asarray(found, dtype=np.float64))


def _stepped(rows: list[_Row], step_s: float | None) -> Iterator[tuple[float, list[_Row]]]:
    if step_s is None:
        yield from ((float(row.start), [row]) for row in rows)
        return
    for stamp, group in groupby(rows, key=lambda row: math.floor(row.start / step_s) * step_s):
        yield float(stamp), list(group)


def _together(rows: list[_Row]) -> tuple[float, float, tuple[float | None, ...]]:
    """Count, total and quantiles; of several rows the quantiles' mean, weighted by count."""
    count, total = sum(row.n for row in rows), sum(row.total for row in rows)
    quantiles: list[float | None] = []
    for column in ("p50", "p95", "p99"):
        known = [(getattr(row, column), row.n) for row in rows]
        weighted = [(value, weight) for value, weight in known if value is not None and weight]
        weights = sum(weight for _, weight in weighted)
        quantiles.append(sum(v * w for v, w in weighted) / weights if weights else None)
    return count, total, tuple(quantiles)


def _stored(
    connection: Connection, step: int, keys: Iterable[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], Rollup]]:
    wanted = set(keys)
    by_start: dict[int, list[int]] = {}
    for series_id, start in wanted:
        by_start.setdefault(start, []).append(series_id)
    row = tables.rollups.c
    for start, series_ids in sorted(by_start.items()):
        for first in range(0, len(series_ids), _CHUNK):
            query = select(
                row.series_id, row.count, row.total, row.low, row.high, row.sketch
            ).where(
                row.series_id.in_(series_ids[first : first + _CHUNK]),
                row.step == step,
                row.start == start,
            )
            for series_id, count, total, low, high, sketch in connection.execute(query):
                yield (series_id, start), Rollup(count, total, low, high, _sketch(sketch))


def _sketch(text: str) -> dict[int, float]:
    found: Mapping[str, float] = json.loads(text)
    return {int(bucket): float(count) for bucket, count in found.items()}


def _as_row(key: tuple[int, int], step: int, rollup: Rollup) -> dict[str, object]:
    quantiles = rollup.quantiles() if rollup.sketch else (None, None, None)
    return {
        "series_id": key[0],
        "step": step,
        "start": key[1],
        "count": rollup.count,
        "total": rollup.total,
        "low": rollup.low,
        "high": rollup.high,
        "sketch": json.dumps(rollup.sketch, separators=(",", ":")),
        **dict(zip(("p50", "p95", "p99"), quantiles, strict=True)),
    }


def _learn_ids(
    connection: Connection, workspace: str, names: set[SeriesName], ids: SeriesIds[SeriesName]
) -> None:
    missing = ids.missing(workspace, names)
    if not missing:
        return
    rows = [{"workspace": workspace, **name._asdict()} for name in missing]
    connection.execute(insert_into(connection, tables.rollup_series).on_conflict_do_nothing(), rows)
    column = tables.rollup_series.c
    columns = (column.system, column.component, column.metric, column.kind, column.origin)
    query = select(*columns, column.id).where(column.workspace == workspace)
    for some in chunks(missing):
        found = connection.execute(query.where(tuple_(*columns).in_(some)))
        ids.learn(workspace, {_series_name(*one): number for *one, number in found})


def _series_name(system: str, component: str, metric: str, kind: str, origin: str) -> SeriesName:
    return SeriesName(system, component, metric, SeriesKind(kind), SeriesOrigin(origin))
