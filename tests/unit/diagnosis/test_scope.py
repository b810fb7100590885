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
    as_watched,
    baseline_window,
    choose_target,
    symptom_window,
    trouble_window,
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


def test_trouble_lasts_from_before_the_alert_to_the_last_end_at_most_a_day() -> None:
    """A month-old incident that nobody closed is what is normal now."""
    brief = trouble_window(an_incident(START))
    hours = trouble_window(an_incident(START, START + timedelta(hours=3)))
    month = trouble_window(an_incident(START, START + timedelta(days=30)))

    assert (brief.start, brief.end) == (START - SYMPTOM_LEAD, START + SYMPTOM_SPAN)
    assert hours.end == START + timedelta(hours=3)
    assert month.end == START + timedelta(days=1)


def a_week(minutes: int) -> Case:
    """A sample a minute up to the symptom, then five of the symptom."""
    first = START.timestamp() - 60 * minutes
    stamps = first + 60.0 * np.arange(minutes + 5)
    return Case(
        name="again",
        target="web",
        symptom=Window(START, START + timedelta(minutes=5)),
        baseline=Window(START - BASELINE_SPAN, START),
        topology=Topology(("web",), ()),
        series={SeriesKey("web", "latency"): Series(stamps, np.arange(stamps.size, dtype=float))},
    )


def test_an_earlier_incident_is_no_part_of_what_is_normal() -> None:
    """Its samples leave the baseline; those of the symptom stay, also where it overlaps."""
    earlier = Window(START - timedelta(minutes=30), START - timedelta(minutes=20))
    touching = Window(START - timedelta(minutes=2), START + timedelta(minutes=2))

    [series] = without_trouble(a_week(60), [earlier, touching]).series.values()

    assert series.values.tolist() == [*range(30), *range(40, 58), *range(60, 65)]


def test_a_baseline_that_was_mostly_trouble_is_kept() -> None:
    """Half of an hour is better than nothing to compare with."""
    earlier = Window(START - timedelta(minutes=40), START - timedelta(minutes=5))

    [series] = without_trouble(a_week(60), [earlier]).series.values()

    assert series.values.size == 65


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
