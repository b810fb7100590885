"""RootCauseBench: in which of its services did each of 16 incidents begin?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.petshop import window
from benchmarks.robustness.calls import LINKED_NOISE, NO_CALL_GRAPH
from benchmarks.robustness.families.family import Family
from benchmarks.robustness.measurements import CONSTANT_SERIES, OTHER_UNITS
from benchmarks.robustness.naming import FAMILY_NAMED, NAMES_HIDDEN, NO_METRIC_NAMED
from benchmarks.robustness.variations import AS_IT_IS
from benchmarks.rootcausebench import LEAD_S, case_of, folders, truth_of
from labo.domain.diagnosis.localisation.telemetry_signals import with_signals
from labo.domain.diagnosis.localisation.trace_signals import is_derived
from labo.domain.entities.series import Case

NORMAL_FROM_S = 1_200.0
"""Seconds after a recording's begin: the first change of all comes 25 minutes after one."""


def cases() -> Iterator[Case]:
    """All 16. A root is never apart from the target, so that neither can be left unmeasured."""
    for folder in folders():
        yield replace(case_of(folder), label=(truth_of(folder)["first_failing_service"],))


def normals() -> Iterator[Case]:
    """Five early minutes of each recording, before any of the changes took effect."""
    for folder in folders():
        case = case_of(folder)
        begin = case.baseline.start.timestamp()
        series = {key: one for key, one in case.series.items() if not is_derived(key.metric)}
        early = window(begin + NORMAL_FROM_S, begin + NORMAL_FROM_S + LEAD_S)
        before = window(begin, begin + NORMAL_FROM_S)
        yield with_signals(replace(case, symptom=early, baseline=before, series=series))


FAMILY = Family(
    "RootCauseBench",
    cases,
    (
        AS_IT_IS,
        NAMES_HIDDEN,
        FAMILY_NAMED,
        NO_METRIC_NAMED,
        LINKED_NOISE,
        NO_CALL_GRAPH,
        OTHER_UNITS,
        CONSTANT_SERIES,
    ),
    normals,
    remark="the alert's service is the root in all 16, so that naming the target scores 1.000",
)
