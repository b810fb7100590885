"""Feature vectors: how the shape of each metric of a component changed, to distinguish problems.

The median shows a persistent fault. But a flushed cache recovers within the window, a stampede
comes in waves, and a leak grows slowly: so in addition to the level there are the swing, the trend
and both ends of the distribution, each against its own baseline.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from labo.domain.diagnosis.classification.fingerprint import (
    blocks,
    fingerprints,
    inside,
    is_heard,
)
from labo.domain.diagnosis.counters import rates
from labo.domain.entities.scale import (
    MAX_DEVIATION,
    in_scales,
    row_medians,
    row_quantiles,
    row_scales,
    row_standard_deviations,
)
from labo.domain.entities.series import Case, FloatArray
from labo.domain.telemetry.log_rates import is_log_rate
from labo.domain.telemetry.rollups import call_statistic

MIN_SAMPLES = 6
"""Samples, both before and during the symptom, below which a shape is unknown: its thirds would
have one each."""
SWING = 3.0
"""Value of `swing` at twice the baseline's standard deviation, its negative at half. By judgement:
as far as a deviation that is noticed."""
LEAST_SCALE = 0.02
"""Least scale as a share of the median: smaller changes are not a change of shape. By judgement."""
LINES = "log"
"""The source that represents all series derived from log lines."""
SHAPES = frozenset({"swing", "trend", "top", "bottom"})
"""See `_shapes`."""
NOTICED = 0.7
"""Smaller values are noise and left out: about one standard deviation of normal noise, the scale
being its interquartile range."""

_TINY = float(np.finfo(np.float64).tiny)

FeatureVector = dict[str, float]
"""Feature → compressed value, without noise: `metric` for the level, `metric~shape` for a shape.
Metrics of calls have the same name on all roles. Unmeasured metrics are not represented."""


def feature_vectors(case: Case, components: Collection[str]) -> dict[str, FeatureVector]:
    """The feature vector of each component in the symptom window, against the baseline."""
    found: dict[str, FeatureVector] = {name: {} for name in components}
    for name, z_scores in fingerprints(case, components).items():
        for metric, value in z_scores.items():
            _add(found[name], common_name(metric), value)
    for keys, times, values in blocks(case, frozenset(components), None):
        before, during = inside(times, case.baseline), inside(times, case.symptom)
        if min(before.size, during.size) < MIN_SAMPLES:
            continue
        past = np.isin(np.arange(times.size), before)
        read = rates(times, np.where(np.isfinite(values), values, np.nan), past)
        for shape, column in _shapes(read[:, before], read[:, during]).items():
            for key, value in zip(keys, column.tolist(), strict=True):
                if not is_log_rate(key.metric):
                    _add(found[key.component], feature_name(common_name(key.metric), shape), value)
    return found


def feature_name(metric: str, shape: str) -> str:
    """`metric~shape`; the level has the name of its metric."""
    return f"{metric}~{shape}"


def source_of(feature: str) -> str:
    """The metric behind a feature; all log lines are one source, as a line's template is only known
    once it was written.

    >>> source_of("call.duration.p95~top"), source_of("log.template.82ad.rate")
    ('call.duration.p95', 'log')
    """
    metric, _, shape = feature.rpartition("~")
    metric = metric if shape in SHAPES else feature
    return LINES if is_log_rate(metric) else metric


def is_level(feature: str) -> bool:
    """Whether a feature is how far a metric moved, and not its shape in time.

    >>> is_level("call.duration.p95"), is_level("call.duration.p95~top")
    (True, False)
    """
    return feature.rpartition("~")[2] not in SHAPES


def measured_by(case: Case, role_of: Callable[[str], str]) -> dict[str, frozenset[str]]:
    """Role → the sources that its components measure."""
    found: dict[str, set[str]] = {}
    for key in case.series:
        found.setdefault(role_of(key.component), set()).add(source_of(common_name(key.metric)))
    heard = {LINES} if is_heard(case) else set()
    return {role: frozenset(sources | heard) for role, sources in found.items()}


def common_name(metric: str) -> str:
    """The role-independent name of a metric: rate, errors and durations of calls are comparable.

    >>> common_name("db.client.operation.duration.p95"), common_name("queue.length")
    ('call.duration.p95', 'queue.length')
    """
    statistic = call_statistic(metric)
    return f"call.{statistic}" if statistic else metric


def _add(features: FeatureVector, feature: str, value: float) -> None:
    """Add a feature; of two protocols under one name on a component, the value that moved more."""
    if abs(value) >= max(NOTICED, abs(features.get(feature, 0.0))):
        features[feature] = round(value, 2)


def _shapes(before: FloatArray, during: FloatArray) -> dict[str, FloatArray]:
    """Per shape one value per row of (series, samples), compressed; NaN = unknown.

    `swing` is 3 log2 of the ratio of the standard deviations; `trend` the last third's median
    minus the first third's, `top` and `bottom` the changes of the 95th and 5th percentile, all in
    robust scales of the baseline. Not the z-scores of `labo.domain.entities.scale`, whose medians
    are insensitive to these; the scale is at least `LEAST_SCALE` of the median, since the ends of
    a distribution move more by chance than its middle.
    """
    third = during.shape[1] // 3
    with np.errstate(all="ignore"):
        least = LEAST_SCALE * np.abs(row_medians(before))
        scale = np.maximum(row_scales(before).scales, least)
        spreads = [row_standard_deviations(values) + least for values in (before, during)]
        ratio = (spreads[1] + _TINY) / (spreads[0] + _TINY)
        trend = row_medians(during[:, -third:]) - row_medians(during[:, :third])
        return {
            "swing": np.clip(SWING * np.log2(ratio), -MAX_DEVIATION, MAX_DEVIATION),
            "trend": in_scales(trend, scale),
            "top": in_scales(row_quantiles(during, 0.95) - row_quantiles(before, 0.95), scale),
            "bottom": in_scales(row_quantiles(during, 0.05) - row_quantiles(before, 0.05), scale),
        }
