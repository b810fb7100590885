"""Metric kinds and who exposes them, in the graph."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType

from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.entities.metrics import Exposure, Metric

UPSERT_METRICS = load("metrics/upsert_metrics", row=NoneType)
LINK_EXPOSURES = load("metrics/link_exposures", row=int)
FIND_METRICS_BY_KEYS = load("metrics/find_metrics_by_keys", row=tuple[Metric, ...])
FIND_EXPOSURES = load("metrics/find_exposures", row=Exposure)

BATCH = 1_000


async def upsert(tx: Transaction, metrics: Iterable[Metric], *, written_by: str = "import") -> None:
    """Create or refresh metric kinds: sets unit (unless empty) and cost."""
    by_key = {metric.key: metric for metric in metrics}
    rows = [properties(by_key[key]) for key in sorted(by_key)]
    for start in range(0, len(rows), BATCH):
        await tx.run(UPSERT_METRICS, rows=rows[start : start + BATCH], written_by=written_by)


async def ensure(tx: Transaction, keys: Iterable[str], *, written_by: str = "import") -> None:
    """Make sure that these metric kinds exist, leaving what is known of them as it is."""
    rows = [{"key": key, "unit": "", "cost": None} for key in sorted(set(keys))]
    for start in range(0, len(rows), BATCH):
        await tx.run(UPSERT_METRICS, rows=rows[start : start + BATCH], written_by=written_by)


async def link(tx: Transaction, exposures: Iterable[Exposure]) -> int:
    """Link components to the metrics they expose; returns the number of links whose ends exist."""
    pairs = {(e.component, e.metric): e for e in exposures}
    rows = [properties(pairs[pair]) for pair in sorted(pairs)]
    linked = 0
    for start in range(0, len(rows), BATCH):
        linked += sum(await tx.run(LINK_EXPOSURES, rows=rows[start : start + BATCH]))
    return linked


async def find_by_keys(graph: Graph, keys: Iterable[str]) -> dict[str, Metric]:
    """Metric kinds by key; an unknown one is absent."""
    [found] = await graph.fetch(FIND_METRICS_BY_KEYS, keys=sorted(set(keys)))
    return {metric.key: metric for metric in found}


async def exposures(graph: Graph, components: Iterable[str]) -> list[Exposure]:
    """What the components (keys) expose, sorted by component and metric."""
    return await graph.fetch(FIND_EXPOSURES, keys=sorted(set(components)))
