"""Case folders into the running stack: topology and metrics to the graph, series to the store."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from graph import components, metrics
from graph.client import Graph, Transaction
from labo.domain.diagnosis.scope import with_baseline_before
from labo.domain.entities.components import Component, Dependency, guess_role
from labo.domain.entities.keys import component_key, digest
from labo.domain.entities.metrics import Exposure
from labo.domain.entities.series import Case
from labo.domain.telemetry.batches import Sample, StoredLine, TelemetryBatch
from labo.ports.telemetry import TelemetrySink
from labo.services.knowledge.labelled_incidents import NOTHING_LEARNT, LearntCase

SAMPLES_AT_ONCE = 2_000
LINES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ImportedCase:
    """What one case brought; importing it again gives the same figures and changes nothing."""

    case: str
    system: str
    target: str
    components: int
    dependencies: int
    metrics: int
    samples: int
    lines: int
    learnt_case: LearntCase = NOTHING_LEARNT


class CaseService:
    """Takes a case apart: what is knowledge goes to the graph, what is volume to the store."""

    def __init__(self, graph: Graph, telemetry: TelemetrySink) -> None:
        self._graph = graph
        self._telemetry = telemetry

    async def ingest(
        self, case: Case, *, system: str, progress: Callable[[int], None] = lambda _: None
    ) -> ImportedCase:
        """Ingest `case` as part of `system`; its label is for `LabellingService`.

        A baseline from another time is stored as the time right before the symptom, where a live
        diagnosis reads its baseline. `progress` is called with the number of samples and lines sent
        since the last call. Raises Unavailable when the graph or the telemetry stream is
        unavailable.
        """
        case = with_baseline_before(case)
        linked = await self._save_topology(case, system)
        sent = 0
        for batch in _batches(case, system, self._graph.workspace):
            await self._telemetry.append(batch)
            sent += len(batch.samples)
            progress(len(batch))
        return ImportedCase(
            case=case.name,
            system=system,
            target=component_key(system, case.target),
            components=len(case.topology.components),
            dependencies=linked,
            metrics=len({key.metric for key in case.series}),
            samples=sent,
            lines=len(case.logs),
        )

    async def _save_topology(self, case: Case, system: str) -> int:
        parts = [
            Component(
                key=component_key(system, name),
                name=name,
                system=system,
                role=case.roles.get(name) or guess_role(name),
            )
            for name in case.topology.components
        ]
        calls = [
            Dependency(component_key(system, caller), component_key(system, callee))
            for caller, callee in case.topology.dependencies
        ]
        exposed = [
            Exposure(component_key(system, key.component), key.metric) for key in case.series
        ]

        async def unit(tx: Transaction) -> int:
            linked = await components.upsert(tx, parts, calls)
            await metrics.ensure(tx, {key.metric for key in case.series})
            await metrics.link(tx, exposed)
            return linked

        return await self._graph.write(unit, name="cases.take")


def size(case: Case) -> int:
    """How many samples and lines `progress` will hear of at most."""
    return sum(series.values.size for series in case.series.values()) + len(case.logs)


def _batches(case: Case, system: str, workspace: str) -> Iterator[TelemetryBatch]:
    samples = _samples(case, system)
    while chunk := tuple(islice(samples, SAMPLES_AT_ONCE)):
        yield TelemetryBatch(workspace, samples=chunk)
    lines = _lines(case, system)
    while kept := tuple(islice(lines, LINES_AT_ONCE)):
        yield TelemetryBatch(workspace, lines=kept)


def _samples(case: Case, system: str) -> Iterator[Sample]:
    """Unknown values (NaN) are left out: missing is unknown either way."""
    for key in sorted(case.series, key=lambda k: (k.component, k.metric)):
        series = case.series[key]
        pairs = zip(series.timestamps.tolist(), series.values.tolist(), strict=True)
        for timestamp, value in pairs:
            if math.isfinite(value):
                yield Sample(system, key.component, key.metric, timestamp, value)


def _lines(case: Case, system: str) -> Iterator[StoredLine]:
    """A line's identity is its content and its position among equal ones, so repeating adds
    none."""
    seen: Counter[tuple[str, float, str]] = Counter()
    for line in case.logs:
        same = (line.component, line.timestamp, line.body)
        seen[same] += 1
        identity = ("case-line", system, *map(str, same), str(seen[same]))
        yield StoredLine(
            id=digest(*identity),
            system=system,
            component=line.component,
            timestamp=line.timestamp,
            level=line.severity,
            body=line.body,
        )
