"""Systems that tell less than one's own: no names to go by, no calls, few metrics, late alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.entities.reasons import ReasonKind
from labo.domain.entities.series import Case, Series, SeriesKey, Topology
from tests.builders.cases import BEFORE, DURING, ONSET, STEP, a_case, a_window

TIMES = ONSET + STEP * np.arange(-BEFORE, DURING, dtype=np.float64)
LATENCY, CPU = "latency_Average", "cpu_usage"
DOUBTS = {ReasonKind.ORIGIN_UNMEASURED, ReasonKind.ONE_OF_MANY, ReasonKind.OFTEN_WRONG}


def levels(normal: float, during: float, seed: int, times: np.ndarray = TIMES) -> Series:
    """A series with a tenth of its level as noise."""
    values = np.where(times >= ONSET, during, normal)
    noise = np.random.default_rng(seed).standard_normal(times.size)
    return Series(times, values + 0.1 * normal * noise)


def a_system(
    series: Mapping[tuple[str, str], tuple[float, float]],
    *calls: tuple[str, str],
    metric: str | None = LATENCY,
) -> Case:
    """`series` are (normal level, level during the symptom), by component and metric."""
    components = tuple(sorted({component for component, _ in series}))
    return Case(
        name="foreign",
        target="front",
        symptom=a_window(ONSET, ONSET + STEP * DURING),
        baseline=a_window(TIMES[0], ONSET),
        topology=Topology(components, calls),
        series={
            SeriesKey(*key): levels(*level, seed)
            for seed, (key, level) in enumerate(sorted(series.items()))
        },
        metric=metric,
    )


def first(analysis: Analysis) -> tuple[str, Verdict]:
    return analysis.suspects[0].component, analysis.verdict


def doubts(analysis: Analysis) -> set[ReasonKind]:
    """What keeps the leading component from being LIKELY."""
    return {one.kind for one in analysis.missing} & DOUBTS


BALANCED = a_system(
    {
        ("front", LATENCY): (0.2, 0.5),
        ("c1", LATENCY): (0.05, 0.35),
        ("c2", LATENCY): (0.03, 0.33),
        ("c3", LATENCY): (0.04, 0.04),
    },
    ("front", "c1"),
    ("front", "c2"),
    ("front", "c3"),
)
"""`c1`, a load balancer, forwards to `c2`, which the call graph does not say."""


def test_what_forwards_calls_is_explained_by_what_is_behind_it() -> None:
    """Its calls contain those of the service, whatever both are called."""
    found = analyse(BALANCED)

    assert first(found) == ("c2", Verdict.INCONCLUSIVE)
    assert doubts(found) == {ReasonKind.ONE_OF_MANY}  # it would be LIKELY, were more calls known
    [forwarder] = [one for one in found.suspects if one.component == "c1"]
    assert ReasonKind.CONTAINS in {one.kind for one in forwarder.reasons}


def test_a_component_that_is_slower_by_itself_is_not_explained_by_its_neighbour() -> None:
    """The neighbour changed by a fiftieth of it only."""
    series = {**BALANCED.series, SeriesKey("c2", LATENCY): levels(0.03, 0.036, 3)}

    assert analyse(replace(BALANCED, series=series)).suspects[0].component == "c1"


def test_a_small_part_of_the_time_that_callers_wait_explains_little_of_it() -> None:
    """A database takes ten times as long as usual, which is a hundredth of the request's delay."""
    case = a_system(
        {
            ("front", LATENCY): (0.2, 1.2),
            ("orders", LATENCY): (0.1, 1.1),
            ("store", LATENCY): (0.001, 0.01),
        },
        ("front", "orders"),
        ("orders", "store"),
    )

    assert analyse(case).suspects[0].component == "orders"


def test_without_any_call_known_all_are_ranked_and_none_is_claimed() -> None:
    """The component whose calls are contained in those of the others leads."""
    series = {
        ("front", LATENCY): (0.2, 0.5),
        ("orders", LATENCY): (0.1, 0.4),
        ("store", LATENCY): (0.01, 0.31),
        ("mail", LATENCY): (0.05, 0.05),
    }
    found = analyse(a_system(series))

    assert first(found) == ("store", Verdict.INCONCLUSIVE)
    assert ReasonKind.NO_CALL_GRAPH in {one.kind for one in found.missing}
    assert ReasonKind.NOT_REACHABLE not in {one.reason.kind for one in found.ruled_out}


