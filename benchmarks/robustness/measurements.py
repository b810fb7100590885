"""Variations of what is measured, in which unit, and over which windows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from functools import partial

import numpy as np

from benchmarks.robustness.variations import Change, Variation
from labo.domain.diagnosis.localisation.telemetry_signals import with_signals
from labo.domain.diagnosis.localisation.trace_signals import is_derived
from labo.domain.entities.series import Case, Series, SeriesKey, Window

FACTORS = (1e6, 1e-3)
"""Bytes for megabytes, milliseconds for seconds."""
MOST_MICROSECONDS = 1_000
CONSTANTS = {"build_info": 1.0, "limit_bytes": 2**31, "feature_disabled": 0.0}


def unmeasured(case: Case, components: Collection[str]) -> Case:
    """The case without any telemetry of these components; the call graph still has them. What is
    derived from traces and lines is derived anew from the remaining ones."""
    return with_signals(
        replace(
            case,
            series={
                key: one
                for key, one in case.series.items()
                if key.component not in components
                and not (is_derived(key.metric) and (case.traces or case.logs))
            },
            logs=tuple(line for line in case.logs if line.component not in components),
            traces=tuple(span for span in case.traces if span.component not in components),
        )
    )


def without_cause(case: Case, _rng: np.random.Generator) -> Case | None:
    """Nothing is measured at the root; does not apply where that is the target, or none is."""
    return None if case.target in case.label or not case.label else unmeasured(case, case.label)


def without_target(case: Case, _rng: np.random.Generator) -> Case | None:
    """Nothing is measured at the target; does not apply where that is the root."""
    return None if case.target in case.label else unmeasured(case, {case.target})


def in_other_units(case: Case, rng: np.random.Generator) -> Case:
    """All metrics of a random half of the components in another unit."""
    names = sorted({key.component for key in case.series})
    chosen = rng.permutation(names)[: len(names) // 2]
    factors = {str(name): float(rng.choice(FACTORS)) for name in chosen}
    return replace(
        case,
        series={
            key: Series(one.timestamps, one.values * factors.get(key.component, 1.0))
            for key, one in case.series.items()
        },
    )


def with_constants(case: Case, _rng: np.random.Generator) -> Case:
    """Three constant series at every measured component."""
    stamps = {key.component: one.timestamps for key, one in case.series.items()}
    more = {
        SeriesKey(name, metric): Series(times, np.full(times.size, value))
        for name, times in stamps.items()
        for metric, value in CONSTANTS.items()
    }
    return replace(case, series={**case.series, **more})


def onset_moved(seconds: float) -> Change:
    """The onset is reported later by `seconds`, earlier if negative; the baseline ends there."""
    return partial(_with_onset_moved, seconds)


def _with_onset_moved(seconds: float, case: Case, _rng: np.random.Generator) -> Case:
    onset = case.symptom.start + timedelta(seconds=seconds)
    return replace(
        case,
        symptom=Window(onset, case.symptom.end),
        baseline=Window(case.baseline.start, onset),
    )


def last_baseline_samples(count: int) -> Change:
    """Of the baseline only the last `count` sampling times are known."""
    return partial(_with_last_baseline, count)


def _with_last_baseline(count: int, case: Case, _rng: np.random.Generator) -> Case:
    start, end = case.baseline.start.timestamp(), case.baseline.end.timestamp()
    times = np.unique(np.concatenate([one.timestamps for one in case.series.values()]))
    return since(case, float(times[(times >= start) & (times < end)][-count:][0]))


def with_early_sample(case: Case, _rng: np.random.Generator) -> Case | None:
    """Every series has a sample that lies before the first bin by a rounding of floating-point
    numbers alone, where there are eight bins before the onset, each a 16th of the window wide: the
    window's end is moved by the fewest microseconds with which there is one."""
    start = case.symptom.start.timestamp()
    for microseconds in range(1, MOST_MICROSECONDS):
        end = case.symptom.end + timedelta(microseconds=microseconds)
        step = (end.timestamp() - start) / 16
        first = start - 8 * step
        if (first - start) / step < -8 - 1e-9:
            series = {key: _with_sample_at(one, first) for key, one in case.series.items()}
            return replace(case, symptom=Window(case.symptom.start, end), series=series)
    return None


def _with_sample_at(series: Series, moment: float) -> Series:
    """The series with the nearest sample moved to a moment."""
    stamps = series.timestamps.copy()
    stamps[np.abs(stamps - moment).argmin()] = moment
    return Series(stamps, series.values)


def since(case: Case, first: float) -> Case:
    """The case without any telemetry before `first` (epoch seconds), where its baseline begins."""
    later = case.baseline.start + timedelta(seconds=first - case.baseline.start.timestamp())
    return replace(
        case,
        baseline=Window(later, case.baseline.end),
        series={key: _cut(one, first) for key, one in case.series.items()},
        logs=tuple(line for line in case.logs if line.timestamp >= first),
        traces=tuple(span for span in case.traces if span.start >= first),
    )


def _cut(series: Series, first: float) -> Series:
    kept = series.timestamps >= first
    return Series(series.timestamps[kept], series.values[kept])


CAUSE_UNMEASURED = Variation("cause unmeasured", without_cause, is_answerable=False)
TARGET_UNMEASURED = Variation("target unmeasured", without_target)
OTHER_UNITS = Variation("other units", in_other_units)
CONSTANT_SERIES = Variation("constant series added", with_constants)
EARLY_SAMPLE = Variation("sample a rounding before the first bin", with_early_sample)
