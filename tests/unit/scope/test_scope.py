"""Which target and which windows one incident's diagnosis looks at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from labo.domain.events import Severity
from labo.domain.incidents import Occurrence
from labo.domain.scope import (
    BASELINE_SPAN,
    SYMPTOM_LEAD,
    SYMPTOM_SPAN,
    baseline_window,
    choose_target,
    symptom_window,
)

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
