"""Whether an incident is the same again: by its cause, not by what came before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from labo.domain.entities.diagnoses import Analysis, Diagnosis, Suspect, Verdict
from labo.domain.incidents.confirmed_causes import ConfirmedCause
from labo.domain.incidents.recurrence import KnownCause, known_cause, recurrence_of
from tests.builders.incidents import NOON, an_incident, an_occurrence


def a_cause(
    number: int, component: str = "rooms", *, problem: str | None = None, shown: str = "slow"
) -> KnownCause:
    """Opened `number` hours after noon."""
    opened_at = NOON + timedelta(hours=number)
    return KnownCause(f"i{number}", opened_at, component, problem, frozenset({shown}))


def a_diagnosis(verdict: Verdict) -> Diagnosis:
    suspects = (Suspect("rooms", None, 0.9, problem_key="keys"), Suspect("sqlite", None, 0.1))
    return Diagnosis("d", "i", "1", Analysis("i", verdict, suspects, (), (), (), None, 1.0))


def test_the_newest_earlier_incident_with_the_same_cause_recurs() -> None:
    """Not the newest before it, whose cause is another component, nor one that came later."""
    others = [a_cause(1), a_cause(2), a_cause(3, "sqlite"), a_cause(5)]

    assert recurrence_of(a_cause(4), others) == "i2"


def test_another_problem_of_the_component_is_no_recurrence() -> None:
    """Whether it is shown or named; a name tells more than what both show."""
    keys = a_cause(4, problem="keys")
    flood, failing = a_cause(1, problem="flood"), a_cause(2, shown="failing")

    assert recurrence_of(keys, [flood, failing]) is None
    assert recurrence_of(keys, [a_cause(0, problem="keys", shown="other"), flood]) == "i0"


def test_a_confirmed_cause_is_compared_by_what_it_shows_where_only_one_has_a_name() -> None:
    assert recurrence_of(a_cause(2), [a_cause(1, problem="keys")]) == "i1"


def test_a_sure_diagnosis_names_the_cause_until_a_person_does() -> None:
    """An uncertain one names none."""
    incident, slow = an_incident(1), an_occurrence(1, component="rooms")
    said = ConfirmedCause(incident.id, "shop/rooms", "flood", "ann", NOON, "seen")
    sure, unsure = a_diagnosis(Verdict.LIKELY), a_diagnosis(Verdict.INCONCLUSIVE)
    known = KnownCause(incident.id, incident.opened_at, "shop/rooms", "keys", frozenset({"slow"}))

    assert known_cause(incident, None, sure, [slow]) == known
    assert known_cause(incident, said, sure, [slow]) == replace(known, problem="flood")
    assert known_cause(incident, None, unsure, [slow]) is None
    assert known_cause(incident, replace(said, component=None), sure, [slow]) is None
