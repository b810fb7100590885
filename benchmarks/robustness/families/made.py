"""What the families made by hand share: a random call graph, noise, and how a fault spreads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from zlib import crc32

import networkx as nx
import numpy as np

from benchmarks.petshop import window
from labo.adapters.cases.traces import dependencies_of
from labo.domain.diagnosis.localisation.telemetry_signals import with_signals
from labo.domain.entities.series import (
    Case,
    FloatArray,
    LogLine,
    Series,
    SeriesKey,
    TimedSpan,
    Topology,
)

CASES = 8
START = 1_700_000_000.0
NAMES = (
    *("account", "basket", "checkout", "delivery", "invoice", "ledger"),
    *("media", "notice", "offer", "parcel", "quote"),
)
"""Names of a made system's components behind its target: none says what the component does."""
Calls = tuple[tuple[str, str], ...]
Values = Mapping[tuple[str, str], FloatArray]
"""By component and metric, one value a step."""
Make = Callable[[int, bool, np.random.Generator], Case]
"""Number of the case, whether the fault happens, draws."""


def incidents(make: Make) -> Iterator[Case]:
    """The cases of a family."""
    return (make(number, True, _rng(make, number)) for number in range(CASES))


def normals(make: Make) -> Iterator[Case]:
    """Systems of the same kind without the fault."""
    return (make(number, False, _rng(make, number)) for number in range(CASES, 2 * CASES))


def _rng(make: Make, number: int) -> np.random.Generator:
    return np.random.default_rng(crc32(f"{make.__name__} {number}".encode()))


def random_calls(rng: np.random.Generator, target: str = "web") -> tuple[list[str], Calls]:
    """(components, calls): every component is called by one or two of those before it."""
    names = [target, *(str(name) for name in rng.permutation(NAMES))]
    calls = {
        (names[caller], names[i])
        for i in range(1, len(names))
        for caller in rng.choice(i, size=min(i, int(rng.integers(1, 3))), replace=False)
    }
    return names, tuple(sorted(calls))


def callers_of(calls: Calls, root: str) -> dict[str, int]:
    """How many calls away each component is that directly or indirectly calls `root`."""
    graph = nx.DiGraph(calls)
    return {
        name: int(nx.shortest_path_length(graph, name, root))
        for name in sorted(nx.ancestors(graph, root))
    }


def noisy(
    rng: np.random.Generator, size: int, level: float, spread: float = 0.1, memory: float = 0.6
) -> FloatArray:
    """A positive series around `level`: logarithmic, autoregressive of first order."""
    steps = rng.standard_normal(size) * np.sqrt(1 - memory**2)
    values = np.zeros(size)
    values[0] = rng.standard_normal()
    for i in range(1, size):
        values[i] = memory * values[i - 1] + steps[i]
    return level * np.exp(spread * values)


def built(
    name: str,
    target: str,
    root: str,
    lengths: tuple[float, float],
    *,
    calls: Calls = (),
    values: Values | None = None,
    step: float = 1.0,
    spans: Iterable[TimedSpan] = (),
    lines: Iterable[LogLine] = (),
    metric: str | None = None,
) -> Case:
    """The case of a system that begins at `START`; `lengths` are the seconds before and after the
    onset, `root` is empty for a normal window. Traces and lines are series too."""
    onset = START + lengths[0]
    spans, lines = tuple(spans), tuple(lines)
    calls = tuple(sorted({*calls, *dependencies_of(spans)}))
    named = {target, *(one for pair in calls for one in pair), *(line.component for line in lines)}
    series = {}
    for (component, measured), column in (values or {}).items():
        named.add(component)
        times = START + step * np.arange(column.size, dtype=np.float64)
        series[SeriesKey(component, measured)] = Series(times, column)
    return with_signals(
        Case(
            name=name,
            target=target,
            symptom=window(onset, onset + lengths[1]),
            baseline=window(START, onset),
            topology=Topology(tuple(sorted(named)), calls),
            series=series,
            metric=metric,
            label=(root,) if root else (),
            logs=lines,
            traces=spans,
        )
    )
