"""The telemetry store as detection reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import case, func, select

from labo.adapters.telemetry import tables
from labo.adapters.telemetry.database import asked_for
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.domain.entities.series import Series, SeriesKey, SeriesQuery
from labo.ports.recent_telemetry import LineCount

_STEP_S = 60.0
_ERROR_LEVELS = ("ERROR", "CRITICAL", "FATAL")


class StoredRecentTelemetry:
    """A `RecentTelemetry` over the store."""

    def __init__(self, store: SqlTelemetryStore) -> None:
        self._store = store

    async def systems(self, since: datetime) -> Sequence[tuple[str, str]]:
        name, line = tables.series.c, tables.lines.c
        wrote = select(line.workspace, line.system).where(line.received_at >= since.timestamp())
        rolled = select(tables.rollup_series.c.workspace, tables.rollup_series.c.system)
        all_ = select(name.workspace, name.system).union(wrote, rolled).subquery()
        rows = await self._store.read(select(all_.c.workspace, all_.c.system))
        return sorted((str(workspace), str(system)) for workspace, system in rows)

    async def series(self, query: SeriesQuery) -> Mapping[SeriesKey, Series]:
        return await self._store.series(query)

    async def line_counts(self, query: SeriesQuery) -> Sequence[LineCount]:
        line, step_s = tables.lines.c, query.step_s or _STEP_S
        step = (func.floor(line.timestamp / step_s) * step_s).label("step")
        errors = func.sum(case((func.upper(line.level).in_(_ERROR_LEVELS), 1), else_=0))
        chosen = (
            select(line.component, line.template_id, step, func.count(), errors)
            .where(*asked_for(query, tables.lines, line.timestamp))
            .group_by(line.component, line.template_id, "step")
            .order_by(line.component, line.template_id, "step")
        )
        return [
            LineCount(str(component), str(template), float(at), int(lines), int(wrong))
            for component, template, at, lines, wrong in await self._store.read(chosen)
        ]
