"""A case's series on one time grid, as deviations from each series' own baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labo.domain.diagnosis.counters import rates
from labo.domain.diagnosis.localisation.trace_signals import is_derived
from labo.domain.entities.harm import harm
from labo.domain.entities.scale import MAX_DEVIATION, MIN_BASELINE_SAMPLES, compressed, row_scales
from labo.domain.entities.series import Case, FloatArray, Series, SeriesKey

MAX_WINDOW_BINS = 16
"""Bins of the symptom window: every run of them is tested, so that time grows with the square.
PetShop's windows have 5 samples, and nothing changes from 8 to 32."""
MAX_LEAD_BINS = 8
"""Bins before the onset, which show the state just before: an onset is often reported late. At most
as many as the window has. PetShop: one more false alarm with 4, nothing changes with 16."""
COARSE = 1.5
"""Bins between samples from which a series counts as sampled more coarsely than the target: below,
it is jitter. PetShop samples everything at once."""
REGULAR_SHARE = 0.9
"""Share of the gaps that has to be near the usual one: a series with samples only now and then has
no value in between. By judgement."""
GUARD_S, GUARD_SHARE = 600.0, 0.2
"""The last seconds of the baseline, at most, and the share of what was observed, that are not
compared with: an onset is often reported late, and trouble within the baseline inflates the scales
(design: causality, section 1). Sock Shop with an onset reported 60 s late, a fifth of its baseline:
8 of 50 right without, 49 with. PetShop's baselines are months before."""
SCALE_DOUBT = 2.0
"""By how much a scale is widened, as a share, times the root of the bins that it is estimated from:
few bins give wide intervals, not bold significance. About two standard errors of an interquartile
range (1.6 / root n). Sock Shop's normal windows: 3 of 50 LIKELY without, none with 2 and 4;
PetShop: 49 right without, 48 with 2 and 4."""
MAX_BASELINE_BINS = 2_000
"""Newest bins of the baseline: enough to resolve a probability of 0.05 %, and it bounds time and
memory. PetShop: nothing changes from 1,000 to 4,000."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Rows are series in the order of `keys` (sorted, so a case's own order is forgotten).

    `local` (series, lead + window) and `baseline` (series, bins) hold deviations per bin, in
    units of the baseline's robust scale, signed so that **positive is harmful** (`harms` 0:
    either sign), NaN = unknown. The first `lead` columns of `local` lie before the onset.
    `reported` has the shape of `local`: whether any sample, be it NaN, fell into the bin.
    `raw_local` and `raw_baseline` hold the same bins in the metric's own unit. `step` is a bin's
    width in seconds, `start` when the first local one begins (epoch seconds).
    """

    keys: tuple[SeriesKey, ...]
    harms: npt.NDArray[np.int8]
    local: FloatArray
    baseline: FloatArray
    raw_local: FloatArray
    raw_baseline: FloatArray
    reported: npt.NDArray[np.bool_]
    lead: int
    step: float
    start: float

    def rows(self, component: str) -> list[int]:
        """The rows of one component."""
        return [i for i, key in enumerate(self.keys) if key.component == component]


