"""The fewest causes that explain when the states of a machine change, from its recordings.

A state is away while a signal has another value than the one that it holds longest. When an effect
goes away is described in bits, either as a point in time, or as that of one of its causes plus a
lag; naming a cause, telling when it had the effect and when not, and the lags have their price too.
The causes are those with the shortest description (minimum description length; Rissanen,
Automatica 14, 1978), chosen greedily. So a cause that explains nothing more beside nearer ones is
none, and one with steady lags is preferred. Which of two came first is decided by the majority.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.causrca_cases import Edge, Recording, Signal
from labo.domain.entities.series import FloatArray

RESOLUTION_S = 0.25
"""Seconds to which times are told: a machine's signals are published a few times a second. By
judgement."""
TOLERANCE_S = 2 * RESOLUTION_S
"""By how much an effect may seem to come before its cause: two intervals of publishing, as the
product's tolerance is two of sampling."""
OCTAVES = 5
"""Doublings of the resolution up to the longest lag, 8 s. Chosen among 4, 8 and 16 s on coolant,
where F1 is .71, .80 and .67."""
LONGEST_S = RESOLUTION_S * 2**OCTAVES
EDGES = np.array([-TOLERANCE_S, 0.0, *(RESOLUTION_S * 2.0**k for k in range(OCTAVES + 1))])
"""Between the classes of lags: before, at once, then by octaves."""


Away = Mapping[int, FloatArray]
"""By recording when a signal went away and came back: shape (2, times), in seconds."""
_NEVER = np.zeros((2, 0))


def usual_values(recordings: Iterable[Recording]) -> dict[str, str]:
    """The value that each signal holds longest."""
    held: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one in recordings:
        for name, signal in one.signals.items():
            lengths = np.diff([*signal.times, one.length])
            for value, length in zip(signal.values, lengths, strict=True):
                held[name][value] += float(length)
    return {name: max(spent, key=lambda v: (spent[v], v)) for name, spent in held.items()}


def times_away(signal: Signal, usual: str, length: float) -> FloatArray:
    """When a signal left its `usual` value and came back, shape (2, times); not what began before
    the recording, and until its end, `length`, where it did not come back."""
    is_away = np.array([value != usual for value in signal.values])
    left = signal.times[1:][is_away[1:] & ~is_away[:-1]]
    back = signal.times[1:][~is_away[1:] & is_away[:-1]]
    return np.array([left, np.append(back[int(is_away[0]) :], length)[: left.size]])


def away_of(recordings: Sequence[Recording], signals: Collection[str]) -> dict[str, Away]:
    """Of each of the `signals` when it was away."""
    usual, found = usual_values(recordings), defaultdict[str, dict[int, FloatArray]](dict)
    for run, one in enumerate(recordings):
        for name in one.signals.keys() & set(signals):
            away = times_away(one.signals[name], usual[name], one.length)
            if away.size:
                found[name][run] = away
    return dict(found)


def causes(recordings: Sequence[Recording], signals: Collection[str]) -> set[Edge]:
    """The (cause, effect) pairs among `signals`."""
    away = away_of(recordings, signals)
    length = sum(one.length for one in recordings)
    found = set()
    for effect in sorted(away):
        pairs = {
            cause: pair
            for cause in sorted(away)
            if cause != effect and (pair := _pair(away[cause], away[effect])).is_in_order
        }
        onsets = sum(one.shape[1] for one in away[effect].values())
        description = _Description(pairs, onsets, length, len(signals))
        found |= {(cause, effect) for cause in description.shortest()}
    return found


def latest_before(recordings: Sequence[Recording], signals: Collection[str]) -> set[Edge]:
    """Control: of each effect the one signal that most often was the last to go away before it."""
    away = away_of(recordings, signals)
    found = set()
    for effect, own in away.items():
        lags = {cause: _pair(away[cause], own).lags for cause in sorted(away) if cause != effect}
        names, every = list(lags), np.stack(list(lags.values()))
        every[every < 0] = np.inf
        last = every.argmin(axis=0)[np.isfinite(every.min(axis=0))]
        if last.size:
            found.add((names[int(np.bincount(last).argmax())], effect))
    return found


