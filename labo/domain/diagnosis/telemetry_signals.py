"""Traces and log lines of a case as series, so that they are weighed like any metric.

Per component: `trace.self_time` (seconds that its spans took without their children),
`trace.error_rate` (share of its spans that failed), `log.errors.rate` and, for the templates that
changed most, `log.template.<id>.rate` (lines a minute). Each is judged against its own baseline;
where traces or lines do not reach into the baseline, nothing is known and nothing is added.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from labo.domain.detection.log_rates import ERRORS, is_log_rate, template_metric
from labo.domain.logs.templates import WILDCARD, mask, template
from labo.domain.series import Case, FloatArray, LogLine, Series, SeriesKey, TimedSpan

SELF_TIME = "trace.self_time"
ERROR_RATE = "trace.error_rate"

LONGEST_S = 1e9
"""What claims to last longer, or less than nothing, has no usable times."""

MAX_SPANS = 5_000
MAX_ITEMS = 1_000
"""Of each window so many spans and lines are read; of more, every second, third … stands for
the others."""

MAX_TEMPLATES = 5
"""Templates of one component that become series: those that changed most."""

SHORTEST_NAME = 3
"""A shorter one would be a word of any sentence."""

MAX_COMPONENTS = 200
WINDOW_BINS, BASELINE_BINS, MIN_BIN_S = 16, 200, 1.0
_ERROR_LEVELS = frozenset({"ERROR", "CRITICAL", "FATAL", "SEVERE"})

_Item = TypeVar("_Item", LogLine, TimedSpan)
_Found = dict[SeriesKey, Series]


def with_signals(case: Case) -> Case:
    """The case with its traces and lines as series. A series of the case's own stays as it is.

    The target's own trouble is judged by its metrics; it keeps such series only where it has
    nothing else.
    """
    measured = any(k.component == case.target and not _is_derived(k.metric) for k in case.series)
    bins = _bins(case)
    found = {**_trace_series(case, bins), **_log_series(case, bins), **case.series}
    kept = {
        key: series
        for key, series in found.items()
        if not (measured and key.component == case.target and _is_derived(key.metric))
    }
    return replace(case, series=kept) if kept.keys() != case.series.keys() else case


def _is_derived(metric: str) -> bool:
    return metric in (SELF_TIME, ERROR_RATE) or is_log_rate(metric)


def self_times(spans: Sequence[TimedSpan]) -> list[float]:
    """Each span's seconds that none of its children covers; NaN where the times are unknown.

    Children that overlap count once; what lies outside of their parent (skewed clocks, messages
    taken up later) does not count.
    """
    children: dict[tuple[str, str], list[TimedSpan]] = defaultdict(list)
    for span in spans:
        if span.parent and span.parent != span.id:
            children[span.trace, span.parent].append(span)
    return [_uncovered(span, children.get((span.trace, span.id), ())) for span in spans]


def _uncovered(span: TimedSpan, children: Iterable[TimedSpan]) -> float:
    end = span.start + span.duration
    covered, reached = 0.0, span.start
    for child in sorted(children, key=lambda one: (one.start, one.duration)):
        begin, finish = max(child.start, reached), min(child.start + child.duration, end)
        if finish > begin:
            covered += finish - begin
            reached = finish
    return span.duration - covered


@dataclass(frozen=True, slots=True, eq=False)
class _Bins:
    """Equally wide bins: `before` of them end at the baseline's end, the others begin at the
    onset. `starts` ascend when the baseline lies before the symptom."""

    starts: FloatArray
    width: float
    before: int

    def places(self, times: FloatArray) -> npt.NDArray[np.int64]:
        """The bin that holds each moment, -1 for none."""
        found = np.full(times.size, -1, dtype=np.int64)
        for first, last in ((0, self.before), (self.before, self.starts.size)):
            if first < last:
                offset = np.floor((times - self.starts[first]) / self.width)
                inside = (offset >= 0) & (offset < last - first)
                found[inside] = first + offset[inside].astype(np.int64)
        return found


def _bins(case: Case) -> _Bins:
    start, end = case.symptom.start.timestamp(), case.symptom.end.timestamp()
    width = max((end - start) / WINDOW_BINS, MIN_BIN_S)
    past = case.baseline.end.timestamp() - case.baseline.start.timestamp()
    before = max(0, min(BASELINE_BINS, int(past / width)))
    during = max(1, math.ceil((end - start) / width - 1e-9))
    baseline = case.baseline.end.timestamp() - width * np.arange(before, 0, -1)
    starts = np.concatenate([baseline, start + width * np.arange(during)])
    return _Bins(starts.astype(np.float64), width, before)


def _placed(
    bins: _Bins, times: Sequence[float], items: Sequence[_Item]
) -> list[tuple[int, _Item, float]]:
    """(bin, item, weight) within the windows; of too many, each stands for some of its window."""
    places = bins.places(np.array(times, dtype=np.float64))
    placed: list[tuple[int, _Item, float]] = []
    for inside in ((places >= 0) & (places < bins.before), places >= bins.before):
        own = np.flatnonzero(inside)
        stride = max(1, math.ceil(own.size / MAX_ITEMS))
        chosen = own[::stride]
        places_of = zip(chosen.tolist(), places[chosen].tolist(), strict=True)
        placed += [(place, items[i], float(stride)) for i, place in places_of]
    return placed


def _is_comparable(bins: _Bins, places: Iterable[int]) -> bool:
    """Whether there is something before and something during."""
    seen = {place < bins.before for place in places}
    return len(seen) == 2


def _trace_series(case: Case, bins: _Bins) -> _Found:
    known = [s for s in case.traces if math.isfinite(s.start) and 0 <= s.duration <= LONGEST_S]
    known = _whole_traces(known)
    own = dict(zip(known, self_times(known), strict=True))
    placed = _placed(bins, [span.start for span in known], known)
    if not _is_comparable(bins, (place for place, _, _ in placed)):
        return {}
    called = {(span.trace, span.parent) for span in known}
    components = set(case.topology.components)
    sums: dict[str, FloatArray] = defaultdict(lambda: np.zeros((3, bins.starts.size)))
    for place, span, _ in placed:
        # A call that nobody answered with a span took its time in the callee.
        is_leaf = (span.trace, span.id) not in called
        name = span.peer if is_leaf and span.peer in components else span.component
        sums[name][:, place] += (1.0, own[span], float(span.is_error))
    found = {}
    for name in sorted(sums)[:MAX_COMPONENTS]:
        count, seconds, errors = sums[name]
        with np.errstate(invalid="ignore"):
            found[SeriesKey(name, SELF_TIME)] = Series(bins.starts, seconds / count)
            found[SeriesKey(name, ERROR_RATE)] = Series(bins.starts, errors / count)
    return found


def _whole_traces(spans: list[TimedSpan]) -> list[TimedSpan]:
    """Of too many spans, every second, third … trace with all of its spans."""
    stride = math.ceil(len(spans) / MAX_SPANS)
    if stride <= 1:
        return spans
    numbers = {trace: i for i, trace in enumerate(dict.fromkeys(span.trace for span in spans))}
    return [span for span in spans if numbers[span.trace] % stride == 0]


def _log_series(case: Case, bins: _Bins) -> _Found:
    known = [line for line in case.logs if math.isfinite(line.timestamp)]
    placed = _placed(bins, [line.timestamp for line in known], known)
    places = [place for place, _, _ in placed]
    if not _is_comparable(bins, places):
        return {}
    size = bins.starts.size
    errors: dict[str, FloatArray] = defaultdict(lambda: np.zeros(size))
    templates: dict[str, dict[str, FloatArray]] = defaultdict(dict)
    names = _names(case)
    for place, line, weight in placed:
        errors[line.component][place] += weight * (line.severity.upper() in _ERROR_LEVELS)
        text = mask(names.sub(WILDCARD, line.body))
        rates = templates[line.component].setdefault(text, np.zeros(size))
        rates[place] += weight
    # Before the first line of all and after the last, nothing is known: that is no silence.
    unknown = np.ones(size, dtype=bool)
    unknown[min(places) : max(places) + 1] = False
    found = {}
    for component in sorted(errors)[:MAX_COMPONENTS]:
        chosen = {ERRORS: errors[component]} if errors[component].any() else {}
        for text in _most_changed(templates[component], bins):
            chosen[template_metric(template(text).id)] = templates[component][text]
        for metric, counts in chosen.items():
            rate = np.where(unknown, np.nan, counts * (60.0 / bins.width))
            found[SeriesKey(component, metric)] = Series(bins.starts, rate)
    return found


def _names(case: Case) -> re.Pattern[str]:
    """The system's own names of components and operations, as words: they vary from system to
    system, where what is complained of does not."""
    told = {name for span in case.traces for name in (span.operation, span.peer)}
    names = {n for n in told | set(case.topology.components) if len(n) >= SHORTEST_NAME}
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    any_of = "|".join(map(re.escape, longest_first)) or "(?!)"
    return re.compile(rf"(?<![\w.-])(?:{any_of})(?![\w-])")


def _most_changed(counts: Mapping[str, FloatArray], bins: _Bins) -> list[str]:
    """Lost, new and otherwise changed templates, by the difference of the rates' square roots,
    whose noise does not depend on the rate (Anscombe, Biometrika 35, 1948)."""

    def moved(text: str) -> float:
        before, during = counts[text][: bins.before].mean(), counts[text][bins.before :].mean()
        return float(abs(math.sqrt(during) - math.sqrt(before)))

    return sorted(counts, key=lambda text: (-moved(text), text))[:MAX_TEMPLATES]