def build_grid(case: Case) -> Grid:
    """Bin every series; bins are anchored at the onset and as wide as the target's sampling
    interval, which is the median gap of its own series, or of all where it has none.

    A window of more than 16 bins is coarsened by averaging. A series that is sampled more coarsely
    holds each value until its next; a cumulative counter becomes its rate. Non-finite values are
    unknown, as is a series with fewer than three baseline bins.
    """
    keys = tuple(sorted(case.series, key=lambda key: (key.component, key.metric)))
    start, end = case.symptom.start.timestamp(), case.symptom.end.timestamp()
    step = _step(case, keys, max(end - start, 0.0))
    window = max(1, int(np.ceil((end - start) / step - 1e-9)))
    lead = min(window, MAX_LEAD_BINS)
    blocks = [_held(block, case, step) for block in _blocks(case, keys)]
    local = np.full((len(keys), lead + window), np.nan)
    reported = np.zeros(local.shape, dtype=bool)
    for block in blocks:
        inside = (block.times >= start - lead * step) & (block.times < end)
        # A time that is a rounding before the first bin belongs to it.
        bins = np.maximum(_bins(block.times[inside], start, step) + lead, 0)
        _fill(local, block, inside, bins)
        reported[block.rows[:, None], bins] = True
    baseline = _baseline(case, len(keys), blocks, step)
    harms = np.array([harm(key.metric) for key in keys], dtype=np.int8)
    scaled_local, scaled_baseline = _standardise(local, baseline, harms)
    first = start - lead * step
    return Grid(
        keys, harms, scaled_local, scaled_baseline, local, baseline, reported, lead, step, first
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Series with identical timestamps, to be processed together: mostly all of them. `derived`:
    from traces and lines, where no value means that nothing happened."""

    times: FloatArray
    rows: npt.NDArray[np.int64]
    values: FloatArray
    derived: bool


def _blocks(case: Case, keys: tuple[SeriesKey, ...]) -> list[_Block]:
    shared: dict[tuple[bool, bytes], list[int]] = {}
    baseline_end = case.baseline.end.timestamp()
    for row, key in enumerate(keys):
        stamps = case.series[key].timestamps.tobytes()
        shared.setdefault((is_derived(key.metric), stamps), []).append(row)
    blocks = []
    for (derived, _), rows in shared.items():
        values = np.stack([case.series[keys[row]].values for row in rows])
        values = np.where(np.isfinite(values), values, np.nan)
        times = case.series[keys[rows[0]]].timestamps
        values = rates(times, values, times < baseline_end)
        blocks.append(_Block(times, np.array(rows, dtype=np.int64), values, derived))
    return blocks


def _held(block: _Block, case: Case, step: float) -> _Block:
    """The block with each sample repeated, bin by bin, until the next is due, where it is sampled
    at regular intervals of several bins; otherwise as it is.

    Only as far back as bins can be used, so that memory stays bounded.
    """
    gaps = np.diff(block.times)
    gaps = gaps[np.isfinite(gaps) & (gaps > 0)]
    native = float(np.median(gaps)) if gaps.size else 0.0
    if block.derived or native < COARSE * step:
        return block
    if float(np.quantile(gaps, REGULAR_SHARE)) > COARSE * native:
        return block
    if (block.times < case.baseline.end.timestamp()).sum() < MIN_BASELINE_SAMPLES:
        return block
    repeats = min(round(native / step), MAX_BASELINE_BINS)
    recent = block.times >= case.baseline.end.timestamp() - MAX_BASELINE_BINS * step
    counts = np.where(recent, repeats, 1)
    source = np.repeat(np.arange(block.times.size), counts)
    offset = np.arange(source.size) - np.repeat(np.cumsum(counts) - counts, counts)
    times = block.times[source] + offset * step
    following = np.append(block.times[1:], np.inf)[source]
    due = times < following - 1e-9 * step
    return _Block(times[due], block.rows, block.values[:, source[due]], block.derived)


def _bins(times: FloatArray, origin: float, step: float) -> npt.NDArray[np.int64]:
    return np.floor((times - origin) / step + 1e-9).astype(np.int64)


def _step(case: Case, keys: tuple[SeriesKey, ...], length: float) -> float:
    own = [k for k in keys if k.component == case.target and not is_derived(k.metric)]
    gaps = [_gaps(case.series[key]) for key in own] or [np.empty(0)]
    pooled = np.concatenate(gaps)
    if pooled.size == 0:
        pooled = np.concatenate([_gaps(case.series[key]) for key in keys] or [np.empty(0)])
    native = float(np.median(pooled)) if pooled.size else 0.0
    step = max(native, length / MAX_WINDOW_BINS)
    return step if np.isfinite(step) and step > 0 else 1.0


def _gaps(series: Series) -> FloatArray:
    gaps = np.diff(series.timestamps)
    positive: FloatArray = gaps[np.isfinite(gaps) & (gaps > 0)]
    return positive


def _fill(
    grid: FloatArray, block: _Block, chosen: npt.NDArray[np.bool_], bins: npt.NDArray[np.int64]
) -> None:
    """Put the chosen samples into their bins; the mean where several share one."""
    values = block.values[:, chosen]
    if (bins[1:] > bins[:-1]).all():
        grid[block.rows[:, None], bins] = values
        return
    for row, own in zip(block.rows, values, strict=True):
        known = np.isfinite(own)
        counts = np.bincount(bins[known], minlength=grid.shape[1])
        with np.errstate(all="ignore"):
            sums = np.bincount(bins[known], weights=own[known], minlength=grid.shape[1])
            means = sums / counts
        grid[row] = np.where(np.isfinite(means), means, np.nan)


def _baseline(case: Case, count: int, blocks: list[_Block], step: float) -> FloatArray:
    """The bins that contain any value, in order of time, without gaps between recordings: before a
    system was watched its traces have samples without a value, and nothing was normal."""
    start, end = case.baseline.start.timestamp(), case.baseline.end.timestamp()
    guarded = [_guarded(block, start, end) for block in blocks]
    bins = [_bins(block.times, end, step) for block in guarded]
    used = np.unique(np.concatenate(bins or [np.empty(0, dtype=np.int64)]))[-MAX_BASELINE_BINS:]
    grid = np.full((count, used.size), np.nan)
    for block, own in zip(guarded, bins, strict=True):
        kept = own >= used[0] if used.size else np.zeros(own.size, dtype=bool)
        _fill(grid, block, kept, np.searchsorted(used, own[kept]))
    return grid[:, np.isfinite(grid).any(axis=0)]


def _guarded(block: _Block, start: float, end: float) -> _Block:
    """What of the block is compared with: the times of the baseline with any value, without those
    at its end that are left out. How many depends on how long a series was observed, so that
    traces of a few minutes are not lost beside others of a day."""
    inside = (block.times >= start) & (block.times < end)
    times, values = block.times[inside], block.values[:, inside]
    known = np.isfinite(values)
    if not times.size:
        return _Block(times, block.rows, values, block.derived)
    first = np.where(known.any(axis=1), times[known.argmax(axis=1)], end)
    guard = np.minimum(GUARD_S, GUARD_SHARE * (end - first))
    values = np.where(times < (end - guard)[:, None], values, np.nan)
    used = np.isfinite(values).any(axis=0)
    return _Block(times[used], block.rows, values[:, used], block.derived)


def _standardise(
    local: FloatArray, baseline: FloatArray, harms: npt.NDArray[np.int8]
) -> tuple[FloatArray, FloatArray]:
    """The z-score of every bin, as `labo.domain.entities.scale` has it of a window's median, but
    compressed and not clipped: each bin is a sample of its own here, since the shape in time is
    compared. What was constant deviates by 10: how far is not known."""
    counts = np.isfinite(baseline).sum(axis=1)
    known = counts >= MIN_BASELINE_SAMPLES
    if baseline.shape[1] == 0 or not known.any():
        return np.full_like(local, np.nan), np.full_like(baseline, np.nan)
    scales = row_scales(baseline)
    doubt = 1 + SCALE_DOUBT / np.sqrt(np.maximum(counts, 1))
    with np.errstate(over="ignore"):  # beyond the largest float everything is near
        scale = (scales.scales * doubt)[:, None]
    signs = np.where(harms == 0, 1, harms)[:, None]
    scaled = []
    for values in (local, baseline):
        with np.errstate(all="ignore"):
            difference = values - scales.medians[:, None]
            ratio = np.where(scale > 0, difference / scale, np.sign(difference) * MAX_DEVIATION)
        ratio = compressed(ratio) * signs
        ratio[~np.isfinite(values) | ~known[:, None]] = np.nan
        scaled.append(ratio)
    return scaled[0], scaled[1]
