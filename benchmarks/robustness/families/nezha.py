"""Online Boutique of Nezha: 56 incidents with minutely metrics and, for most, real traces.

What is missing: the normal minutes of traces, and of the faulty ones those above 4 MiB. So a case
has the seconds of traces before its own injection and before those of the incidents nearest in time
(`nezha_traces`), and the metrics of the whole day without the other incidents' minutes. Lines exist
for 3 of 168 minutes and are not read; nor are the latencies by edge, which have no place in a case
but in traces. No alert is recorded, so none names a metric.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.petshop import window
from benchmarks.robustness.calls import LINKED_NOISE, NO_CALL_GRAPH
from benchmarks.robustness.families.family import Family
from benchmarks.robustness.families.nezha_files import (
    DAYS,
    Injection,
    columns_of,
    dependencies,
    injections,
    metric_files,
)
from benchmarks.robustness.families.nezha_traces import spans_around
from benchmarks.robustness.measurements import CAUSE_UNMEASURED, TARGET_UNMEASURED
from benchmarks.robustness.naming import NAMES_HIDDEN
from benchmarks.robustness.variations import AS_IT_IS, Variation
from labo.adapters.cases.traces import dependencies_of
from labo.domain.diagnosis.localisation.telemetry_signals import with_signals
from labo.domain.diagnosis.localisation.trace_signals import is_derived
from labo.domain.entities.series import Case, FloatArray, Series, SeriesKey, Topology

TARGET = "frontend"
FAULT_S = 180.0
"""Length of the symptom window: traces after an injection reach 84 to 160 s."""
RECOVERY_S = 360.0
"""So long after another injection metrics are left out: no fault lasts longer than its traces, and
the next injection comes after eight minutes."""
DAY_S = 86_400.0
NORMAL_HOURS = range(17, 24)
"""Hours (UTC) after the last injection of either day."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """One component's series of a day: times, and columns by metric."""

    component: str
    times: FloatArray
    columns: Mapping[str, FloatArray]


def cases() -> Iterator[Case]:
    """All injections, in the order of time."""
    for day in DAYS:
        metrics, calls = [metrics_of(file) for file in metric_files(day)], dependencies(day)
        for own in injections(day):
            others = [one.at for one in injections(day) if one.at != own.at]
            series = _series(metrics, own.at, others)
            yield with_signals(_with_traces(_case(own.name, own.at, series, calls), own))


def normals() -> Iterator[Case]:
    """Half-hourly windows of the evenings, metrics alone."""
    for day in DAYS:
        metrics, calls = [metrics_of(file) for file in metric_files(day)], dependencies(day)
        faulty = [one.at for one in injections(day)]
        midnight = min(faulty) // DAY_S * DAY_S
        for half_hour in range(2 * NORMAL_HOURS.start, 2 * NORMAL_HOURS.stop - 1):
            at = midnight + half_hour * DAY_S / 48
            yield _case(f"{day}-normal-{half_hour}", at, _series(metrics, at, faulty), calls)


def metrics_of(rows: Iterable[Mapping[str, str]]) -> Metrics:
    """A pod's metrics, or the front end's own, which belong to the pod's service."""
    names, columns = columns_of(rows)
    return Metrics(names.lower().split("-")[0], columns.pop("time"), columns)


def _series(
    metrics: Iterable[Metrics], at: float, others: Collection[float]
) -> dict[SeriesKey, Series]:
    """Until the window's end without the minutes of other incidents; what came later on that day
    stands for the day before."""
    series = {}
    for one in metrics:
        late = one.times >= at + FAULT_S
        normal = np.ones(one.times.size, dtype=bool)
        for other in others:
            normal &= (one.times < other) | (one.times >= other + RECOVERY_S)
        times = np.where(late, one.times - DAY_S, one.times)[normal]
        order = np.argsort(times, kind="stable")
        for name, values in one.columns.items():
            series[SeriesKey(one.component, name)] = Series(times[order], values[normal][order])
    return series


def _case(
    name: str,
    at: float,
    series: Mapping[SeriesKey, Series],
    calls: tuple[tuple[str, str], ...],
) -> Case:
    start = min(float(one.timestamps[0]) for one in series.values())
    named = {key.component for key in series} | {one for pair in calls for one in pair}
    return Case(
        name=name,
        target=TARGET,
        symptom=window(at, at + FAULT_S),
        baseline=window(start, at),
        topology=Topology(tuple(sorted(named)), calls),
        series=series,
    )


def _with_traces(case: Case, own: Injection) -> Case:
    spans = spans_around(own, FAULT_S)
    calls = tuple(sorted({*case.topology.dependencies, *dependencies_of(spans)}))
    topology = Topology(case.topology.components, calls)
    return replace(case, label=(own.component,), traces=tuple(spans), topology=topology)


def traces_only(case: Case, _rng: np.random.Generator) -> Case | None:
    """No metrics; does not apply where the traces of the incident are missing."""
    series = {key: one for key, one in case.series.items() if is_derived(key.metric)}
    return replace(case, series=series) if series else None


def metrics_only(case: Case, _rng: np.random.Generator) -> Case:
    """No traces."""
    series = {key: one for key, one in case.series.items() if not is_derived(key.metric)}
    return replace(case, series=series, traces=())


FAMILY = Family(
    "Online Boutique (Nezha)",
    cases,
    (
        AS_IT_IS,
        NAMES_HIDDEN,
        Variation("traces only", traces_only),
        Variation("metrics only", metrics_only),
        LINKED_NOISE,
        NO_CALL_GRAPH,
        CAUSE_UNMEASURED,
        TARGET_UNMEASURED,
    ),
    normals,
    remark=(
        "of the 56 incidents 49 have traces of the fault, none has usable logs, and the normal "
        "traces are the seconds before injections; the front end is alerted on, without a metric"
    ),
)
