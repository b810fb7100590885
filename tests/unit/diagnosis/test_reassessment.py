"""When an incident is looked at again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from labo.domain.diagnosis.follow_up import as_first_look, is_first_look, next_reassessment
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.entities.reasons import Reason, ReasonKind
from labo.domain.entities.severity import Severity
from labo.domain.incidents.incidents import Occurrence

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
ALERT = Occurrence("o", "p", "shop/web", Severity.ERROR, START, "d")
LACKING = Reason(ReasonKind.NO_DATA, {})
UNTAUGHT = Reason(ReasonKind.NO_KNOWLEDGE)


def an_analysis(verdict: Verdict, *missing: Reason) -> Analysis:
    return Analysis("case", verdict, (), (), (), missing, None)


def test_what_could_not_be_told_is_looked_at_a_few_times_ever_more_rarely() -> None:
    """Each look that follows when it is due asks for the next, until the symptom's time is over."""
    reassessments, at = [], START
    while wait := next_reassessment(an_analysis(Verdict.INCONCLUSIVE), ALERT, at):
        at += wait
        reassessments.append((at - START) / timedelta(minutes=1))

    assert reassessments == [0.75, 1.5, 3, 10, 31]


@pytest.mark.parametrize(
    ("analysis", "minutes", "expected"),
    [
        (an_analysis(Verdict.LIKELY), 0, None),
        (an_analysis(Verdict.LIKELY, UNTAUGHT), 0, None),
        (an_analysis(Verdict.LIKELY, UNTAUGHT, LACKING), 0, 0.75),
        (an_analysis(Verdict.CONFIRMED, LACKING), 0, 0.75),
        (an_analysis(Verdict.NO_PROBLEM), 9.9, 21.1),
        (an_analysis(Verdict.INCONCLUSIVE), 60 * 24, None),
    ],
)
def test_only_where_something_may_still_come(
    analysis: Analysis, minutes: float, expected: float | None
) -> None:
    """A clear answer from all data stands, and history gives no more; a look due by now is one."""
    wait = next_reassessment(analysis, ALERT, START + timedelta(minutes=minutes))

    assert (wait and wait / timedelta(minutes=1)) == (expected and pytest.approx(expected))


@pytest.mark.parametrize(
    ("verdict", "seconds", "expected", "too_early"),
    [
        (Verdict.NO_PROBLEM, 0, Verdict.INCONCLUSIVE, True),
        (Verdict.NO_PROBLEM, 29, Verdict.INCONCLUSIVE, True),
        (Verdict.NO_PROBLEM, 30, Verdict.NO_PROBLEM, False),
        (Verdict.INCONCLUSIVE, 0, Verdict.INCONCLUSIVE, False),
        (Verdict.LIKELY, 0, Verdict.LIKELY, False),
    ],
)
def test_nothing_seen_yet_is_not_normal(
    verdict: Verdict, seconds: int, expected: Verdict, too_early: bool
) -> None:
    """Until the first reassessment is due, what shows nothing is open, and says why."""
    found = as_first_look(an_analysis(verdict), ALERT, START + timedelta(seconds=seconds))

    assert (found.verdict, is_first_look(found)) == (expected, too_early)
