"""A baseline of another time, moved to where a live diagnosis looks."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from labo.domain.diagnosis.scope import with_baseline_before
from labo.domain.entities.series import Case, Series, SeriesKey, Topology, Window

KEY = SeriesKey("front", "latency")


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def a_case(baseline: tuple[float, float], samples: dict[float, float]) -> Case:
    times = np.array(sorted(samples), dtype=np.float64)
    values = np.array([samples[t] for t in times.tolist()], dtype=np.float64)
    return Case(
        name="c",
        target="front",
        symptom=Window(moment(1000), moment(1100)),
        baseline=Window(moment(baseline[0]), moment(baseline[1])),
        topology=Topology(("front",), ()),
        series={KEY: Series(times, values)},
    )


def samples_of(case: Case) -> dict[float, float]:
    series = case.series[KEY]
    return dict(zip(series.timestamps.tolist(), series.values.tolist(), strict=True))


def test_a_later_baseline_moves_to_end_where_the_symptom_begins() -> None:
    """The PetShop data set recorded its normal hours months after the incidents."""
    case = with_baseline_before(a_case((9000, 9020), {1000: 5, 1050: 6, 9000: 1, 9010: 2}))

    assert samples_of(case) == {980: 1, 990: 2, 1000: 5, 1050: 6}
    assert case.baseline == Window(moment(980), moment(1000))


def test_samples_in_the_way_of_the_moved_baseline_are_left_out() -> None:
    """Two times of normality must not be mixed."""
    case = with_baseline_before(a_case((9000, 9020), {970: 7, 985: 8, 1000: 5, 9000: 1, 9010: 2}))

    assert samples_of(case) == {970: 7, 980: 1, 990: 2, 1000: 5}


def test_a_baseline_right_before_the_symptom_stays() -> None:
    """The usual case is not touched."""
    case = a_case((900, 1000), {900: 1, 950: 2, 1000: 5})

    assert with_baseline_before(case) is case


def test_a_baseline_of_long_ago_moves_too() -> None:
    """A live diagnosis looks back one week only."""
    long_ago = 1000 - 30 * 86400.0
    case = a_case((long_ago, long_ago + 20), {long_ago: 1, long_ago + 10: 2, 1000: 5})

    assert samples_of(with_baseline_before(case)) == {980: 1, 990: 2, 1000: 5}
