"""Which target and which windows one incident's diagnosis looks at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import numpy as np
import pytest

from labo.domain.diagnosis.scope import (
    BASELINE_SPAN,
    SYMPTOM_LEAD,
    SYMPTOM_SPAN,
    after_trouble,
    as_watched,
    baseline_window,
    choose_target,
    episode_before,
    symptom_window,
    trouble_window,
    with_complete_rates,
    without_trouble,
)
from labo.domain.entities.series import Case, Series, SeriesKey, Topology, Window
from labo.domain.entities.severity import Severity
from labo.domain.incidents.incidents import Incident, IncidentStatus, Occurrence

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def an_occurrence(
    component: str,
    *,
    severity: Severity = Severity.WARNING,
    minutes: float = 0,
    ended: timedelta | None = None,
) -> Occurrence:
    started = START + timedelta(minutes=minutes)
    return Occurrence(
        id=f"o-{component}-{minutes}",
        problem="p",
        component=component,
        severity=severity,
        started_at=started,
        dedup_key="d",
        ended_at=started + ended if ended else None,
    )


def test_the_target_is_the_one_that_depends_on_the_others_in_any_order() -> None:
    """The front shows the symptom, what it calls may hold the cause."""
    front, middle, back = (an_occurrence(name) for name in ("front", "middle", "back"))
    calls = [("front", "middle"), ("middle", "back"), ("back", "front-unrelated")]

    for order in permutations([front, middle, back]):
        assert choose_target(order, calls) == front


def test_without_dependencies_the_most_severe_then_the_earliest_is_the_target() -> None:
    """Two unrelated alerts still give one defined answer."""
    late = an_occurrence("a", severity=Severity.CRITICAL, minutes=2)
    early = an_occurrence("b", severity=Severity.CRITICAL, minutes=1)
    mild = an_occurrence("c", minutes=0)

    assert choose_target([late, mild, early], []) == early


def test_a_cycle_of_calls_gives_a_target_too() -> None:
    """Topologies contain cycles."""
    one, two = an_occurrence("one"), an_occurrence("two", minutes=1)

    assert choose_target([two, one], [("one", "two"), ("two", "one")]) == one


def test_an_incident_without_occurrences_has_no_target() -> None:
    """The caller must not ask."""
    with pytest.raises(ValueError, match="no target"):
        choose_target([], [])


def test_the_symptom_begins_before_the_alert_and_is_bounded() -> None:
    """An open incident of yesterday does not read a day of metrics."""
    window = symptom_window(an_occurrence("a"))

    assert (window.start, window.end) == (START - SYMPTOM_LEAD, START + SYMPTOM_SPAN)


def test_the_symptom_of_an_ended_occurrence_ends_with_it() -> None:
    """What came after the resolution is not a symptom."""
    window = symptom_window(an_occurrence("a", ended=timedelta(minutes=3)))

    assert window.end == START + timedelta(minutes=3)


def test_the_baseline_is_the_week_up_to_the_symptom() -> None:
    """The two windows touch and don't overlap."""
    symptom = symptom_window(an_occurrence("a"))
    baseline = baseline_window(symptom)

    assert (baseline.start, baseline.end) == (symptom.start - BASELINE_SPAN, symptom.start)


def an_incident(opened: datetime, last: datetime | None = None) -> Incident:
    return Incident(
        "i", "slow", IncidentStatus.RESOLVED, Severity.WARNING, opened, last_activity_at=last
    )


def test_trouble_lasts_from_the_alert_to_the_last_end_at_most_a_day() -> None:
    """A month-old incident that nobody closed is what is normal now."""
    brief = trouble_window(an_incident(START))
    hours = trouble_window(an_incident(START, START + timedelta(hours=3)))
    month = trouble_window(an_incident(START, START + timedelta(days=30)))

    assert (brief.start, brief.end) == (START, START)
    assert hours.end == START + timedelta(hours=3)
    assert month.end == START + timedelta(days=1)


def a_week(minutes: int) -> Case:
    """A sample a minute up to the symptom, then five of the symptom."""
    first = START.timestamp() - 60 * minutes
    passed = np.arange(minutes + 5, dtype=np.float64)
    return Case(
        name="again",
        target="web",
        symptom=Window(START, START + timedelta(minutes=5)),
        baseline=Window(START - BASELINE_SPAN, START),
        topology=Topology(("web",), ()),
        series={SeriesKey("web", "latency"): Series(first + 60 * passed, passed)},
    )


def baseline_without(case: Case, *earlier: Window) -> list[float]:
    """The minutes of `case`, counted from its first sample, that are left of its baseline."""
    [series] = without_trouble(case, earlier).series.values()
    kept: list[float] = series.values[series.timestamps < START.timestamp()].tolist()
    return kept


def test_an_earlier_incident_is_no_part_of_what_is_normal() -> None:
    """With the time around it, where enough is left: ten minutes before, and half an hour."""
    earlier = Window(START - timedelta(minutes=60), START - timedelta(minutes=55))

    assert baseline_without(a_week(120), earlier) == [*range(50), *range(90, 120)]


