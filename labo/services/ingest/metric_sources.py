"""What a metric source can be asked, as knowledge: components, metric kinds, who exposes what."""

from __future__ import annotations

from datetime import datetime, timedelta

from graph import components, metrics
from graph.client import Graph, Transaction
from labo.domain.entities.components import Component, guess_role
from labo.domain.entities.keys import component_key
from labo.domain.entities.metrics import Exposure
from labo.domain.entities.series import Window
from labo.ports.metric_source import MetricSource

LOOK_BACK = timedelta(minutes=10)


async def register(graph: Graph, source: MetricSource, now: datetime, *, origin: str) -> int:
    """Write which component exposes which metric by which query; how many links there are.

    Safe to repeat. Raises what the source raises.
    """
    series = await source.series(Window(now - LOOK_BACK, now), step_s=60.0)
    selectors = source.selectors()
    parts = {
        key.component: Component(
            key=component_key(source.system, key.component),
            name=key.component,
            system=source.system,
            role=guess_role(key.component),
        )
        for key in series
    }
    exposed = [
        Exposure(parts[key.component].key, key.metric, selectors[key.metric], origin)
        for key in series
    ]

    async def unit(tx: Transaction) -> int:
        await components.upsert(tx, list(parts.values()), [])
        await metrics.ensure(tx, {key.metric for key in series}, written_by=origin)
        return await metrics.link(tx, exposed)

    return await graph.write(unit, name="metric_sources.register")
