"""An answer settles: the same one again changes nothing, and noise flips it once at most."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from labo.domain.diagnosis.compared import CHANGE_MARGIN, leader
from labo.domain.diagnosis.keeping import reassess
from labo.domain.diagnosis.verdict import LIKELY_PROBABILITY
from labo.domain.entities.diagnoses import Verdict
from tests.unit.diagnosis.test_keeping import (
    VERDICTS,
    answers,
    based,
    flips,
    found,
    kept,
    ranked,
)


@given(VERDICTS, st.floats(0, 1), st.floats(0, 1), st.integers(0, 9), st.integers(0, 9))
def test_the_same_answer_again_changes_nothing(
    verdict: Verdict, first: float, second: float, more: int, minute: int
) -> None:
    """Whatever came in between: a job that runs twice leaves one diagnosis."""
    analysis = found(verdict, db=first, web=second)
    outcome = reassess(kept(analysis), analysis, based(minute, occurrences=2 + more))

    assert not outcome.replaces
    assert outcome.reasons[0].sentence == "the findings are those of 2026-03-01 12:00:00 UTC"


@given(st.lists(st.floats(-0.07, 0.07), min_size=2, max_size=30))
def test_noise_around_the_line_of_a_verdict_flips_it_once_at_most(noise: list[float]) -> None:
    """From open to likely, and never back."""
    shown = answers([ranked(db=LIKELY_PROBABILITY + n, web=0.05) for n in noise])
    verdicts = [one.verdict for one in shown]

    assert flips(verdicts) <= 1
    assert Verdict.LIKELY not in verdicts or verdicts[-1] is Verdict.LIKELY


_SMALL = CHANGE_MARGIN / 4


@given(
    st.tuples(st.floats(0.08, 0.3), st.floats(0.08, 0.3), st.floats(0.08, 0.3)),
    st.lists(
        st.tuples(*[st.floats(-_SMALL, _SMALL)] * 3),
        min_size=2,
        max_size=20,
    ),
)
def test_noise_among_suspects_changes_the_leading_one_once_at_most(
    shares: tuple[float, ...], noise: list[tuple[float, ...]]
) -> None:
    """The answer settles on one component."""
    drawn = [[s + n for s, n in zip(shares, each, strict=True)] for each in noise]
    shown = answers([ranked(a=a, b=b, c=c) for a, b, c in drawn])

    assert flips([leader(one) for one in shown]) <= 1


@given(
    VERDICTS,
    VERDICTS,
    st.dictionaries(st.sampled_from("abc"), st.floats(0, 0.33), max_size=3),
    st.dictionaries(st.sampled_from("abc"), st.floats(0, 0.33), max_size=3),
    st.sampled_from([None, "p", "q"]),
    st.integers(-3, 3),
    st.integers(0, 4),
)
def test_every_outcome_is_defined_and_settles(
    was: Verdict,
    verdict: Verdict,
    first: dict[str, float],
    second: dict[str, float],
    problem: str | None,
    minute: int,
    occurrences: int,
) -> None:
    """Every reason has its sentence, and asked once more with the same evidence nothing changes."""
    before = kept(found(was, **first))
    now, basis = found(verdict, problem, **second), based(minute, occurrences)
    outcome = reassess(before, now, basis)
    after = kept(now, basis) if outcome.replaces else before

    assert not any(one.sentence.startswith(one.kind.value) for one in outcome.reasons)
    assert outcome.replaces or len(outcome.reasons) == 1
    assert not (outcome.replaces and reassess(after, now, basis).replaces)
