"""PetShop: 52 incidents of one system in rows of five minutes, 240 normal windows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.petshop import STEP, issue_cases, petshop_folder, window
from benchmarks.petshop_scores import normal_cases
from benchmarks.robustness.calls import EVERY_CALL_VARIATION
from benchmarks.robustness.families.family import Family
from benchmarks.robustness.measurements import (
    CAUSE_UNMEASURED,
    CONSTANT_SERIES,
    OTHER_UNITS,
    TARGET_UNMEASURED,
    last_baseline_samples,
    onset_moved,
)
from benchmarks.robustness.naming import FAMILY_NAMED, NAMES_HIDDEN, NO_METRIC_NAMED
from benchmarks.robustness.variations import AS_IT_IS, Change, Variation
from labo.domain.entities.series import Case, Series

FEW_ROWS = 12


def cases() -> Iterator[Case]:
    """The 52 cases of both traffic levels and splits."""
    return (case for _, case in issue_cases())


def trigger_row(case: Case) -> float:
    """When the row begins in which the alert fired (epoch seconds): the recording's second."""
    traffic, split, folder = case.name.split("-")
    path = petshop_folder() / traffic / split / folder / "target.json"
    fired = float(json.loads(path.read_text(encoding="utf-8"))["target"]["timestamp"])
    begin = case.symptom.start.timestamp()
    return begin + (fired - begin) // STEP * STEP


def from_trigger(case: Case, _rng: np.random.Generator) -> Case | None:
    """The symptom window begins with the alert's row, not with the recording; no normal window has
    an alert."""
    if not case.label:
        return None
    return replace(case, symptom=window(trigger_row(case), case.symptom.end.timestamp()))


def at_trigger(case: Case, _rng: np.random.Generator) -> Case | None:
    """Asked as soon as a whole row after the alert is there: the alert's row and the next."""
    if not case.label:
        return None
    begin = trigger_row(case)
    return replace(case, symptom=window(begin, begin + 2 * STEP))


def adjacent(case: Case) -> Case:
    """The normal recording, made after the incidents or months away, moved to directly before."""
    onset, start = case.symptom.start.timestamp(), case.baseline.start.timestamp()
    end = case.baseline.end.timestamp()
    return replace(
        case,
        baseline=window(start + onset - end, onset),
        series={key: _moved(one, start, end, onset - end) for key, one in case.series.items()},
    )


def _moved(series: Series, start: float, end: float, seconds: float) -> Series:
    stamps = series.timestamps
    stamps = np.where((stamps >= start) & (stamps < end), stamps + seconds, stamps)
    order = np.argsort(stamps, kind="stable")
    return Series(stamps[order], series.values[order])


def after_normal(change: Change) -> Change:
    """`change` of the case whose normal recording ends where its incident begins."""
    return partial(_after_normal, change)


def _after_normal(change: Change, case: Case, rng: np.random.Generator) -> Case | None:
    return change(adjacent(case), rng)


FAMILY = Family(
    "PetShop",
    cases,
    (
        AS_IT_IS,
        NAMES_HIDDEN,
        FAMILY_NAMED,
        NO_METRIC_NAMED,
        Variation("window from the alert's row on", from_trigger),
        Variation("window of the alert's row and the next", at_trigger),
        *EVERY_CALL_VARIATION,
        CAUSE_UNMEASURED,
        TARGET_UNMEASURED,
        Variation("onset one row early", after_normal(onset_moved(-STEP))),
        Variation("onset one row late", after_normal(onset_moved(STEP))),
        Variation("baseline of 12 rows", after_normal(last_baseline_samples(FEW_ROWS))),
        OTHER_UNITS,
        CONSTANT_SERIES,
    ),
    normal_cases,
    normal_stride=4,
    remark=(
        "the normal rows were recorded after the incidents; where the onset moves or the baseline "
        "is short, they are moved to directly before. All 240 normal windows are asked as they "
        "are, every fourth under the other variations"
    ),
)
