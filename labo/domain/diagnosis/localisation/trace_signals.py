"""Series of each component that are derived from a case's traces.

From its own spans: `trace.self_time` (seconds that none of their children covers),
`trace.error_rate` (share that failed) and `trace.unexpected_steps` (share whose steps no span of
the same operation took before, such as those of a request that ends early). From the calls to it,
by its callers' spans: `trace.called.error_rate`, `trace.called.wait_time` (seconds that a call took
longer than the callee's own span: network and queueing), `trace.called.clock_offset` (seconds by
which the callee's span lies outside of the call, as it does when clocks differ) and
`trace.called.retried_at_once` (share of calls that repeat a failed one without backing off).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from labo.domain.diagnosis.localisation.signal_bins import Bins, binned, is_comparable
from labo.domain.diagnosis.localisation.span_values import (
    CALLED_AGAIN,
    CALLED_ERRORS,
    CALLED_OFFSET,
    CALLED_WAIT,
    ERROR_RATE,
    SELF_TIME,
    UNEXPECTED_STEPS,
    Path,
    Spans,
    Value,
)
from labo.domain.diagnosis.localisation.trace_sampling import MAX_SPANS, whole_traces
from labo.domain.entities.series import Case, FloatArray, Series, SeriesKey, TimedSpan
from labo.domain.telemetry.log_rates import is_log_rate

METRICS = frozenset(
    {
        SELF_TIME,
        ERROR_RATE,
        UNEXPECTED_STEPS,
        CALLED_ERRORS,
        CALLED_WAIT,
        CALLED_OFFSET,
        CALLED_AGAIN,
    }
)


def is_derived(metric: str) -> bool:
    """Whether a metric's name is that of a series derived from traces or lines."""
    return metric in METRICS or is_log_rate(metric)


LONGEST_S = 1e9
"""A span that claims to last longer (30 years, in seconds), or less than 0, has no usable times."""
MAX_COMPONENTS = 200
"""Components whose traces or lines become series, in the order of names; it bounds memory."""
NORMAL_SHARE = 0.8
"""Share of the time with spans before the symptom, from its begin, that tells what is normal: as of
metrics the last fifth does not, since an onset is often reported late (`grid.GUARD_SHARE`)."""

_Binned = Sequence[tuple[int, TimedSpan]]
_Kind = tuple[str, str, tuple[str, str]]
"""Component, metric, and what may be compared (`span_values.Value`)."""


def trace_series(case: Case, bins: Bins) -> dict[SeriesKey, Series]:
    """Per component, metric and bin the mean over its spans, or over the calls to it; unknown
    where there are none. Empty unless there are traces in both windows.

    Means of times are as if the operations were as frequent as in normal times: what is asked for
    more often than usual is not slower for that.
    """
    known = [s for s in case.traces if math.isfinite(s.start) and 0 <= s.duration <= LONGEST_S]
    known = whole_traces(known)
    spans = Spans.of(known, case.topology.components)
    starts = [span.start for span in known]
    items = [(bin_, span) for bin_, span, _ in binned(bins, starts, known, MAX_SPANS)]
    if not is_comparable(bins, (bin_ for bin_, _ in items)):
        return {}
    end = _end_of_normal(items, bins)
    values = [(bin_, value) for bin_, span in items for value in spans.values(span)]
    values += _unexpected_steps(items, spans, end)
    usual = _usual_excess([value for bin_, value in values if bin_ < end])
    sums: dict[SeriesKey, FloatArray] = defaultdict(lambda: np.zeros((2, bins.starts.size)))
    for bin_, one in values:
        excess = usual.get((one.component, one.metric, one.kind), 0.0)
        sums[SeriesKey(one.component, one.metric)][:, bin_] += (1.0, one.value - excess)
    return _means(sums, bins)


def _means(sums: Mapping[SeriesKey, FloatArray], bins: Bins) -> dict[SeriesKey, Series]:
    """Of (count, sum) per bin, for the first components."""
    chosen = set(sorted({key.component for key in sums})[:MAX_COMPONENTS])
    found = {}
    for key in sorted(sums, key=lambda key: (key.component, key.metric)):
        count, total = sums[key]
        if key.component in chosen:
            with np.errstate(invalid="ignore"):
                found[key] = Series(bins.starts, total / count)
    return found


def _end_of_normal(items: _Binned, bins: Bins) -> int:
    """The bin before which spans tell what is normal; at least one with spans is."""
    first = min(bin_ for bin_, _ in items)
    return first + max(1, math.ceil(NORMAL_SHARE * (bins.before - first)))


def _unexpected_steps(items: _Binned, spans: Spans, end: int) -> Iterator[tuple[int, Value]]:
    """Of each span whether it is the first with its steps. Where all are normal, too: so their
    share is that of what was seen once, which estimates how much was not seen yet (Good,
    Biometrika 40, 1953)."""
    paths = [(bin_, spans.path(span)) for bin_, span in items]
    seen: Counter[Path] = Counter(path for bin_, path in paths if bin_ < end)
    for bin_, path in paths:
        is_first = seen[path] <= (1 if bin_ < end else 0)
        yield bin_, Value(path[0], UNEXPECTED_STEPS, ("", ""), float(is_first))


def _usual_excess(normal: Sequence[Value]) -> dict[_Kind, float]:
    """By how much the mean of each kind exceeds that of all of its component's, in `normal`."""
    kinds: dict[_Kind, list[float]] = defaultdict(list)
    metrics: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in normal:
        kinds[one.component, one.metric, one.kind].append(one.value)
        metrics[one.component, one.metric].append(one.value)
    means = {key: math.fsum(found) / len(found) for key, found in metrics.items()}
    return {
        kind: math.fsum(found) / len(found) - means[kind[0], kind[1]]
        for kind, found in kinds.items()
    }
