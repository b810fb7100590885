"""Equal bins over baseline and symptom, in which spans and lines are counted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from labo.domain.entities.series import Case, FloatArray

WINDOW_BINS, BASELINE_BINS, MIN_BIN_S = 16, 200, 1.0
"""Bins of the symptom, as many as the grid has; bins before it at most, which bounds the time; and
the least width in seconds, so that in a short window not all are empty. By judgement."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Bins of equal width: `before` of them end at the baseline's end, the others begin at the
    onset. `starts` ascend when the baseline precedes the symptom."""

    starts: FloatArray
    width: float
    before: int

    def bins_at(self, times: FloatArray) -> npt.NDArray[np.int64]:
        """The bin that contains each moment, -1 for none."""
        found = np.full(times.size, -1, dtype=np.int64)
        for first, last in ((0, self.before), (self.before, self.starts.size)):
            if first < last:
                offset = np.floor((times - self.starts[first]) / self.width)
                inside = (offset >= 0) & (offset < last - first)
                found[inside] = first + offset[inside].astype(np.int64)
        return found


def bins_of(case: Case) -> Bins:
    """The bins of a case: 16 over the symptom, or fewer of one second, and at most 200 of the same
    width over the time before."""
    start, end = case.symptom.start.timestamp(), case.symptom.end.timestamp()
    width = max((end - start) / WINDOW_BINS, MIN_BIN_S)
    past = case.baseline.end.timestamp() - case.baseline.start.timestamp()
    before = max(0, min(BASELINE_BINS, int(past / width)))
    during = max(1, math.ceil((end - start) / width - 1e-9))
    baseline = case.baseline.end.timestamp() - width * np.arange(before, 0, -1)
    starts = np.concatenate([baseline, start + width * np.arange(during)])
    return Bins(starts.astype(np.float64), width, before)


def binned(
    bins: Bins, times: Sequence[float], items: Sequence[Item], most: int
) -> list[tuple[int, Item, float]]:
    """(bin, item, weight) within the windows; of more than `most` in a window, only every second,
    third … is taken, with the weight of those left out."""
    bins_at = bins.bins_at(np.array(times, dtype=np.float64))
    binned_items: list[tuple[int, Item, float]] = []
    for inside in ((bins_at >= 0) & (bins_at < bins.before), bins_at >= bins.before):
        own = np.flatnonzero(inside)
        stride = max(1, math.ceil(own.size / most))
        chosen = own[::stride]
        indexed_bins = zip(chosen.tolist(), bins_at[chosen].tolist(), strict=True)
        binned_items += [(bin_, items[i], float(stride)) for i, bin_ in indexed_bins]
    return binned_items


def is_comparable(bins: Bins, bins_at: Iterable[int]) -> bool:
    """Whether there are items both before and during the symptom."""
    seen = {bin_ < bins.before for bin_ in bins_at}
    return len(seen) == 2
