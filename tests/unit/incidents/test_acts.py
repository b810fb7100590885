"""What people may do about an incident, and what that changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from labo.domain.incidents.acts import (
    ActKind,
    Figures,
    Handling,
    acknowledged,
    assigned,
    check_version,
    figures,
    renamed,
)
from labo.domain.incidents.incidents import IncidentStatus
from labo.errors import Conflict
from tests.builders.incidents import NOON, an_incident

INCIDENT = an_incident(0)
HANDLING = Handling(INCIDENT.id, detected_at=NOON + timedelta(seconds=30), symptom="slow")
MERGED = replace(INCIDENT, merged_into="older", status=IncidentStatus.CLOSED)


def test_who_acknowledges_first_counts() -> None:
    """A second acknowledgement would move the time that people took."""
    first = acknowledged(INCIDENT, HANDLING, by="ann", at=NOON)
    again = acknowledged(
        INCIDENT, replace(HANDLING, acknowledged_at=NOON, acknowledged_by="ann"), by="bob", at=NOON
    )

    assert first.properties == {"acknowledged_at": NOON, "acknowledged_by": "ann"}
    assert not again.properties


def test_what_is_over_needs_no_acknowledgement() -> None:
    """Nor what was merged: the other incident does."""
    over = replace(INCIDENT, status=IncidentStatus.RESOLVED)
    with pytest.raises(Conflict, match="resolved needs no acknowledgement"):
        acknowledged(over, HANDLING, by="ann", at=NOON)
    with pytest.raises(Conflict, match="merged into older"):
        acknowledged(MERGED, HANDLING, by="ann", at=NOON)


def test_an_assignment_says_to_whom_or_from_whom() -> None:
    """The same person again changes nothing."""
    given = assigned(INCIDENT, HANDLING, "ann")
    taken = assigned(INCIDENT, replace(HANDLING, assignee="ann"), None)

    assert (given.kind, given.text, given.properties) == (
        ActKind.ASSIGNED,
        "ann",
        {"assignee": "ann"},
    )
    assert (taken.kind, taken.text, taken.properties) == (
        ActKind.UNASSIGNED,
        "ann",
        {"assignee": None},
    )
    assert not assigned(INCIDENT, HANDLING, None).properties
    with pytest.raises(Conflict):
        assigned(MERGED, HANDLING, "ann")


def test_a_persons_title_keeps_the_symptom() -> None:
    """What was seen first stays known."""
    decided = renamed(INCIDENT, HANDLING, "black Friday", by="ann")
    named = replace(HANDLING, titled_by="ann")

    assert decided.properties == {
        "title": "black Friday",
        "titled_by": "ann",
        "symptom": "slow",
    }
    assert not renamed(
        replace(INCIDENT, title="black Friday"), named, "black Friday", by="bob"
    ).properties


def test_a_stale_version_is_refused() -> None:
    """No version is any version."""
    check_version(INCIDENT, None)
    check_version(INCIDENT, INCIDENT.version)
    with pytest.raises(Conflict, match="meanwhile"):
        check_version(INCIDENT, INCIDENT.version + 1)


def test_figures_follow_from_the_stored_moments() -> None:
    """Detection from the begin, acknowledgement from the detection, the end from the begin."""
    handled = replace(HANDLING, acknowledged_at=NOON + timedelta(seconds=90))
    over = replace(INCIDENT, resolved_at=NOON + timedelta(minutes=10))

    assert figures(over, handled) == Figures(30.0, 60.0, 600.0)
    assert figures(INCIDENT, HANDLING) == Figures(30.0, None, None)


def test_a_senders_clock_ahead_of_ours_gives_no_negative_time() -> None:
    """It was detected at its begin, as far as is known."""
    early = replace(HANDLING, detected_at=NOON - timedelta(minutes=1))

    assert figures(INCIDENT, early).time_to_detect_s == 0.0
