"""How strongly each series follows the symptom, in units of its own noise.

The association of a series with the symptom is a matched filter: the inner product of its
deviations with the target's own shape in time, in units of what the same filter gives over the
baseline (its 99 % quantile; docs/adr/0010). `ranking` says how its constants were chosen.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from labo.domain.diagnosis.localisation.chances import tail
from labo.domain.diagnosis.localisation.grid import Grid
from labo.domain.diagnosis.localisation.kinship import is_resource
from labo.domain.diagnosis.localisation.symptom import Symptom
from labo.domain.entities.series import FloatArray

RARE = 0.05
"""Share of baseline windows in which a signal may be as strong and still count (ADR 0010: 1 in 20).
PetShop: 47 right from 0.025 to 0.1."""
NOISE_FLOOR = 0.5
"""Least noise that a signal is divided by, in baseline scales (ADR 0010: half a scale), so that a
nearly constant series does not dominate. PetShop: 47 right with 0.25, but 43 with 1."""
NOISE_UNKNOWN = 1.7
"""Noise assumed, in scales, where the baseline has too few windows: the 99 % quantile of normal,
2.33 / 1.35, the scale being its interquartile range. PetShop's baselines never need it."""
ENOUGH_WINDOWS = 50
"""Baseline windows from which their own 99 % quantile is used as the noise; fewer do not determine
a tail. By judgement; PetShop: 47 right from 25 to 100, as its baselines have thousands."""


def with_steps(
    grid: Grid, symptom: Symptom, strengths: FloatArray, signs: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """What `matched_filter` gave; of a component's own resources a step at the onset, where that is
    stronger. They are used before anything is noticed, and where the target tells of nothing but
    its own resources, its shape is not the fault's. The same arrays where no step is stronger."""
    own = np.array([is_resource(key.metric) for key in grid.keys], dtype=bool)
    if not own.any():
        return strengths, signs
    stepped, directions = matched_filter(grid, _step(grid, symptom))
    better = own & (stepped > strengths)
    if not better.any():
        return strengths, signs
    return np.where(better, stepped, strengths), np.where(better, directions, signs)


def _step(grid: Grid, symptom: Symptom) -> Symptom:
    """The whole window against the bins before it."""
    inside = np.arange(grid.local.shape[1]) >= grid.lead
    weights = inside - inside.mean()
    length = np.linalg.norm(weights)
    weights = weights / length if length > 0 else weights
    return replace(symptom, weights=weights, focus=inside, level=False)


def matched_filter(grid: Grid, symptom: Symptom) -> tuple[FloatArray, FloatArray]:
    """Signal-to-noise of every row, 0 where not rare, NaN where unknown; and its sign."""
    weights = symptom.weights
    used = np.flatnonzero(weights)
    if not used.size:
        return np.where(np.isfinite(grid.local).any(axis=1), 0.0, np.nan), np.ones(len(grid.keys))
    local = grid.local[:, used]
    known = np.isfinite(local)
    enough = known[:, symptom.focus[used]].sum(axis=1) * 2 >= symptom.focus[used].sum()
    held = np.where(known, local, 0.0)
    if not symptom.level:
        means = held.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        held = np.where(known, local - means[:, None], 0.0)
    statistics = held @ weights[used]
    null = _null(grid.baseline, weights[used[0] : used[-1] + 1])
    signs = np.where(grid.harms == 0, np.where(statistics < 0, -1.0, 1.0), 1.0)
    strengths = np.full(len(grid.keys), np.nan)
    for row in np.flatnonzero(enough & np.isfinite(grid.baseline).any(axis=1)):
        strengths[row] = _strength(statistics[row] * signs[row], null[row] * signs[row])
    return strengths, signs


def _null(baseline: FloatArray, weights: FloatArray) -> FloatArray:
    """The same filter at every position of the baseline: shape (series, positions)."""
    positions = baseline.shape[1] - weights.size + 1
    if positions <= 0:
        return np.zeros((baseline.shape[0], 0))
    held = np.where(np.isfinite(baseline), baseline, 0.0)
    null = np.zeros((baseline.shape[0], positions))
    for i, weight in enumerate(weights):
        null += weight * held[:, i : i + positions]
    return null


def _strength(statistic: float, null: FloatArray) -> float:
    if tail(statistic, null) > RARE:
        return 0.0
    floor = NOISE_FLOOR if null.size >= ENOUGH_WINDOWS else NOISE_UNKNOWN
    quantile = 0.0
    if null.size:
        rank_of = int(np.ceil(0.99 * (null.size - 1)))
        quantile = float(np.partition(null, rank_of)[rank_of])
    return float(statistic / max(quantile, floor))
