"""The telemetry store as detection reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import case, func, select

from labo.adapters.telemetry import tables
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.domain.entities.series import Series, SeriesKey, Window
from labo.ports.recent_telemetry import LineCount

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

    async def series(
        self, workspace: str, system: str, window: Window, *, step_s: float | None = None
    ) -> Mapping[SeriesKey, Series]:
        return await self._store.series(workspace, system, window, step_s=step_s)

    async def line_counts(
        self, workspace: str, system: str, window: Window, step_s: float
    ) -> Sequence[LineCount]:
        line = tables.lines.c
        step = (func.floor(line.timestamp / step_s) * step_s).label("step")
        errors = func.sum(case((func.upper(line.level).in_(_ERROR_LEVELS), 1), else_=0))
        query = (
            select(line.component, line.template_id, step, func.count(), errors)
            .where(
                line.workspace == workspace,
                line.system == system,
                line.timestamp >= window.start.timestamp(),
                line.timestamp < window.end.timestamp(),
            )
            .group_by(line.component, line.template_id, "step")
            .order_by(line.component, line.template_id, "step")
        )
        return [
            LineCount(str(component), str(template), float(at), int(lines), int(wrong))
            for component, template, at, lines, wrong in await self._store.read(query)
        ]
