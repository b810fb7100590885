"""Cumulative counters to increases, by OpenTelemetry's data model of metrics.

A stream is a counter with its start: two senders under one identity (a resource without
`service.instance.id`) are told apart by their starts, and a new start is a reset. Streams without a
start, or with the same, can't be told apart: their values fall and leap back. From then on no
increase is derived from them until they have risen `_CALM` times in a row; a fall that is not
leapt back over is a restart.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import NamedTuple

FRESH_S = 600.0
"""Age, in seconds, up to which a new counter's first value counts as an increase since its start;
of an older one it is unknown when it was added. By judgement."""

_TRIAL = 2
"""Rises that a stream of unknown start has to show before they count: a second sender makes it
fall by then."""
_CALM = 5
"""Rises in a row after which a stream that fell and leapt counts again. By judgement."""
_PLAUSIBLE = 100.0
"""Times the mean since its start by which a first increase may be faster, to count at once. By
judgement: it may come at a burst."""


@dataclass(frozen=True, slots=True)
class Point:
    """One data point. `source` identifies the counter: sender, metric and all attributes.

    `since` is when counting began, in epoch seconds, 0 when unknown; if `is_cumulative`, the value
    counts from there, otherwise it is the increase between `since` and `timestamp`.
    """

    source: str
    system: str
    component: str
    metric: str
    timestamp: float
    since: float
    is_cumulative: bool

    @property
    def stream(self) -> str:
        """The counter with its start. A start that equals the point's time is an unknown one."""
        known = 0 < self.since < self.timestamp and self.is_cumulative
        return f"{self.source}@{self.since:.6f}" if known else self.source


NO_BUCKETS: array[float] = array("d")
"""Buckets as numbers: one's key, its count, the next one's key … As objects they took ten times
that."""


def packed(buckets: Iterable[tuple[int, float]]) -> array[float]:
    """Without those that are empty.

    >>> dict(unpacked(packed([(3, 2.0), (4, 0.0)])))
    {3: 2.0}
    """
    return array("d", (number for pair in buckets if pair[1] for number in pair))


def unpacked(buckets: array[float]) -> Iterable[tuple[int, float]]:
    """(key, count) of each."""
    return zip(map(int, buckets[::2]), buckets[1::2], strict=True)


class Counted(NamedTuple):
    """The state of a stream: its start, its newest time, and the values from which the next
    increase counts, at `based_at`. The first of `values` is a count or an amount.

    `newest` is the newest first value. `trial` rises are still needed before increases count;
    `peak` is the value from which it fell, 0 when it did not. `is_mixed`: several senders.
    """

    since: float
    timestamp: float
    values: tuple[float, ...]
    buckets: array[float] = NO_BUCKETS
    based_at: float = 0.0
    newest: float = 0.0
    trial: int = 0
    peak: float = 0.0
    is_mixed: bool = False


class Growth(NamedTuple):
    """By how much each value increased since a moment; `past` are the buckets' counts then."""

    since: float
    values: tuple[float, ...]
    past: Mapping[int, float]


Memory = MutableMapping[str, Counted]
"""By `Point.stream`."""


def growth(
    point: Point,
    values: tuple[float, ...],
    memory: Memory,
    buckets: array[float] = NO_BUCKETS,
) -> Growth | None:
    """The increase that a cumulative point shows; None while it is unknown. Updates `memory`."""
    key = point.stream
    before = memory.get(key)
    if before is None:
        return _begun(point, values, memory, buckets)
    if point.timestamp <= before.timestamp:
        return None
    now = Counted(point.since, point.timestamp, values, buckets, point.timestamp, newest=values[0])
    after = _next(before, now)
    memory[key] = after
    if after.trial or before.is_mixed or after.based_at < after.timestamp:
        return None
    grown = tuple(new - old for new, old in zip(values, before.values, strict=True))
    return Growth(before.based_at, grown, dict(unpacked(before.buckets)))


def level(point: Point, change: float, memory: Memory) -> float:
    """The level of a sum that is sent as its changes, from 0 at the first that was seen."""
    before = memory.get(point.source)
    shown = (before.values[0] if before else 0.0) + change
    at = max(point.timestamp, before.timestamp if before else 0.0)
    memory[point.source] = Counted(point.since, at, (shown,))
    return shown


def _begun(
    point: Point,
    values: tuple[float, ...],
    memory: Memory,
    buckets: array[float],
) -> Growth | None:
    at = point.timestamp
    is_fresh = 0 < point.since < at and at - point.since <= FRESH_S
    memory[point.stream] = Counted(
        point.since, at, values, buckets, at, values[0], 0 if is_fresh else _TRIAL
    )
    if 0 < point.since == at:  # the start of a stream whose first value is no increase
        memory[f"{point.source}@{point.since:.6f}"] = memory[point.stream]
    return Growth(point.since, values, {}) if is_fresh else None


def _next(before: Counted, now: Counted) -> Counted:
    """The state after a newer point; its base is `now` when increases up to it count."""
    fell = now.newest < before.newest
    leapt = bool(before.peak) and now.newest >= before.peak
    if leapt and not before.trial:
        leapt = now.newest - before.newest > before.peak / 2
    is_restart = fell and not before.trial and now.newest <= before.newest / 2
    if is_restart:
        zeros = tuple(0.0 for _ in now.values)
        return now._replace(
            values=zeros, buckets=NO_BUCKETS, based_at=before.timestamp, trial=1, peak=before.newest
        )
    if fell or leapt:
        return now._replace(trial=_CALM, is_mixed=True)
    trial = max(0, before.trial - 1)
    if before.is_mixed:
        return now._replace(trial=trial, is_mixed=trial > 0)
    if trial and not _is_plausible(before, now):
        return now._replace(
            values=before.values,
            buckets=before.buckets,
            based_at=before.based_at,
            trial=trial,
            peak=before.peak,
        )
    return now._replace(peak=0.0 if now.newest >= before.peak else before.peak)


def _is_plausible(before: Counted, now: Counted) -> bool:
    """Whether a first increase fits the mean since the start, so that it need not wait."""
    if not 0 < now.since < now.timestamp:
        return False
    mean = now.newest / (now.timestamp - now.since)
    pace = (now.newest - before.newest) / (now.timestamp - before.timestamp)
    return pace <= _PLAUSIBLE * mean
