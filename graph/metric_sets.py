"""Minimal metric sets, one per subject (an incident or a problem), and which are out of date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import NoneType

from graph import jobs
from graph.client import Graph, Transaction
from graph.rows import JsonColumn, as_json
from graph.statements import load
from labo.domain.entities.conditions import Direction, condition_key
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.keys import digest
from labo.domain.metric_sets.sets import Measurement, MinimalSet, Pair, Remedy
from labo.errors import Conflict, NotFound

DEBOUNCE_S = 20
"""Changes that come within this time are one refresh."""
MOST_AFFECTED = 500


@dataclass(frozen=True, slots=True)
class MetricSetRow:
    id: str
    subject: str
    metrics: tuple[str, ...]
    cost: float
    proven: bool
    lower_bound: float
    indistinguishable: JsonColumn[tuple[Pair, ...]]
    under_covered: JsonColumn[tuple[Pair, ...]]
    covers: int
    saving: float
    took_ms: float
    unseparated: JsonColumn[tuple[Pair, ...]]
    remedies: JsonColumn[tuple[Remedy, ...]]
    rivals: tuple[str, ...]
    measurements: JsonColumn[tuple[Measurement, ...]]

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
            unseparated=self.unseparated,
            remedies=self.remedies,
            rivals=self.rivals,
            measurements=self.measurements,
            id=self.id,
        )


UPSERT_METRIC_SET = load("metric_sets/upsert_metric_set", row=bool)
LINK_METRIC_SET = load("metric_sets/link_metric_set", row=NoneType)
DELETE_METRIC_SET = load("metric_sets/delete_metric_set", row=NoneType)
FIND_METRIC_SETS = load("metric_sets/find_metric_sets", row=MetricSetRow)
GET_METRIC_SET = load("metric_sets/get_metric_set", row=MetricSetRow)
FIND_AFFECTED = load("metric_sets/find_affected", row=str)


async def upsert(tx: Transaction, subject: str, found: MinimalSet) -> None:
    """Replace the set stored for `subject`, with the problems it separates and what it measures.

    Raises Conflict when another write deleted it at the same moment.
    """
    id_ = digest("metric_set", subject, str(found.covers))
    kept = await tx.run(
        UPSERT_METRIC_SET,
        id=id_,
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
            "unseparated": as_json(found.unseparated),
            "remedies": as_json(found.remedies),
            "rivals": list(found.rivals),
            "readings": as_json(found.measurements),
        },
    )
    if kept != [True]:
        raise Conflict("the metric set was forgotten meanwhile", where=subject)
    await tx.run(LINK_METRIC_SET, id=id_, problems=sorted(found.rivals), rows=_used(found))


def _used(found: MinimalSet) -> list[dict[str, str | int | float]]:
    """A row per condition that a measurement of the set can show, whether it is known or not."""
    return [
        {
            "condition": condition_key(measurement.role, measurement.metric, direction),
            "order": order,
            "gain": measurement.gain,
            "role": measurement.purpose.value,
        }
        for order, measurement in enumerate(found.measurements, start=1)
        if measurement.role
        for direction in (Direction.HIGH, Direction.LOW)
    ]


async def delete(tx: Transaction, subject: str) -> None:
    """Delete the set stored for `subject`: there is nothing left to separate."""
    await tx.run(DELETE_METRIC_SET, subject=subject)


async def mark_stale(tx: Transaction, problems: Iterable[str]) -> None:
    """Have the sets recomputed that depend on these problems (keys).

    Call it in the transaction that changes their signatures or the edges that name them. The
    jobs need no message: they wait a while for further changes, then the sweeper sends them.
    """
    affected = await tx.run(FIND_AFFECTED, problems=sorted(set(problems)), limit=MOST_AFFECTED)
    await jobs.add(tx, JobKind.REFRESH_METRIC_SET, affected, delay_s=DEBOUNCE_S)


async def get(graph: Graph, set_id: str) -> MinimalSet:
    """Raises NotFound."""
    rows = await graph.fetch(GET_METRIC_SET, id=set_id)
    if not rows:
        raise NotFound("no such metric set", where=set_id)
    return rows[0].to_domain()


async def find_by_subjects(graph: Graph, subjects: list[str]) -> dict[str, MinimalSet]:
    """Stored sets by subject; a subject without one is absent."""
    rows = await graph.fetch(FIND_METRIC_SETS, subjects=sorted(set(subjects)))
    return {row.subject: row.to_domain() for row in rows}
