"""Telemetry as it really comes: coarse, silent, NaN, circular, cumulative."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.counters import rates
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.entities.reasons import ReasonKind
from labo.domain.entities.series import Case, Series, SeriesKey
from tests.builders.cases import CALLS, a_case

SLOW = {"web": 2.0, "shop": 3.0, "db": 6.0}
DB = SeriesKey("db", "latency")


def with_series(case: Case, key: SeriesKey, series: Series | None) -> Case:
    others = {each: one for each, one in case.series.items() if each != key}
    return replace(case, series=others if series is None else {**others, key: series})


def shares(found: Analysis) -> dict[str, float]:
    return {suspect.component: suspect.probability for suspect in found.suspects}


def kinds(found: Analysis, component: str) -> set[ReasonKind]:
    [suspect] = [one for one in found.suspects if one.component == component]
    return {reason.kind for reason in suspect.reasons}


@pytest.mark.parametrize("every", [2, 5])
def test_a_root_cause_that_is_sampled_more_coarsely_still_leads(every: int) -> None:
    """A value holds until the next is due, so the shape in time can be compared."""
    case = a_case(SLOW)
    whole = case.series[DB]
    coarse = Series(whole.timestamps[::every], whole.values[::every])

    found = analyse(with_series(case, DB, coarse))

    assert (found.suspects[0].component, found.verdict) == ("db", Verdict.LIKELY)


def test_a_sample_now_and_then_holds_for_nothing() -> None:
    """Irregular samples say nothing of the time between them: the component has no usable data."""
    case = a_case(SLOW)
    whole = case.series[DB]
    chosen = np.sort(np.random.default_rng(3).choice(whole.timestamps.size, 25, replace=False))

    found = analyse(with_series(case, DB, Series(whole.timestamps[chosen], whole.values[chosen])))

    assert "db" not in shares(found)


def test_a_component_whose_only_dependency_is_silent_is_not_sure() -> None:
    """Either may be the cause: the answer is inconclusive, says why and what to measure."""
    case = a_case(SLOW, calls=(("web", "shop"), ("shop", "db"), ("web", "auth")))

    found = analyse(with_series(case, DB, None))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.suspects[0].component == "shop"
    assert shares(found)["shop"] < 0.5
    assert ReasonKind.DEPENDENCY_UNOBSERVED in kinds(found, "shop")
    assert ReasonKind.NO_ANOMALOUS_DEPENDENCY not in kinds(found, "shop")
    assert found.next_metric == "db:latency"


def test_a_target_that_deviates_alone_beside_a_silent_dependency_is_not_sure() -> None:
    """It is only where the problem was noticed; what it calls may be the cause."""
    case = a_case(SLOW)
    for key in (SeriesKey("shop", "latency"), DB):
        case = with_series(case, key, None)

    found = analyse(case)

    assert found.verdict is Verdict.INCONCLUSIVE
    assert shares(found)["web"] < 0.6


def test_a_silent_dependency_beside_an_observed_one_is_named() -> None:
    """The component keeps its share, but nobody claims that all it calls is well."""
    found = analyse(with_series(a_case(SLOW), DB, None))

    assert (found.suspects[0].component, found.verdict) == ("shop", Verdict.LIKELY)
    assert ReasonKind.DEPENDENCY_UNOBSERVED in kinds(found, "shop")
    assert ReasonKind.NO_ANOMALOUS_DEPENDENCY not in kinds(found, "shop")


def test_samples_without_a_value_are_unknown() -> None:
    """A ratio of 0/0 is no sign: the answer is that without the series."""
    case = a_case(SLOW)
    auth = SeriesKey("auth", "latency")
    values = case.series[auth].values.copy()
    values[case.series[auth].timestamps >= case.symptom.start.timestamp()] = np.nan
    unknown = with_series(case, auth, Series(case.series[auth].timestamps, values))

    found, without = analyse(unknown), analyse(with_series(case, auth, None))

    assert shares(found) == shares(without)
    assert found.suspects[0].component == "db"


def test_components_that_call_each_other_share_the_suspicion() -> None:
    """Neither explains the other: both lead, and the cycle is named."""
    found = analyse(a_case(SLOW, calls=(*CALLS, ("db", "shop"))))

    leading = [suspect.component for suspect in found.suspects[:2]]
    assert sorted(leading) == ["db", "shop"]
    assert sum(shares(found)[name] for name in leading) > 0.8
    assert found.verdict is Verdict.INCONCLUSIVE
    mutual = [one for one in found.missing if one.kind is ReasonKind.MUTUAL_CALLS]
    assert [one.values["components"] for one in mutual] == ["db, shop"]


def test_steady_counters_are_no_problem() -> None:
    """Raw counters that grow at a usual rate are well, also after a restart."""
    case = a_case({}, metric="requests_total")
    counted = {}
    for key, one in case.series.items():
        totals = 1e6 + np.cumsum(60 * 100 * one.values)
        totals[20:] -= totals[20] if key.component == "web" else 0.0
        counted[key] = Series(one.timestamps, totals)

    found = analyse(replace(case, series=counted))

    assert found.verdict is Verdict.NO_PROBLEM


def test_a_counter_that_stands_still_is_a_symptom() -> None:
    """Requests that stop are seen in the rate, not in the total."""
    case = a_case({"web": 0.0, "shop": 0.0}, metric="requests_total")
    counted = {
        key: Series(one.timestamps, np.cumsum(60 * 100 * one.values))
        for key, one in case.series.items()
    }

    found = analyse(replace(case, series=counted))

    assert found.verdict is not Verdict.NO_PROBLEM
    assert found.suspects[0].component == "shop"


def test_what_is_counted_over_a_reset_is_unknown() -> None:
    """The counter's new value is too little, and no sign of anything."""
    times = np.arange(60.0)
    values = np.concatenate([np.arange(30.0) * 2 + 100, np.arange(30.0) * 2 + 2])[None, :]

    [rate] = rates(times, values, times < 50)

    assert np.flatnonzero(np.isnan(rate)).tolist() == [0, 30]
    assert np.nanmax(rate) == np.nanmin(rate) == 2.0


def test_a_measurement_that_falls_again_is_no_counter() -> None:
    """A level stays as it is."""
    times = np.arange(60.0)
    values = (np.arange(60.0) % 7)[None, :] + 5

    assert (rates(times, values, times < 50) == values).all()
