"""How probable it is that what helped before helps again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.escalation.memory_confidence import (
    PastExecution,
    Question,
    probability,
    records,
    similarity,
    word_overlap,
)
from labo.domain.escalation.verification_outcomes import VerificationOutcome

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUESTION = Question("leak", "shop/checkout", "service", 0.95, {f"i{n}": 0.9 for n in range(50)})


def an_execution(
    number: int,
    outcome: VerificationOutcome | None = VerificationOutcome.WORKED,
    *,
    problem: str = "leak",
    component: str = "checkout",
    template: str = "restart",
    back_after_minutes: float | None = None,
) -> PastExecution:
    """The numbers are days in order of time, and name the incident."""
    at = NOON + timedelta(days=number)
    back = at + timedelta(minutes=back_after_minutes) if back_after_minutes is not None else None
    return PastExecution(
        id=f"e{number}",
        incident=f"i{number}",
        problem=problem,
        component=f"shop/{component}",
        role="service",
        template=template,
        parameters={},
        outcome=outcome,
        ended_at=at,
        recurred_at=back,
    )


def chance(*past: PastExecution, question: Question = QUESTION) -> float:
    [record] = records(question, past)
    return probability(question, record)


@pytest.mark.parametrize(
    ("outcome", "minutes", "helped"),
    [
        (VerificationOutcome.WORKED, None, True),
        (VerificationOutcome.WORKED, 59.0, False),
        (VerificationOutcome.WORKED, 60.0, False),
        (VerificationOutcome.WORKED, 61.0, True),
        (VerificationOutcome.NO_EFFECT, None, False),
        (VerificationOutcome.WORSE, None, False),
        (VerificationOutcome.UNKNOWN, None, None),
        (None, None, None),
    ],
)
def test_what_is_back_within_an_hour_was_not_solved(
    outcome: VerificationOutcome | None, minutes: float | None, helped: bool | None
) -> None:
    """And what nobody could measure says nothing."""
    assert an_execution(1, outcome, back_after_minutes=minutes).helped is helped


def test_more_successes_are_surer() -> None:
    """A record is a lower bound: five cures say more than one."""
    one = chance(an_execution(1))
    five = chance(*(an_execution(number) for number in range(5)))

    assert 0.5 < one < five < 1


def test_one_failure_at_the_end_outweighs_one_at_the_beginning() -> None:
    """Systems change: what helped for long may have stopped helping."""
    early = chance(
        an_execution(0, VerificationOutcome.NO_EFFECT), *(an_execution(n) for n in range(1, 6))
    )
    late = chance(
        *(an_execution(n) for n in range(1, 6)), an_execution(6, VerificationOutcome.NO_EFFECT)
    )

    assert late < early


def test_the_same_problem_here_counts_more_than_elsewhere_or_another() -> None:
    """Another problem counts by its similarity, and not at all when it is not similar."""
    here = chance(an_execution(1))
    elsewhere = chance(an_execution(1, component="cart"))
    other = chance(an_execution(1, problem="lag"))
    unlike = Question("leak", "shop/checkout", "service", 0.95, {"i1": 0.3})

    assert here > elsewhere > other
    assert records(unlike, [an_execution(1, problem="lag")]) == []


def test_a_doubtful_diagnosis_is_less_sure() -> None:
    """Problem identity is as probable as the leading suspect."""
    doubtful = Question("leak", "shop/checkout", "service", 0.4, QUESTION.similarities)

    assert chance(an_execution(1), question=doubtful) < chance(an_execution(1))


def test_rival_cures_of_similar_incidents_lower_each_other() -> None:
    """Where half of the similar incidents were cured by something else, neither is sure."""
    alone = chance(an_execution(1))
    restart, scale = records(QUESTION, [an_execution(1), an_execution(2, template="scale")])

    assert probability(QUESTION, restart) < alone
    assert (restart.agreement, scale.agreement) == (0.5, 0.5)


def test_an_action_that_failed_lately_is_broken() -> None:
    """It is not to be taken without asking until five have helped since."""
    past = [an_execution(0, VerificationOutcome.NO_EFFECT), *(an_execution(n) for n in range(1, 5))]
    [broken] = records(QUESTION, past)
    [mended] = records(QUESTION, [*past, an_execution(5)])

    assert not broken.is_unbroken
    assert mended.is_unbroken


@given(
    st.lists(
        st.sampled_from(
            [VerificationOutcome.WORKED, VerificationOutcome.NO_EFFECT, VerificationOutcome.WORSE]
        ),
        max_size=12,
    ),
    st.floats(0, 1),
)
def test_it_is_a_probability_whatever_happened(
    outcomes: list[VerificationOutcome], suspect: float
) -> None:
    """Strictly between 0 and 1: nothing is ever certain."""
    question = Question("leak", "shop/checkout", "service", suspect)
    past = [an_execution(number, outcome) for number, outcome in enumerate(outcomes)]

    assert all(0 < probability(question, record) < 1 for record in records(question, past))


def test_similarity_is_comparable_over_answers() -> None:
    """1 for the same text, 0 for nothing in common; a negative cosine counts as none."""
    assert similarity(word_overlap("disk full", "Disk: full"), 1.0) == 1.0
    assert similarity(word_overlap("disk full", "slow query"), -0.2) == 0.0
    assert word_overlap("", "") == 0.0