@dataclass(frozen=True, slots=True)
class _Pair:
    """`lags` of each onset of the effect behind the last one of the cause, infinite where there is
    none within the longest lag; `misses`: onsets of the cause that the effect could have followed,
    and did not."""

    lags: FloatArray
    misses: int
    is_in_order: bool


def _pair(cause: Away, effect: Away) -> _Pair:
    lags, order, misses = [], 0.0, 0
    for run in (*effect, *(cause.keys() - effect.keys())):
        (left, _), (starts, ends) = cause.get(run, _NEVER), effect.get(run, _NEVER)
        gaps = starts[:, None] - left[None, :]  # (onsets of the effect, of the cause)
        near = np.where(np.abs(gaps) < LONGEST_S, gaps, np.inf)
        follows = (gaps >= -TOLERANCE_S) & (gaps < LONGEST_S)
        is_away = (gaps <= TOLERANCE_S) & (ends[:, None] >= left[None, :])
        misses += int((~(follows | is_away).any(axis=0)).sum())
        if starts.size and left.size:
            nearest = np.take_along_axis(near, np.abs(near).argmin(axis=1)[:, None], axis=1)
            order += float(np.sign(nearest[np.isfinite(nearest)]).sum())
        lags.append(np.where(follows, gaps, np.inf).min(axis=1, initial=np.inf))
    return _Pair(np.concatenate(lags), misses, order > 0)


@dataclass(frozen=True, slots=True)
class _Description:
    """Of one effect with so many `onsets` in so many seconds (`length`), by its possible causes;
    a cause is one of so many `signals`."""

    pairs: Mapping[str, _Pair]
    onsets: int
    length: float
    signals: int

    def shortest(self) -> tuple[str, ...]:
        """The causes with which it is shortest: one after the other added, or taken away again."""
        chosen: tuple[str, ...] = ()
        bits = self._bits(chosen)
        while True:
            others = [tuple(x for x in chosen if x != name) for name in chosen]
            others += [(*chosen, name) for name in self.pairs if name not in chosen]
            best = min(others, key=lambda one: (self._bits(one), one), default=chosen)
            if self._bits(best) >= bits:
                return chosen
            chosen, bits = best, self._bits(best)

    def _bits(self, chosen: tuple[str, ...]) -> float:
        if not chosen or not self.onsets:
            return self.onsets * math.log2(self.length / RESOLUTION_S)
        lags = np.stack([self.pairs[name].lags for name in chosen])
        nearest, shortest = lags.argmin(axis=0), lags.min(axis=0)
        explained = np.isfinite(shortest)
        bits = float((~explained).sum()) * math.log2(self.length / RESOLUTION_S)
        for number, name in enumerate(chosen):
            own = shortest[explained & (nearest == number)]
            bits += math.log2(self.signals) + _share_bits(own.size, self.pairs[name].misses)
            bits += _lag_bits(own)
        return bits


def _share_bits(hits: int, misses: int) -> float:
    """Bits that tell in which order hits and misses came (Krichevsky and Trofimov, IEEE
    Transactions on Information Theory 27, 1981)."""
    from scipy.special import betaln

    return float(betaln(0.5, 0.5) - betaln(hits + 0.5, misses + 0.5)) / math.log(2)


def _lag_bits(lags: FloatArray) -> float:
    """Bits that tell the class of each lag, by the same estimator, and the place within it."""
    widths = np.maximum(np.diff(EDGES) / RESOLUTION_S, 1.0)
    counts, bits = np.full(widths.size, 0.5), 0.0
    for lag in lags:
        place = int(np.clip(np.searchsorted(EDGES, lag, side="right") - 1, 0, widths.size - 1))
        bits += math.log2(counts.sum() / counts[place] * widths[place])
        counts[place] += 1
    return bits
