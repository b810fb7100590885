"""A system is judged in fine steps at first, and in coarser ones as its history grows."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.detection.baseline import WINDOW, Baseline
from labo.domain.detection.changes import Change
from labo.domain.detection.detector import LEAST_ABSENCE_S, SeriesDetector
from labo.domain.detection.watch import SystemWatch
from labo.domain.entities.conditions import Direction
from labo.domain.entities.series import FloatArray, Series, SeriesKey
from labo.services.ingest.detection import DetectionPace

FINE, COARSE = 10.0, 60.0
KEY = SeriesKey("db", "latency")


def noise(count: int, seed: int = 1) -> FloatArray:
    found: FloatArray = 1.0 + 0.1 * np.random.default_rng(seed).standard_normal(count)
    return found


def fine(values: FloatArray, first: int = 0) -> Series:
    return Series(np.arange(first, first + values.size) * FINE, values)


def coarse(values: FloatArray) -> Series:
    """The means over whole minutes."""
    minutes = values.size // 6
    return Series(np.arange(minutes) * COARSE, values[: minutes * 6].reshape(-1, 6).mean(axis=1))


def changes(values: FloatArray, metric: str = "latency") -> list[Change]:
    detector = SeriesDetector(metric, FINE)
    found = [detector.update(i * FINE, value) for i, value in enumerate(values.tolist())]
    return [change for change in found if change]


def test_thresholds_are_wider_while_the_scale_is_uncertain() -> None:
    """They narrow with every value, down to those of a full window."""
    factors = [Baseline(noise(count).tolist()).caution for count in (5, 20, 30, 60, WINDOW, 500)]

    assert factors[0] == math.inf
    assert [round(one, 2) for one in factors[1:]] == [1.65, 1.37, 1.13, 1.0, 1.0]


def test_trouble_five_minutes_after_the_first_value_is_found_within_one() -> None:
    """With steps of 10 s; of a minute there would be five values."""
    values = noise(36)
    values[30:] += 2.0
    (opened,) = changes(values)

    assert (opened.direction, opened.started_at) == (Direction.HIGH, 300.0)


def test_a_counter_that_is_exported_each_minute_is_one_measurement_a_minute() -> None:
    """Its increase is spread over six equal steps: one export is no run of deviations."""
    exports = np.repeat(noise(40), 6)
    exports[180:186] += 5.0
    lasting = exports.copy()
    lasting[180:] += 5.0

    assert changes(exports, "db.errors.rate") == []
    assert [one.started_at for one in changes(lasting, "db.errors.rate")] == [1_800.0]
    assert [one.started_at for one in changes(exports, "db.errors")] == [1_800.0, 1_800.0]


def test_a_log_rate_is_measured_in_every_step() -> None:
    """As many lines as in the step before are new lines."""
    rates = np.concatenate([np.zeros(40), np.full(6, 6.0)])

    assert [one.started_at for one in changes(rates, "log.errors.rate")] == [400.0]


def test_a_service_that_nobody_calls_for_a_minute_has_not_vanished() -> None:
    """However fine the steps are."""
    detector = SeriesDetector("latency", FINE)
    for i, value in enumerate(noise(60).tolist()):
        detector.update(i * FINE, value)
    last = detector.last_at

    assert detector.vanish(last + 60, missed=5) is None
    assert detector.vanish(last + LEAST_ABSENCE_S + 1, missed=5) is not None


@pytest.mark.parametrize(
    ("step_s", "steps"),
    [
        (60.0, (10.0, 60.0)),
        (10.0, (10.0,)),
        (5.0, (5.0,)),
        (300.0, (10.0, 60.0, 300.0)),
        (45.0, (45.0,)),
    ],
)
def test_the_steps_are_those_of_the_store_up_to_the_one_that_is_set(
    step_s: float, steps: tuple[float, ...]
) -> None:
    """Only such as the next one consists of."""
    pace = DetectionPace(step_s=step_s)

    assert pace.steps == steps
    assert pace.step_after(0.0) == steps[0]
    assert pace.step_after(WINDOW * step_s) == step_s
    assert DetectionPace(step_s=step_s, adapts=False).steps == (step_s,)


def watched(values: FloatArray) -> SystemWatch:
    watch = SystemWatch(step_s=FINE)
    watch.advance({KEY: fine(values)}, values.size * FINE)
    watch.step_s = COARSE
    return watch


def test_a_calm_series_goes_on_in_the_new_step() -> None:
    """Nothing is announced by that, and trouble is found as before."""
    values = noise(720)
    watch = watched(values)
    watch.settle({KEY: coarse(values)}, 7_200.0)
    bad = Series(np.arange(120, 126) * COARSE, np.full(6, 3.0))

    assert watch.steps == [COARSE]
    assert watch.step_of(KEY) == COARSE
    assert len(watch.detectors[KEY].baseline) == 115
    (opened,) = watch.advance({KEY: bad}, 7_560.0)
    assert opened.started_at == 7_200.0


def test_an_open_episode_goes_on_in_the_step_that_it_began_in() -> None:
    """Until it is over; then the series settles."""
    values = noise(720)
    values[700:] += 2.0
    watch = watched(values)
    watch.settle({KEY: coarse(values)}, 7_200.0)
    assert watch.detectors[KEY].open is not None
    assert watch.steps == [FINE, COARSE]

    after = noise(240, seed=2)
    (closed,) = watch.advance({KEY: fine(after, 720)}, 9_600.0)
    assert closed.ended_at == 7_200.0
    watch.settle({KEY: coarse(np.concatenate([values, after]))}, 9_600.0)
    assert watch.steps == [COARSE]


def test_what_would_be_an_episode_in_the_new_step_alone_does_not_begin_by_it() -> None:
    """The series goes on in the old one."""
    values = noise(720)
    other = coarse(values)
    other.values[-6:] += 2.0
    watch = watched(values)
    watch.settle({KEY: other}, 7_200.0)

    assert watch.step_of(KEY) == FINE
    assert watch.detectors[KEY].open is None


def test_what_is_gone_keeps_its_absence_and_what_was_never_steady_is_dropped() -> None:
    """The former returns in the new step."""
    rare = SeriesKey("db", "rare")
    watch = SystemWatch(step_s=FINE)
    watch.advance({KEY: fine(noise(60)), rare: fine(noise(3))}, 600.0)
    other = SeriesKey("web", "latency")
    watch.advance({other: fine(noise(60), 60)}, 1_200.0)
    watch.step_s = COARSE
    watch.settle({other: coarse(noise(720))}, 7_200.0)

    assert set(watch.detectors) == {KEY, other}
    assert watch.step_of(KEY) == COARSE
    (back,) = watch.advance({KEY: Series(np.array([7_200.0]), np.array([1.0]))}, 7_260.0)
    assert (back.shown.key, back.ended_at) == ("silent", 7_200.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1_000), st.floats(0, 3), st.integers(600, 719), st.integers(0, 60))
def test_settling_neither_begins_nor_ends_an_episode(
    seed: int, size: float, onset: int, length: int
) -> None:
    """Whatever the history; and the state as JSON text is the same watch."""
    values = noise(720, seed)
    values[onset : onset + length] += size
    watch = watched(values)
    before = {key: detector.open for key, detector in watch.detectors.items()}
    watch.settle({KEY: coarse(values)}, 7_200.0)
    again = SystemWatch()
    again.restore(json.loads(json.dumps(watch.dump())))

    assert {key: detector.open for key, detector in watch.detectors.items()} == before
    assert again.dump() == watch.dump()
    assert again.steps == watch.steps
