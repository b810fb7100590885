"""Series of each component that are derived from a case's traces.

From its own spans: `trace.self_time` (seconds that none of their children covers) and
`trace.error_rate` (share that failed). From the calls to it, by its callers' spans:
`trace.called.error_rate`, `trace.called.wait_time` (seconds that a call took longer than the
callee's own span: network and queueing), `trace.called.clock_offset` (seconds by which the callee's
span lies outside of the call, as it does when clocks differ) and `trace.called.retried_at_once`
(share of calls that repeat a failed one without backing off).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from labo.domain.diagnosis.localisation.signal_bins import Bins, binned, is_comparable
from labo.domain.entities.series import Case, FloatArray, Series, SeriesKey, TimedSpan
from labo.domain.telemetry.log_rates import is_log_rate

SELF_TIME = "trace.self_time"
ERROR_RATE = "trace.error_rate"
CALLED_ERRORS = "trace.called.error_rate"
CALLED_WAIT = "trace.called.wait_time"
CALLED_OFFSET = "trace.called.clock_offset"
CALLED_AGAIN = "trace.called.retried_at_once"
UNEXPECTED = "trace.unexpected_steps"
METRICS = frozenset(
    {UNEXPECTED, SELF_TIME, ERROR_RATE, CALLED_ERRORS, CALLED_WAIT, CALLED_OFFSET, CALLED_AGAIN}
)
AT_ONCE = 0.1
"""Pause after a failed call, as a share of its duration, below which a caller does not back off. By
judgement (ADR 0022 names what it detects: a retry storm)."""
SAME_INSTANT = 1e-6
"""Times nearer than this are the same: as floating-point numbers, seconds since the epoch are a
quarter of a microsecond apart."""


def is_derived(metric: str) -> bool:
    """Whether a metric's name is that of a series derived from traces or lines."""
    return metric in METRICS or is_log_rate(metric)


LONGEST_S = 1e9
"""A span that claims to last longer (30 years, in seconds), or less than 0, has no usable times."""

MAX_SPANS = 5_000
"""Spans of each window that are read; of more, only every second, third … trace. It bounds the
time."""
MAX_COMPONENTS = 200
"""Components whose traces or lines become series, in the order of names; it bounds memory."""

_Children = Mapping[tuple[str, str], Sequence[TimedSpan]]
_Call = tuple[str, str, str, str]
"""Trace, calling span, called component and operation."""
_Failed = Mapping[_Call, Sequence[tuple[float, float]]]
"""End and duration of each failed call, in the order of the ends."""
_Value = tuple[str, str, float]
"""Component, metric, and its value for one span."""


def trace_series(case: Case, bins: Bins) -> dict[SeriesKey, Series]:
    """Per component, metric and bin the mean over its spans, or over the calls to it; unknown
    where there are none. Empty unless there are traces in both windows."""
    known = [s for s in case.traces if math.isfinite(s.start) and 0 <= s.duration <= LONGEST_S]
    known = _whole_traces(known)
    children, failed = _children(known), _failed_calls(known)
    binned_items = binned(bins, [span.start for span in known], known, MAX_SPANS)
    if not is_comparable(bins, (bin_ for bin_, _, _ in binned_items)):
        return {}
    components = frozenset(case.topology.components)
    usual, usual_own = Counter(), {}
    for b, one, _ in binned_items:
        if b < bins.before:
            usual[_path(one, children.get((one.trace, one.id), ()))] += 1
            usual_own[one.trace, one.id] = 1
    size = bins.starts.size
    values = [
        (bin_, kind, value)
        for bin_, span, _ in binned_items
        for kind, value in _values_of(span, children, failed, components, usual, usual_own)
    ]
    sums: dict[SeriesKey, FloatArray] = defaultdict(lambda: np.zeros((2, size)))
    corrections = _corrections(values, bins)
    for bin_, kind, value in values:
        sums[SeriesKey(kind[0], kind[1])][:, bin_] += (1.0, value - corrections.get(kind, 0.0))
    chosen = set(sorted({key.component for key in sums})[:MAX_COMPONENTS])
    found = {}
    for key in sorted(sums, key=lambda key: (key.component, key.metric)):
        count, total = sums[key]
        if key.component in chosen:
            with np.errstate(invalid="ignore"):
                found[key] = Series(bins.starts, total / count)
    return found


