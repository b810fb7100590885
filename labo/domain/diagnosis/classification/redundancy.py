"""How redundant the metrics of one component are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from labo.domain.entities.series import Case, FloatArray, SeriesKey, Window
from labo.domain.knowledge.signatures import SEEN_FROM

ALIKE = 0.5
"""Absolute correlation from which two metrics are considered redundant (ADR 0017). At 0.25: 110
problems and 25 pairs; at 1, where only copies are redundant: 111 and 28 (see `hypotheses`)."""
MAX_MOVED = 200
"""Metrics that are compared with each other, those that moved furthest: time grows with the square.
"""
MIN_SAMPLES = 8
"""Samples in both windows together below which no correlation is computed. By judgement."""


def redundancy(case: Case, component: str, z_scores: Mapping[str, float]) -> float:
    """The mean size of a cluster of similar metrics among those that moved, at least 1.

    Similar are metrics whose samples, minus their means before and during the symptom, have an
    absolute correlation of 0.5 or more: they share something beyond the problem itself, so that
    they are not independent evidence of it. Clusters grow around the metrics with most similar
    ones.
    """
    moved = sorted(
        (metric for metric, z_score in z_scores.items() if abs(z_score) >= SEEN_FROM),
        key=lambda metric: (-abs(z_scores[metric]), metric),
    )
    rows = _residuals(case, component, moved[:MAX_MOVED])
    if len(rows) < 2:
        return 1.0
    alike = np.abs(rows @ rows.T) >= ALIKE
    np.fill_diagonal(alike, val=True)
    left, clusters = np.ones(len(alike), dtype=bool), 0
    while left.any():
        sizes = np.where(left, alike[:, left].sum(axis=1), 0)
        left &= ~alike[int(sizes.argmax())]
        clusters += 1
    return len(alike) / clusters


def _residuals(case: Case, component: str, metrics: list[str]) -> FloatArray:
    """Centred rows of unit length, of the metrics with the most common timestamps."""
    series = [case.series[SeriesKey(component, metric)] for metric in metrics]
    shared: dict[bytes, list[FloatArray]] = {}
    times: dict[bytes, FloatArray] = {}
    for one in series:
        stamps = one.timestamps.tobytes()
        shared.setdefault(stamps, []).append(one.values)
        times[stamps] = one.timestamps
    if not shared:
        return np.empty((0, 0))
    most = max(shared, key=lambda stamps: len(shared[stamps]))
    parts = [
        _centred(np.stack(shared[most]), times[most], window)
        for window in (case.baseline, case.symptom)
    ]
    rows = np.concatenate(parts, axis=1)
    if rows.shape[1] < MIN_SAMPLES:
        return np.empty((0, 0))
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: FloatArray = rows / np.where(lengths > 0, lengths, 1.0)
    return unit


def _centred(values: FloatArray, times: FloatArray, window: Window) -> FloatArray:
    start, end = window.start.timestamp(), window.end.timestamp()
    inside = np.where(np.isfinite(values), values, np.nan)[:, (times >= start) & (times < end)]
    largest = np.fmax.reduce(np.abs(inside), axis=1, initial=0.0)
    inside = inside / np.where(largest > 0, largest, 1.0)[:, None]
    counts = np.isfinite(inside).sum(axis=1)
    with np.errstate(all="ignore"):
        held = np.where(np.isfinite(inside), inside, 0.0)
        middle = held.sum(axis=1) / np.maximum(counts, 1)
    centred: FloatArray = np.where(np.isfinite(inside), inside - middle[:, None], 0.0)
    return centred
