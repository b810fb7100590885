"""Saves the topology seen in telemetry to the graph. Spans and samples are never stored there."""

from __future__ import annotations

from graph import components, metrics
from graph.client import Graph, Transaction
from labo.domain.telemetry.spans.topology import CallGraph


class TelemetryService:
    """Safe to repeat: the same call graph again changes nothing but when links were last seen."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def save(self, found: CallGraph) -> None:
        """One write. A dependency of a component that the graph does not have is left out.

        Raises Unavailable while the graph is away.
        """

        async def unit(tx: Transaction) -> None:
            await components.upsert(tx, found.components, found.dependencies, written_by="trace")
            await metrics.ensure(tx, {exposure.metric for exposure in found.exposures})
            await metrics.link(tx, found.exposures)

        if len(found):
            await self._graph.write(unit, name="telemetry.save")