def _values_of(span, children, failed, components, usual, usual_own):
    own = children.get((span.trace, span.id), ())
    peer = _callee(span, own, components)
    op = span.operation
    answers = [child for child in own if child.component == peer] if peer else []
    # A call without a span of its callee is attributed to the callee in full; of one with such a
    # span what that does not cover is the callee's waiting time.
    if not answers:
        yield (peer if peer and not own else span.component, SELF_TIME, span.component, op), _uncovered(span, own)
    yield (peer if peer and not own else span.component, ERROR_RATE, "", ""), float(span.is_error)
    path = _path(span, own)
    yield (span.component, UNEXPECTED, "", ""), float(usual[path] <= usual_own.get((span.trace, span.id), 0))
    if not peer:
        return
    yield (peer, CALLED_ERRORS, "", ""), float(span.is_error)
    yield (peer, CALLED_AGAIN, "", ""), float(_is_retried_at_once(span, failed))
    if len(answers) == 1 and span.peer_role != "queue":
        [answer] = answers
        before, after = span.start - answer.start, _end(answer) - _end(span)
        yield (peer, CALLED_WAIT, span.component, op), span.duration - answer.duration
        yield (peer, CALLED_OFFSET, "", ""), max(0.0, before, after)


def _callee(span, own, components):
    """The component that the span is a call to: the stated one, else the one of the only span below; "" for none."""
    if span.peer in components and span.peer != span.component:
        return span.peer
    if len(own) == 1 and not span.peer and own[0].component != span.component and own[0].component in components:
        return own[0].component
    return ""


def _path(span, own):
    return span.component, span.operation, frozenset((c.operation, c.peer) for c in own if c.component == span.component)


def _corrections(values, bins):
    """What is subtracted from a value of each kind: by how much its operation's mean in the baseline exceeds
    that of all of its component's."""
    own, all_ = defaultdict(list), defaultdict(list)
    for bin_, kind, value in values:
        if bin_ < bins.before:
            own[kind].append(value)
            all_[kind[:2]].append(value)
    return {kind: float(np.mean(one)) - float(np.mean(all_[kind[:2]])) for kind, one in own.items() if len(one) > 3}


def _failed_calls(spans: Iterable[TimedSpan]) -> _Failed:
    found: dict[_Call, list[tuple[float, float]]] = defaultdict(list)
    for span in spans:
        if span.is_error and span.peer and span.parent:
            found[_call(span)].append((_end(span), span.duration))
    return {call: sorted(ends) for call, ends in found.items()}


def _call(span: TimedSpan) -> _Call:
    return span.trace, span.parent, span.peer, span.operation


def _is_retried_at_once(span: TimedSpan, failed: _Failed) -> bool:
    """Whether the same caller's last failure of the same call was just before this one."""
    ends = failed.get(_call(span), [])
    last = bisect_right(ends, (span.start + SAME_INSTANT, math.inf))
    last -= span.is_error and span.duration <= SAME_INSTANT  # it would be its own repetition
    if last <= 0:
        return False
    end, duration = ends[last - 1]
    return span.start - end <= AT_ONCE * duration


def _end(span: TimedSpan) -> float:
    return span.start + span.duration


def _children(spans: Iterable[TimedSpan]) -> dict[tuple[str, str], list[TimedSpan]]:
    found: dict[tuple[str, str], list[TimedSpan]] = defaultdict(list)
    for span in spans:
        if span.parent and span.parent != span.id:
            found[span.trace, span.parent].append(span)
    return found


def self_times(spans: Sequence[TimedSpan]) -> list[float]:
    """Each span's seconds that none of its children covers; NaN where the times are unknown.

    Overlapping children count once; parts outside of their parent (skewed clocks, messages
    processed later) do not count.
    """
    children = _children(spans)
    return [_uncovered(span, children.get((span.trace, span.id), ())) for span in spans]


def _uncovered(span: TimedSpan, children: Iterable[TimedSpan]) -> float:
    end = _end(span)
    covered, reached = 0.0, span.start
    for child in sorted(children, key=lambda one: (one.start, one.duration)):
        begin, finish = max(child.start, reached), min(_end(child), end)
        if finish > begin:
            covered += finish - begin
            reached = finish
    return span.duration - covered


def _whole_traces(spans: list[TimedSpan]) -> list[TimedSpan]:
    """Of too many spans whole traces, so that rare operations are kept: traces are grouped by their
    rarest operation, every group gets the same number of spans, as far as it has them, and of a group
    every second, third … trace is taken."""
    if len(spans) <= MAX_SPANS:
        return spans
    traces: dict[str, list[TimedSpan]] = defaultdict(list)
    for span in spans:
        traces[span.trace].append(span)
    often = Counter((span.component, span.operation) for span in spans)
    groups: dict[tuple[str, str], list[list[TimedSpan]]] = defaultdict(list)
    for trace in traces.values():
        groups[min(((s.component, s.operation) for s in trace), key=lambda k: (often[k], k))].append(trace)
    left, chosen = MAX_SPANS, []
    waiting = sorted(groups.values(), key=lambda group: sum(map(len, group)))
    for number, group in enumerate(waiting):
        size = sum(map(len, group))
        stride = max(1, math.ceil(size * (len(waiting) - number) / max(left, 1)))
        taken = group[::stride]
        chosen += taken
        left -= sum(map(len, taken))
    return [span for trace in chosen for span in trace]
