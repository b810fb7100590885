"""Minimal metric sets, one per subject (an incident or a problem)."""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType

from graph.client import Graph, Transaction
from graph.rows import JsonColumn, as_json
from graph.statements import load
from labo.domain.keys import digest
from labo.domain.metric_sets import MinimalSet


@dataclass(frozen=True, slots=True)
class MetricSetRow:
    id: str
    subject: str
    metrics: tuple[str, ...]
    cost: float
    proven: bool
    lower_bound: float
    indistinguishable: JsonColumn[tuple[tuple[str, str], ...]]
    under_covered: JsonColumn[tuple[tuple[str, str], ...]]
    covers: int
    saving: float
    took_ms: float

    def to_domain(self) -> MinimalSet:
        return MinimalSet(
            metrics=self.metrics,
            cost=self.cost,
            proven=self.proven,
            lower_bound=self.lower_bound,
            indistinguishable=self.indistinguishable,
            under_covered=self.under_covered,
            covers=self.covers,
            saving=self.saving,
            took_ms=self.took_ms,
        )


UPSERT_METRIC_SET = load("metric_sets/upsert_metric_set", row=NoneType)
FIND_METRIC_SETS = load("metric_sets/find_metric_sets", row=MetricSetRow)


async def upsert(tx: Transaction, subject: str, found: MinimalSet) -> None:
    """Replace the set kept for `subject`."""
    await tx.run(
        UPSERT_METRIC_SET,
        id=digest("metric_set", subject, str(found.covers)),
        subject=subject,
        properties={
            "metrics": list(found.metrics),
            "cost": found.cost,
            "proven": found.proven,
            "lower_bound": found.lower_bound,
            "indistinguishable": as_json(found.indistinguishable),
            "under_covered": as_json(found.under_covered),
            "covers": found.covers,
            "saving": found.saving,
            "took_ms": found.took_ms,
        },
    )


async def find_by_subjects(graph: Graph, subjects: list[str]) -> dict[str, MinimalSet]:
    """Kept sets by subject; a subject without one is absent."""
    rows = await graph.fetch(FIND_METRIC_SETS, subjects=sorted(set(subjects)))
    return {row.subject: row.to_domain() for row in rows}
