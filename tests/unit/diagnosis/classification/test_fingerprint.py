"""Readings of a component's metrics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.diagnosis.classification.fingerprint import fingerprint, fingerprints
from labo.domain.diagnosis.classification.redundancy import redundancy
from labo.domain.entities.scale import deviation
from labo.domain.entities.series import Series, SeriesKey
from tests.builders.cases import ONSET, a_window
from tests.builders.problems import METRICS, a_server

TIMES = ONSET + np.arange(-40.0, 20.0)


def read(values: np.ndarray) -> dict[str, float]:
    case = replace(
        a_server([]),
        series={SeriesKey("server", "m"): Series(TIMES, values)},
        baseline=a_window(TIMES[0], ONSET),
        symptom=a_window(ONSET, ONSET + 20),
    )
    return fingerprint(case, "server")


@settings(max_examples=100, deadline=None)
@given(
    values=st.lists(
        st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf, -np.inf, 0.0]),
        min_size=60,
        max_size=60,
    )
)
def test_a_reading_is_the_robust_deviation(values: list[float]) -> None:
    """The same as the formula for one series, unless the series counts something up."""
    series = np.array(values)
    found, known = read(series), series[np.isfinite(series)]
    if np.isfinite(series[:40]).sum() < 3 or not np.isfinite(series[40:]).any():
        assert found == {}
    elif (np.diff(known) < 0).any():
        assert found["m"] == pytest.approx(deviation(series[:40], series[40:]), abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(values=st.lists(st.floats(), min_size=60, max_size=60))
def test_any_series_has_a_reading_within_bounds_or_none(values: list[float]) -> None:
    """Whatever its values: NaN, infinities, the largest floats."""
    assert all(-10 <= z_score <= 10 for z_score in read(np.array(values)).values())


def test_a_counter_is_read_as_its_rate() -> None:
    """A sum that rises as fast as before is normal, one that rises three times as fast is not."""
    rng = np.random.default_rng(1)
    steps = rng.poisson(50, 60).astype(float)
    faster = np.where(TIMES >= ONSET, 3 * steps, steps)

    assert abs(read(np.cumsum(steps))["m"]) < 2
    assert read(np.cumsum(faster))["m"] > 5


def test_constant_and_empty_series() -> None:
    """A constant that stays is normal, one that changes is far off, no data is no reading."""
    stays, jumps = np.full(60, 7.0), np.where(TIMES >= ONSET, 8.0, 7.0)

    assert read(stays) == {"m": 0.0}
    assert read(jumps) == {"m": pytest.approx(10 * (1 + np.log(1 / 0.7)))}  # 1 % of 7 is its scale
    assert read(np.full(60, np.nan)) == {}
    assert fingerprints(replace(a_server([]), series={}), ["server"]) == {"server": {}}


def test_metrics_that_move_together_are_counted_once() -> None:
    """Ten copies of one metric make a cluster of ten; independent ones stay alone."""
    case = a_server(["slow disk"])
    key = SeriesKey("server", "metric0")
    copies = {SeriesKey("server", f"copy{i}"): case.series[key] for i in range(9)}
    alone = redundancy(case, "server", fingerprint(case, "server"))
    crowded = replace(case, series={**copies, key: case.series[key]})

    assert alone == 1.0
    assert redundancy(crowded, "server", fingerprint(crowded, "server")) == 10.0
    assert redundancy(case, "server", {}) == 1.0
    assert len(METRICS) == len(fingerprint(case, "server"))


def test_one_line_never_said_before_is_a_reading() -> None:
    """Its rate has a median of 0 all the same; an ordinary fluctuation of many lines is none."""
    rates = np.zeros(60)
    rates[45] = 60.0
    often = np.tile([600.0, 660.0], 30)
    silent = np.where(np.arange(60) < 40, 60.0, 0.0)

    def of(values: np.ndarray) -> float:
        key = SeriesKey("server", "log.template.0123456789abcdef.rate")
        case = replace(
            a_server([]),
            series={key: Series(TIMES, values)},
            baseline=a_window(TIMES[0], ONSET),
            symptom=a_window(ONSET, ONSET + 20),
        )
        return fingerprint(case, "server")[key.metric]

    assert of(rates) == 10.0
    assert abs(of(often)) < 0.1
    assert of(silent) == -10.0
