"""When a component of a system counts as silent, and until when."""

from __future__ import annotations

from labo.domain.detection.events import as_event
from labo.domain.detection.watch import SystemWatch
from labo.domain.entities.series import SeriesKey
from labo.domain.incidents.events import EventStatus
from labo.domain.telemetry.log_rates import template_metric
from tests.unit.detection.test_watch import STEP, keys, series, warm


def test_a_component_that_vanishes_is_told_once_for_all_its_series() -> None:
    """It is silent until the first of them is back: one may have stopped for good."""
    names = [SeriesKey("a", "latency"), SeriesKey("a", "errors"), SeriesKey("b", "latency")]
    watch = SystemWatch()
    warm(watch, names)
    (gone,) = watch.advance({names[2]: series(60, 70)}, 70 * STEP)

    assert (gone.component, gone.shown.key, gone.is_grave) == ("a", "silent", True)
    assert [one.metric for one in gone.deviations] == ["errors", "latency"]
    (back,) = watch.advance({key: series(70, 71) for key in names[1:]}, 71 * STEP)
    assert (back.component, back.started_at, back.ended_at) == ("a", gone.started_at, 70 * STEP)
    assert watch.advance({key: series(71, 90) for key in names[1:]}, 90 * STEP) == []


def test_a_series_that_stops_alone_makes_no_component_silent() -> None:
    """Such as a count that several senders disagree on; silence begins after the last that came,
    and what stopped a day before that is watched no more."""
    names = [SeriesKey("a", "latency"), SeriesKey("a", "gc.rate"), SeriesKey("b", "latency")]
    watch = SystemWatch()
    warm(watch, names)
    goes_on, other = names[0], names[2]
    alone = watch.advance({goes_on: series(60, 80), other: series(60, 80)}, 80 * STEP)
    (gone,) = watch.advance({other: series(80, 90)}, 90 * STEP)

    assert alone == []
    assert (gone.component, gone.shown.key, gone.started_at) == ("a", "silent", 80 * STEP)
    assert {one.metric for one in gone.deviations} == {"latency", "gc.rate"}
    day = 1_440
    watch.advance({key: series(90, 61 + day) for key in (goes_on, other)}, (61 + day) * STEP)
    assert set(watch.detectors) == {goes_on, other}


def test_a_component_that_is_gone_for_a_day_is_silent_no_more() -> None:
    """It was removed while the others go on; it is watched no more, and would be new."""
    (gone, other), watch = keys(2), SystemWatch()
    warm(watch, [gone, other])
    (silent,) = watch.advance({other: series(60, 70, seed=1)}, 70 * STEP)
    last, day = 59 * STEP, 1_440
    during = watch.advance({other: series(70, 59 + day, seed=1)}, last + day * STEP)
    until = last + day * STEP + STEP
    (ended,) = watch.advance({other: series(59 + day, 60 + day, seed=1)}, until)
    event = as_event("s", ended)

    assert during == []
    assert (ended.started_at, ended.ended_at) == (silent.started_at, until)
    assert event.dedup_key == as_event("s", silent).dedup_key
    assert event.status is EventStatus.RESOLVED
    assert "it is not expected back" in event.description
    assert list(watch.detectors) == [other]


def test_a_system_that_says_nothing_at_all_has_lost_no_series() -> None:
    """It may be the telemetry that is lost; the state says so."""
    watch = SystemWatch()
    warm(watch, keys(3))

    assert watch.advance({}, 90 * STEP) == []
    assert watch.silent


def test_counted_lines_are_not_heard() -> None:
    """Each step has a count, also where nothing comes: it does not end the silence."""
    latency, errors = SeriesKey("a", "latency"), SeriesKey("a", template_metric("t1"))
    watch = SystemWatch()
    warm(watch, [latency, errors])

    assert watch.advance({errors: series(60, 90, seed=1)}, 90 * STEP) == []
    assert watch.silent
