"""What is usual at a time of the day and of the week, and what that keeps from being reported."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.detection.changes import Change
from labo.domain.detection.detector import COLD_S, SeriesDetector
from labo.domain.detection.season import SLOT_S, Season
from labo.domain.detection.snapshot import dump_detector, load_detector
from labo.domain.entities.conditions import Direction
from labo.domain.entities.series import FloatArray

STEP, HOUR, DAY = 60.0, 3_600.0, 86_400.0
MINUTES_A_DAY = 1_440
JOB = slice(120, 135)
"""Minutes of the night: from 02:00 on."""


def days(count: int, *, job: float = 3.0, nights: range | None = None, seed: int = 1) -> FloatArray:
    """Noise with a job in each of the `nights`, by default all; a row per day."""
    noise = np.random.default_rng(seed).standard_normal((count, MINUTES_A_DAY))
    found: FloatArray = 1.0 + 0.1 * noise
    found[list(nights if nights is not None else range(count)), JOB] += job
    return found


def changes(values: FloatArray, detector: SeriesDetector | None = None) -> list[Change]:
    detector = detector or SeriesDetector("latency")
    found = [detector.update(i * STEP, value) for i, value in enumerate(values.ravel().tolist())]
    return [change for change in found if change]


def openings(values: FloatArray) -> list[float]:
    """Days, with the time as a part of one."""
    return [one.started_at / DAY for one in changes(values) if one.ended_at is None]


def learnt(values: FloatArray) -> Season:
    season = Season()
    for i, value in enumerate(values.ravel().tolist()):
        season.learn(i * STEP, value)
    return season


def test_a_nightly_job_is_reported_on_two_nights_and_then_usual() -> None:
    """Once may have been a fault."""
    assert [int(day) for day in openings(days(9))] == [0, 1]


def test_a_weekly_job_is_usual_after_two_weeks() -> None:
    """Though on no two days in a row."""
    assert [int(day) for day in openings(days(30, nights=range(6, 30, 7)))] == [6, 13]


def test_a_fault_larger_than_what_is_usual_is_reported() -> None:
    """From its own onset on, also within the job."""
    values = days(9)
    values[8, 125:135] += 4.0

    assert [int(day) for day in openings(values)] == [0, 1, 8]
    assert openings(values)[-1] * MINUTES_A_DAY % MINUTES_A_DAY == pytest.approx(125, abs=1)


def test_a_fault_of_the_same_size_at_another_time_is_reported() -> None:
    """What is usual is so at its time."""
    values = days(9)
    values[8, 600:615] += 3.0

    assert openings(values)[-1] == pytest.approx(8 + 600 / MINUTES_A_DAY)


def test_a_job_on_workdays_is_unusual_on_a_sunday() -> None:
    """Once the weekday is known of two weeks; it began on the Thursday that is day 0."""
    workdays = [day for day in range(21) if day % 7 not in (2, 3)]
    values = days(25, nights=range(0))
    values[workdays, JOB] += 3.0
    values[24, JOB] += 3.0

    assert int(openings(values)[-1]) == 24
    assert max(int(day) for day in openings(values)[:-1]) < 14


def test_what_is_usual_ends_unreported_too() -> None:
    """No end is told of what was not told to begin."""
    told = changes(days(9))

    assert [one.ended_at is None for one in told] == [True, False, True, False]


def test_a_restart_is_slow_for_some_minutes() -> None:
    """Unless it lasts; and what stops again and again has no such time."""

    def after_a_pause(slow: int, *, crashes: bool = False) -> list[Change]:
        detector, found = SeriesDetector("latency"), []
        for i, value in enumerate(
            (1 + 0.1 * np.random.default_rng(0).standard_normal(400)).tolist()
        ):
            if 200 <= i < 203 or (crashes and 180 <= i < 183):
                continue
            found.append(detector.update(i * STEP, value + (3.0 if 203 <= i < 203 + slow else 0.0)))
        return [one for one in found if one]

    assert after_a_pause(int(COLD_S / STEP)) == []
    assert [one.direction for one in after_a_pause(30)][:1] == [Direction.HIGH]
    assert len(after_a_pause(int(COLD_S / STEP), crashes=True)) == 2


def test_a_component_that_stops_in_what_is_usual_has_vanished() -> None:
    """An episode that nobody was told of is none."""
    detector = SeriesDetector("latency")
    values = days(4).ravel()[: 3 * MINUTES_A_DAY + 128]
    changes(values, detector)
    last = detector.last_at
    gone = detector.vanish(last + 10 * STEP, missed=5)

    assert detector.open is not None
    assert gone is not None
    assert gone.direction is Direction.ABSENT


def test_history_makes_usual_what_was_not_lived_through() -> None:
    """In steps of ten minutes, read a day at a time, the newest first."""
    values, detector = days(9), SeriesDetector("latency")
    means = values[:8].reshape(-1, 10).mean(axis=1)
    for day in reversed(range(8)):
        past = Season()
        for i in range(day * 144, (day + 1) * 144):
            past.learn(i * 600.0, float(means[i]))
        detector.season.recall(past)
    start = 8 * MINUTES_A_DAY
    told = [
        detector.update((start + i) * STEP, value) for i, value in enumerate(values[8].tolist())
    ]

    assert [one for one in told if one] == []


def test_what_was_lived_through_is_kept_beside_history() -> None:
    """History fills only what is unknown."""
    season, usual = learnt(days(8)), learnt(days(8)).usual(8 * DAY + 2 * HOUR)
    season.recall(learnt(days(8, job=99.0)))

    assert usual is not None
    assert season.usual(8 * DAY + 2 * HOUR) == usual


def test_what_is_unknown_says_nothing() -> None:
    """Less than two days of a time, or what is longer ago than two weeks."""
    at = 2 * HOUR
    assert Season().usual(0.0) is None
    assert learnt(days(1)).usual(DAY + at) is None
    assert learnt(days(2)).usual(2 * DAY + at) is not None
    old = learnt(days(8))
    old.learn(30 * DAY, 1.0)
    old.learn(30 * DAY + SLOT_S, 1.0)
    assert old.usual(30 * DAY + at) is None


values_of_days = st.lists(
    st.tuples(st.floats(0, 40 * DAY), st.floats(allow_nan=True, allow_infinity=True)), max_size=60
)


@settings(max_examples=60, deadline=None)
@given(values_of_days)
def test_the_state_is_bounded_and_nothing_raises(values: list[tuple[float, float]]) -> None:
    """Whatever comes, in whatever order; and what is late changes nothing."""
    season, ordered, newest = Season(), Season(), -math.inf
    for at, value in values:
        season.learn(at, value)
        if at > newest and math.isfinite(value):
            newest = at
            ordered.learn(at, value)
        season.usual(at)

    assert season.dump() == ordered.dump()
    assert len(json.dumps(season.dump())) < 8_000
    assert Season.read(json.loads(json.dumps(season.dump()))).dump() == season.dump()


@settings(max_examples=15, deadline=None)
@given(st.integers(-20, 20), st.integers(0, 1_000), st.floats(0, 8))
def test_units_do_not_matter(power: int, seed: int, fault: float) -> None:
    """A fault is found in milliseconds as in seconds, at the same minute and of the same size."""
    values = days(4, seed=seed)[:, ::10]
    values[3, 12:20] += fault
    factor = 2.0**power

    def told(scaled: FloatArray) -> list[Change]:
        detector = SeriesDetector("latency", 600.0)
        found = [detector.update(i * 600.0, v) for i, v in enumerate(scaled.ravel().tolist())]
        return [one for one in found if one]

    assert told(values * factor) == told(values)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1_000), st.integers(0, 3 * 144), st.integers(0, 144))
def test_a_season_reports_no_more_and_a_restart_changes_nothing(
    seed: int, cut: int, onset: int
) -> None:
    """Beside a detector without history; the state as JSON text goes on as if it were not."""

    class Unknowing(Season):
        __slots__ = ()

        def usual(self, _at: float) -> None:
            return None

    values = days(4, seed=seed)[:, ::10]
    values[3, onset : onset + 12] += 2.0
    whole, plain = (SeriesDetector("latency", 600.0, season=one) for one in (Season(), Unknowing()))
    first, again = SeriesDetector("latency", 600.0), None
    told: list[list[Change | None]] = [[], [], []]
    for i, value in enumerate(values.ravel().tolist()):
        if i == cut:
            again = load_detector(json.loads(json.dumps(dump_detector(first))))
        parts = whole, plain, again or first
        for found, detector in zip(told, parts, strict=True):
            found.append(detector.update(i * 600.0, value))

    assert told[2] == told[0]
    began, all_ = (sum(bool(one and one.ended_at is None) for one in found) for found in told[:2])
    assert began <= all_
    assert list(whole.baseline.values) == list(plain.baseline.values)
