"""In which shape metrics moved: level, swing, trend and both ends, each against the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.diagnosis.classification.feature_vectors import (
    LINES,
    feature_vectors,
    measured_by,
    source_of,
)
from labo.domain.entities.scale import LARGEST_DEVIATION
from labo.domain.entities.series import Case, FloatArray, Series, SeriesKey, Topology
from labo.domain.telemetry.log_rates import ERRORS, template_metric
from tests.builders.cases import ONSET, STEP, a_window

NORMAL = np.tile([-1.0, 0.0, 1.0, 0.0], 10)
"""Median 0 and a scale of 0.5: the 25th and the 75th percentile are half a unit apart."""
STILL = NORMAL[:20]


def a_case_of(series: Mapping[SeriesKey, tuple[FloatArray, FloatArray]]) -> Case:
    """Samples before and during the symptom, one a minute."""
    made = {}
    for key, (before, during) in series.items():
        times = ONSET + STEP * np.arange(-len(before), len(during), dtype=np.float64)
        made[key] = Series(times, np.concatenate([before, during]))
    components = tuple(sorted({key.component for key in series}))
    return Case(
        name="shapes",
        target=components[0],
        symptom=a_window(ONSET, ONSET + 100 * STEP),
        baseline=a_window(ONSET - 100 * STEP, ONSET),
        topology=Topology(components, ()),
        series=made,
    )


def features_of(during: FloatArray, before: FloatArray = NORMAL) -> dict[str, float]:
    """The pattern of a component `db` with one metric, `m`."""
    return feature_vectors(a_case_of({SeriesKey("db", "m"): (before, during)}), ["db"])["db"]


def spiked(value: float) -> FloatArray:
    """Two samples of the middle third stand out."""
    during = STILL.copy()
    during[[8, 11]] = value
    return during


@pytest.mark.parametrize(
    ("during", "expected"),
    [
        (STILL + 2, {"m": 4.0, "m~top": 4.0, "m~bottom": 4.0}),
        (STILL - 2, {"m": -4.0, "m~top": -4.0, "m~bottom": -4.0}),
        (2 * STILL, {"m~swing": 3.0, "m~top": 2.0, "m~bottom": -2.0}),
        (STILL / 2, {"m~swing": -3.0, "m~top": -1.0, "m~bottom": 1.0}),
    ],
    ids=["higher", "lower", "livelier", "calmer"],
)
def test_level_and_swing_read_as_they_moved(during: FloatArray, expected: dict[str, float]) -> None:
    """In scales of normal times; a swing twice as wide reads as 3, one half as wide as -3."""
    assert features_of(during) == expected


@pytest.mark.parametrize("way", [1, -1])
def test_a_creep_reads_as_a_trend(way: int) -> None:
    """The last third's median less the first third's: 14 steps of 0.3 are 8.4 scales of 0.5."""
    found = features_of(way * 0.3 * np.arange(20.0))

    assert found["m~trend"] == way * 8.4
    assert found["m"] == pytest.approx(way * 5.7)


def test_bursts_move_one_end_and_no_median() -> None:
    """Two samples of twenty: what a median never tells of."""
    up, down = features_of(spiked(3.0)), features_of(spiked(-3.0))

    assert (up["m~top"], down["m~bottom"]) == (4.0, -4.0)
    assert up.keys() == {"m~top", "m~swing"}
    assert down.keys() == {"m~bottom", "m~swing"}


def test_noise_is_left_out() -> None:
    """Below 0.7 nothing is said; a little above it is."""
    assert features_of(STILL) == {}
    assert features_of(STILL + 0.3) == {}
    assert features_of(STILL + 0.4) == {"m": 0.8, "m~top": 0.8, "m~bottom": 0.8}


def test_a_change_far_below_the_median_is_no_change_of_shape() -> None:
    """A metric that stands at 100 and begins to wobble by a hundredth has not changed."""
    wobbling = 100 + 0.01 * STILL

    assert features_of(wobbling, np.full(40, 100.0)) == {}


@pytest.mark.parametrize("short", ["before", "during"])
def test_too_few_samples_have_a_level_and_no_shape(short: str) -> None:
    """Five samples are no distribution; six are taken for one."""

    def read(count: int) -> set[str]:
        if short == "before":
            return set(features_of(2 * STILL + 9, NORMAL[:count]))
        return set(features_of(STILL[:count] + 9))

    assert read(5) == {"m"}
    assert {"m", "m~top", "m~bottom"} <= read(6)


def test_metrics_of_calls_have_one_name_on_all_roles() -> None:
    """A slow database and a slow service are slow alike; other metrics keep their names."""
    moved = (NORMAL, STILL + 2)
    case = a_case_of(
        {
            SeriesKey("db", "db.client.operation.duration.p95"): moved,
            SeriesKey("web", "http.server.request.duration.p95"): moved,
            SeriesKey("web", "queue.length"): moved,
        }
    )
    found = feature_vectors(case, ["db", "web", "unmeasured"])
    calls = {"call.duration.p95", "call.duration.p95~top", "call.duration.p95~bottom"}

    assert found["db"].keys() == calls
    assert found["web"].keys() == calls | {
        "queue.length",
        "queue.length~top",
        "queue.length~bottom",
    }
    assert found["unmeasured"] == {}


def test_lines_have_no_shape() -> None:
    """Rates of lines are mostly 0: only whether more or fewer came is read."""
    case = a_case_of({SeriesKey("db", ERRORS): (np.zeros(40), np.full(20, 6.0))})

    assert feature_vectors(case, ["db"]) == {"db": {ERRORS: 10.0}}


def test_what_is_behind_a_feature() -> None:
    """All shapes of a metric are one source, and so are all lines."""
    assert source_of("call.duration.p95~swing") == "call.duration.p95"
    assert source_of("queue.length") == "queue.length"
    assert source_of(ERRORS) == source_of(template_metric("82ad")) == LINES


def test_what_a_case_measures_is_said_by_role() -> None:
    """Components of one role add up; where lines were read at all, all of them were listened to."""
    one = (NORMAL, STILL)
    case = a_case_of(
        {
            SeriesKey("db", "db.client.operation.duration.p95"): one,
            SeriesKey("replica", "disk"): one,
            SeriesKey("web", "cpu"): one,
        }
    )
    roles = {"db": "database", "replica": "database", "web": "service"}
    measured = {"database": {"call.duration.p95", "disk"}, "service": {"cpu"}}
    heard = {role: sources | {LINES} for role, sources in measured.items()}

    assert measured_by(case, roles.__getitem__) == measured
    assert measured_by(replace(case, logs_since=ONSET), roles.__getitem__) == heard


def samples(values: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[FloatArray, FloatArray]]:
    parts = (st.lists(values, min_size=low, max_size=30).map(np.array) for low in (3, 1))
    return st.tuples(*parts)


@settings(max_examples=150)
@given(samples(st.floats(width=64) | st.floats(-3, 3)))
def test_values_are_finite_and_bounded_whatever_was_measured(
    given: tuple[FloatArray, FloatArray],
) -> None:
    """Infinities, gaps and figures near overflow as well; and nothing of noise among them."""
    before, during = given

    assert all(
        0.7 <= abs(value) <= LARGEST_DEVIATION for value in features_of(during, before).values()
    )


@settings(max_examples=100)
@given(
    samples(st.integers(-4096, 4096).map(lambda n: n / 64) | st.just(float("nan"))),
    st.integers(-30, 30),
)
def test_the_unit_does_not_matter(given: tuple[FloatArray, FloatArray], power: int) -> None:
    """Seconds or milliseconds, bytes or megabytes: the same pattern."""
    before, during = given
    unit = 2.0**power

    assert features_of(unit * during, unit * before) == features_of(during, before)


@pytest.mark.parametrize(("one", "other", "kept"), [(4.0, -8.0, -8.0), (8.0, -4.0, 8.0)])
def test_of_two_protocols_of_one_component_counts_what_moved_more(
    one: float, other: float, kept: float
) -> None:
    """Whatever their names are, by which they are read in order."""
    shifted = {"db.client.operation.rate": one, "http.server.request.rate": other}
    case = a_case_of({SeriesKey("db", m): (NORMAL, STILL + by / 2) for m, by in shifted.items()})

    assert feature_vectors(case, ["db"])["db"]["call.rate"] == kept