def test_of_a_short_history_only_the_trouble_itself_is_left_out() -> None:
    """What was normal between two incidents is all that there is to compare with."""
    earlier = Window(START - timedelta(minutes=10), START - timedelta(minutes=8))

    assert baseline_without(a_week(20), earlier) == [*range(10), *range(12, 20)]


def test_the_symptom_is_kept_where_trouble_reaches_into_it() -> None:
    """An incident that still lasts takes nothing from what is to be explained."""
    touching = Window(START - timedelta(minutes=2), START + timedelta(minutes=2))

    [series] = without_trouble(a_week(60), [touching]).series.values()

    assert series.values[-5:].tolist() == [60, 61, 62, 63, 64]


def test_the_symptom_starts_after_what_was_over_when_it_began() -> None:
    """An incident that ended a minute before the alert would be the larger deviation by far."""
    window = symptom_window(an_occurrence("web"))
    case = replace(a_week(60), symptom=window, baseline=baseline_window(window))
    ended, lasting = START - timedelta(minutes=1), START + timedelta(minutes=5)
    earlier = [Window(START - timedelta(minutes=9), end) for end in (ended, lasting)]

    found = after_trouble(case, START, earlier)

    assert found.symptom.start == found.baseline.end == ended
    assert after_trouble(case, START, []).symptom == window


def test_what_an_incident_was_before_it_was_reopened_is_another_episode() -> None:
    """Only where all of it had ended: what lasted until then, if only in part, is the symptom."""
    minute = timedelta(minutes=1)
    first = an_occurrence("back", ended=2 * minute)
    second = an_occurrence("front", minutes=1, ended=2 * minute)
    lasting = an_occurrence("middle", minutes=1)
    again = an_occurrence("back", minutes=5)

    assert episode_before([first, second, again], again) == Window(START, START + 3 * minute)
    assert episode_before([first, lasting, again], again) is None
    assert episode_before([again], again) is None


def test_a_baseline_that_was_mostly_trouble_is_kept() -> None:
    """Half of an hour is better than nothing to compare with."""
    earlier = Window(START - timedelta(minutes=40), START - timedelta(minutes=5))

    assert len(baseline_without(a_week(60), earlier)) == 60


def test_the_window_ends_at_the_moment_of_the_diagnosis() -> None:
    """What is not there yet is not silence; and a window never ends before the alert."""
    as_of = START + timedelta(seconds=55)

    assert symptom_window(an_occurrence("a"), as_of).end == as_of
    assert symptom_window(an_occurrence("a", minutes=2), as_of).end == START + timedelta(minutes=2)


def test_the_rate_of_a_step_that_is_not_complete_is_unknown() -> None:
    """A mean or a share of what came until now is known."""
    case = just_plugged_in(1, after=1)
    [latency] = case.series.values()
    rate = SeriesKey("web", "http.server.request.rate")
    case = replace(case, series={**case.series, rate: latency})

    complete = with_complete_rates(case, START + timedelta(seconds=30)).series

    assert np.isnan(complete[rate].values).tolist() == [False] * 9 + [True] * 3
    assert np.isfinite(complete[SeriesKey("web", "latency")].values).all()


def test_rates_of_log_lines_do_not_tell_how_long_a_system_was_watched() -> None:
    """They are known to the end of the window: nothing was written is a value, too."""
    case = just_plugged_in(8)
    silence = Series(
        START.timestamp() + np.arange(-480, 1800, 60.0, dtype=np.float64), np.zeros(38)
    )
    key = SeriesKey("web", "log.errors.rate")
    case = replace(case, series={**case.series, key: silence})

    assert as_watched(case, START).symptom.end == START + timedelta(seconds=111)


def just_plugged_in(minutes: float, *, after: float = 2) -> Case:
    """A sample every ten seconds from `minutes` before START to `after` minutes behind it."""
    window = symptom_window(an_occurrence("web"))
    stamps = START.timestamp() + np.arange(-60 * minutes, 60 * after, 10.0)
    return Case(
        name="new",
        target="web",
        symptom=window,
        baseline=baseline_window(window),
        topology=Topology(("web",), ()),
        series={SeriesKey("web", "latency"): Series(stamps, np.ones(stamps.size))},
    )


def test_a_system_watched_for_minutes_keeps_three_quarters_of_them_as_normal() -> None:
    """Else the first incident after plugging in would have nothing to call normal."""
    case = as_watched(just_plugged_in(8), START)

    assert case.symptom.start == case.baseline.end == START - timedelta(minutes=2)
    assert case.symptom.end == START + timedelta(seconds=111)


@pytest.mark.parametrize("minutes", [51, 600])
def test_a_system_watched_for_long_keeps_its_windows(minutes: int) -> None:
    """The lead of an alert stays what it is as soon as enough was watched before it."""
    case = just_plugged_in(minutes)

    assert as_watched(case, START) is case


@pytest.mark.parametrize("minutes", [0, -1])
def test_a_system_first_heard_of_in_trouble_keeps_its_windows(minutes: float) -> None:
    """Nothing that was seen before the trouble means nothing to call normal, whatever the lead."""
    case = just_plugged_in(minutes)

    assert as_watched(case, START) is case
    assert as_watched(replace(case, series={}), START).symptom == case.symptom