def test_what_is_not_measured_at_all_may_be_the_cause() -> None:
    """Beside an opaque suspect as well as behind one."""
    series = {k: s for k, s in BALANCED.series.items() if k.component != "c2"}
    found = analyse(replace(BALANCED, series=series))

    assert first(found) == ("c1", Verdict.INCONCLUSIVE)
    assert doubts(found) == {ReasonKind.ORIGIN_UNMEASURED}
    assert ("c2", ReasonKind.NO_DATA) in {
        (str(one.values.get("component")), one.kind) for one in found.missing
    }


BUSY = a_system(
    {
        ("front", CPU): (0.2, 0.2),
        ("front", "memory_usage"): (100.0, 100.0),
        ("orders", CPU): (0.1, 0.9),
        ("store", CPU): (0.1, 0.14),
        ("store", "memory_usage"): (1e8, 1e8),
    },
    ("front", "orders"),
    ("orders", "store"),
    metric=None,
)


def test_a_resource_far_from_normal_is_found_though_the_target_looks_well() -> None:
    """It is named and not claimed, since nobody shows that the target is affected."""
    assert first(analyse(BUSY)) == ("orders", Verdict.INCONCLUSIVE)


def test_nothing_that_a_component_calls_explains_its_own_processor() -> None:
    """Its database works harder as well, but by far less."""
    series = {**BUSY.series, SeriesKey("front", "latency"): levels(0.1, 0.6, 9)}
    found = analyse(replace(BUSY, series=series))

    assert first(found) == ("orders", Verdict.LIKELY)


@pytest.mark.parametrize("late_steps", [0, 8])
def test_an_onset_that_is_reported_late_changes_no_answer(late_steps: int) -> None:
    """The trouble in the last minutes of the baseline is no measure of what is normal."""
    onset = ONSET + STEP * late_steps
    times = ONSET + STEP * np.arange(-40, 20, dtype=np.float64)
    case = a_case({"web": 2.0, "shop": 3.0, "db": 6.0})
    series = {
        SeriesKey(name, "latency"): levels(1.0, 1.0 + shift, seed, times)
        for seed, (name, shift) in enumerate({"web": 1.0, "shop": 2.0, "db": 5.0}.items())
    }
    moved = replace(
        case,
        series=series,
        topology=Topology(("db", "shop", "web"), (("shop", "db"), ("web", "shop"))),
        symptom=a_window(onset, times[-1] + STEP),
        baseline=a_window(times[0], onset),
    )

    assert moved.symptom.start - case.symptom.start == timedelta(seconds=STEP * late_steps)
    assert first(analyse(moved)) == ("db", Verdict.LIKELY)


def test_a_family_is_judged_by_its_mean() -> None:
    """A quantile that looks rarer tells less about who calls whom."""
    quantile = {SeriesKey("front", "latency_p99"): levels(1.0, 40.0, 7)}
    case = replace(BALANCED, series={**BALANCED.series, **quantile}, metric="latency")
    found = analyse(case)

    assert first(found) == ("c2", Verdict.INCONCLUSIVE)
    assert doubts(found) == {ReasonKind.ONE_OF_MANY}


def test_errors_that_no_metric_shows_are_a_symptom() -> None:
    """Records are skipped with an error line, and calls are answered as fast as ever."""
    errors = Series(TIMES, np.where(TIMES >= ONSET, 12.0, 0.0))
    calm = {SeriesKey("front", LATENCY): levels(0.2, 0.2, 5)}
    case = replace(
        BALANCED,
        series={**BALANCED.series, **calm, SeriesKey("front", "log.errors.rate"): errors}
        | {SeriesKey(name, LATENCY): levels(0.05, 0.05, 2) for name in ("c1", "c2")},
        metric=None,
    )

    assert first(analyse(case)) == ("front", Verdict.LIKELY)


def test_more_traffic_is_no_cause_that_is_claimed() -> None:
    """Who is called more often does not decide it."""
    case = a_system(
        {("front", "requests_Sum"): (100.0, 900.0), ("orders", "requests_Sum"): (50.0, 50.0)},
        ("front", "orders"),
        metric=None,
    )

    assert first(analyse(case)) == ("front", Verdict.INCONCLUSIVE)
