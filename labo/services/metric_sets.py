"""Minimal metric sets: the kept one, else a greedy one at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from graph import causality, conditions, metric_sets, metrics, problems
from graph.client import Graph
from labo.domain.metric_sets import MinimalSet, SignatureTable
from labo.domain.signatures import signature_table
from labo.domain.test_cover.solve import greedy_set
from labo.errors import InvalidInput, NotFound

MAX_RIVALS = 100
MAX_COVERS = 5


class MetricSetService:
    """The fewest metrics that tell rival causes apart."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def for_incident(self, incident: str) -> MinimalSet:
        """The set kept with the incident's diagnosis. Raises NotFound before there is one."""
        kept = await metric_sets.find_by_subjects(self._graph, [incident])
        if incident not in kept:
            raise NotFound(
                "no minimal set is kept for this incident", where=incident, hint="diagnose it first"
            )
        return kept[incident]

    async def for_problem(
        self, problem: str, *, covers: int = 1, healthy: bool = True
    ) -> MinimalSet:
        """For the known causes of a problem (key): the kept set, else a greedy one at once.

        The greedy one is often proven by its bound. Raises NotFound, InvalidInput.
        """
        if not 1 <= covers <= MAX_COVERS:
            raise InvalidInput(f"from 1 to {MAX_COVERS} covers", where="covers")
        found = await problems.get(self._graph, problem)
        kept = (await metric_sets.find_by_subjects(self._graph, [found.key])).get(found.key)
        if kept is not None and kept.covers == covers and healthy:
            return kept
        table = await self.table(found.key)
        started = time.perf_counter()
        chosen = await asyncio.to_thread(greedy_set, table, covers=covers, healthy=healthy)
        return replace(chosen, took_ms=round((time.perf_counter() - started) * 1000, 2))

    async def table(self, problem: str) -> SignatureTable:
        """Expected readings under each known cause of `problem`, direct or through others.

        Raises InvalidInput when nothing is known to cause it.
        """
        chains = await causality.causes(self._graph, problem, limit=MAX_RIVALS)
        if not chains:
            raise InvalidInput(
                "nothing is known to cause this problem yet", where=problem, hint="propose an edge"
            )
        rivals = [chain.problems[0] for chain in chains]
        found = await conditions.find_signatures(self._graph, rivals)
        priced = await metrics.find_by_keys(self._graph, {s.metric for s in found})
        return signature_table(
            rivals,
            found,
            {key: metric.cost for key, metric in priced.items()},
            {chain.problems[0]: chain.problems[1:] for chain in chains},
        )
