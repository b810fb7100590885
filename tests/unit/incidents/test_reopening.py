"""The timeline of an incident that was over and goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from labo.domain.incidents.acts import ActKind
from labo.domain.incidents.incidents import Incident, IncidentStatus, Occurrence
from labo.domain.incidents.linking.grouping import Grouped, LinkedIncident
from labo.domain.incidents.linking.reopening import reopening_acts
from tests.builders.incidents import NOON, an_incident, an_occurrence

OVER = replace(an_incident(1), status=IncidentStatus.RESOLVED, resolved_at=NOON)


def acts_of(was: Incident, *joined: Occurrence) -> list[tuple[ActKind, datetime, str]]:
    grouped = Grouped((LinkedIncident(was, 1),), tuple((was.id, one.id) for one in joined))
    fresh = {one.id: one for one in joined}
    before = [LinkedIncident(was, 0)]
    acts = reopening_acts(before, grouped, fresh, lambda one: f"{one.problem} on checkout")
    return [(act.kind, act.at, act.text) for act in acts]


def test_what_reopened_an_incident_is_told_with_its_former_end() -> None:
    """The first of those that began since; also where that is over already."""
    first = an_occurrence(30, problem="Down")
    over = replace(first, ended_at=NOON + timedelta(minutes=1))
    told = [
        (ActKind.RESOLVED, NOON, "all its occurrences are over"),
        (ActKind.REOPENED, NOON + timedelta(seconds=30), "Down on checkout began again"),
    ]

    assert acts_of(OVER, an_occurrence(40), first) == told
    assert acts_of(OVER, over) == told


def test_the_former_end_keeps_its_reason() -> None:
    ended = replace(OVER, resolution="rolled back")

    assert acts_of(ended, an_occurrence(30))[0] == (ActKind.RESOLVED, NOON, "rolled back")


def test_what_was_over_within_an_incident_reopens_nothing() -> None:
    """A message that came late; and an incident that lasts can't be reopened."""
    late = replace(
        an_occurrence(),
        started_at=NOON - timedelta(minutes=2),
        ended_at=NOON - timedelta(minutes=1),
    )

    assert acts_of(OVER, late) == []
    assert acts_of(an_incident(1), an_occurrence(30)) == []
