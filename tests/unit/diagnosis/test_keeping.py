"""When a new analysis replaces the diagnosis that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from labo.domain.diagnosis.compared import CONTRADICTION_MARGIN
from labo.domain.diagnosis.keeping import FALL_BELOW, STILL_STRONG, reassess
from labo.domain.diagnosis.verdict import decide
from labo.domain.entities.diagnoses import Analysis, Basis, Diagnosis, RuledOut, Suspect, Verdict
from labo.domain.entities.reasons import ReasonKind, reason

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
VERDICTS = st.sampled_from(list(Verdict))


def based(minute: float = 0, occurrences: int = 2, ongoing: int = 2, more: str = "") -> Basis:
    """Telemetry until `minute` after noon."""
    components = tuple(sorted({"shop/web", more} - {""}))
    return Basis(NOON + timedelta(minutes=minute), occurrences, ongoing, components)


def found(verdict: Verdict, problem: str | None = None, **shares: float) -> Analysis:
    """An analysis with suspects of these probabilities, that of the first being its probability of
    being right; `problem` is that of the first."""
    ranked = sorted(shares.items(), key=lambda pair: -pair[1])
    suspects = tuple(
        Suspect(name, problem if i == 0 else None, p, problem_key=problem if i == 0 else None)
        for i, (name, p) in enumerate(ranked)
    )
    leading = ranked[0][1] if ranked else 0.0
    return Analysis("i", verdict, suspects, (), (), (), None, sureness=leading)


def ranked(**shares: float) -> Analysis:
    """As `found`, with the verdict that these probabilities have."""
    verdict = decide(
        *sorted(shares.values(), reverse=True)[:2],
        symptom_sure=True,
        links_observed=True,
        links_proven=False,
        resolved_incidents=0,
    )
    return found(verdict, **shares)


def normal(chance: float) -> Analysis:
    """The target is within its normal range."""
    why = reason(ReasonKind.TARGET_NORMAL, target="web", chance=chance)
    return Analysis("i", Verdict.NO_PROBLEM, (), (), (RuledOut("web", why),), (), None)


def kept(analysis: Analysis, basis: Basis | None = None) -> Diagnosis:
    return Diagnosis("d", "i", "2", analysis, basis=basis or based())


def answers(analyses: Sequence[Analysis]) -> list[Analysis]:
    """What was shown after each of them, a minute apart."""
    shown: list[Analysis] = []
    current: Diagnosis | None = None
    for n, analysis in enumerate(analyses):
        basis = based(n)
        if reassess(current, analysis, basis).replaces:
            current = kept(analysis, basis)
        assert current
        shown.append(current.analysis)
    return shown


def flips(values: Sequence[object]) -> int:
    return sum(a != b for a, b in pairwise(values))


def why(before: Diagnosis, analysis: Analysis, basis: Basis) -> tuple[bool, list[ReasonKind]]:
    outcome = reassess(before, analysis, basis)
    return outcome.replaces, [one.kind for one in outcome.reasons]


def test_the_first_answer_is_kept_and_changes_nothing() -> None:
    """There is nothing that it differs from."""
    outcome = reassess(None, ranked(db=0.9), based())

    assert (outcome.replaces, outcome.reasons) == (True, ())


@given(
    VERDICTS,
    st.floats(0, 1),
    st.floats(CONTRADICTION_MARGIN + 1e-6, 0.6),
    st.floats(0, 0.4),
    st.integers(-5, 5),
    st.integers(0, 3),
)
def test_a_sure_answer_that_clearly_leads_elsewhere_is_always_followed(
    before: Verdict, share: float, ahead: float, left: float, minute: int, ongoing: int
) -> None:
    """Also when there is less to see than before."""
    now = found(Verdict.LIKELY, web=left + ahead, db=left)
    replaces, kinds = why(kept(found(before, db=share)), now, based(minute, ongoing=ongoing))

    assert replaces
    assert ReasonKind.SUSPECT_CHANGED in kinds


@given(st.sampled_from([Verdict.NO_PROBLEM, Verdict.INCONCLUSIVE]), st.floats(0, 1))
def test_a_sure_answer_stays_when_the_incident_is_ending(verdict: Verdict, share: float) -> None:
    """What remains once remedies work says less than what was there at the height."""
    sure = kept(ranked(db=0.9), based(ongoing=3, occurrences=3))
    ending = based(12, ongoing=1, occurrences=3)

    assert why(sure, found(verdict, web=share), ending) == (False, [ReasonKind.LESS_EVIDENCE])


def test_a_first_look_stands_in_the_way_of_nothing() -> None:
    """It only said that it was too early: the answer that follows is shown, whatever it is."""
    early = reason(ReasonKind.TOO_EARLY)
    first = Analysis("i", Verdict.INCONCLUSIVE, (), (), (), (early,), None)

    assert reassess(kept(first, based(5)), normal(0.15), based(5)).replaces


def test_without_new_evidence_a_weaker_answer_replaces_nothing() -> None:
    """The symptom's window is over: what was read later is the same, or some of it is gone."""
    sure = kept(ranked(db=0.9), based(30))

    assert why(sure, ranked(db=0.2), based(30)) == (False, [ReasonKind.LESS_EVIDENCE])


def test_a_surer_answer_about_the_same_component_needs_no_new_evidence() -> None:
    """What was learnt meanwhile may make it surer."""
    unsure = kept(found(Verdict.INCONCLUSIVE, db=0.35), based(30))

    assert why(unsure, ranked(db=0.9), based(30)) == (
        True,
        [ReasonKind.VERDICT_CHANGED, ReasonKind.PROBABILITY_CHANGED],
    )


def test_a_problem_that_became_known_is_named() -> None:
    """On the same component, as soon as it was learnt."""
    located = kept(found(Verdict.LIKELY, db=0.6), based(30))
    named = found(Verdict.LIKELY, "slow disk", db=0.6)

    assert why(located, named, based(30)) == (True, [ReasonKind.PROBLEM_CHANGED])


def test_a_likely_answer_falls_when_its_probability_is_clearly_below_the_line() -> None:
    """By the margin that another suspect would need to take the lead."""
    sure = kept(ranked(db=0.9))
    near = why(sure, found(Verdict.INCONCLUSIVE, db=FALL_BELOW), based(5))
    below = why(sure, found(Verdict.INCONCLUSIVE, db=FALL_BELOW - 0.01), based(5))

    assert near == (False, [ReasonKind.STILL_NEAR])
    assert below[0] and ReasonKind.VERDICT_CHANGED in below[1]


def test_a_confirmed_answer_falls_when_a_link_is_no_longer_proven() -> None:
    """The probability would still do, so it is no flip around the line."""
    sure = kept(found(Verdict.CONFIRMED, db=0.95))

    assert why(sure, found(Verdict.LIKELY, db=0.95), based(5))[0]
    assert not why(sure, found(Verdict.LIKELY, db=0.85), based(5))[0]
    assert why(sure, found(Verdict.LIKELY, db=0.7), based(5))[0]


def test_a_problem_that_is_recognised_no_more_still_holds_by_its_component_s_share() -> None:
    """It was LIKELY for what its metrics matched, from a share of .4 on, and not by its grounds."""
    named = kept(found(Verdict.LIKELY, "p", db=0.5))
    near = replace(found(Verdict.INCONCLUSIVE, db=STILL_STRONG), sureness=0.1)
    below = replace(found(Verdict.INCONCLUSIVE, db=STILL_STRONG - 0.01), sureness=0.1)

    assert why(named, near, based(5)) == (False, [ReasonKind.STILL_NEAR])
    assert why(named, below, based(5))[0]
    assert why(kept(found(Verdict.LIKELY, db=0.5)), near, based(5))[0]


def test_another_component_takes_the_lead_by_a_margin_only() -> None:
    """An open question is not answered differently at each look."""
    open_question = kept(found(Verdict.INCONCLUSIVE, db=0.3, web=0.28))
    closer = found(Verdict.INCONCLUSIVE, web=0.3, db=0.2)
    clear = found(Verdict.INCONCLUSIVE, web=0.36, db=0.2)

    assert why(open_question, closer, based(5)) == (False, [ReasonKind.LEAD_TOO_SMALL])
    assert why(open_question, clear, based(5))[0]


def test_a_sure_answer_does_not_change_sides_by_a_small_lead() -> None:
    """As live: catalogue was slow and had 77 %; four minutes later, asked again, sqlite had 53 %
    and catalogue 35 %."""
    sure = kept(found(Verdict.LIKELY, catalogue=0.77, sqlite=0.06))
    swayed = found(Verdict.LIKELY, sqlite=0.53, catalogue=0.35)
    fallen = found(Verdict.LIKELY, sqlite=0.45, catalogue=0.2)

    assert why(sure, swayed, based(5)) == (False, [ReasonKind.LEAD_TOO_SMALL])
    assert why(sure, swayed, based(5, occurrences=3))[0] is False
    assert why(sure, fallen, based(5))[0]
    assert why(sure, found(Verdict.INCONCLUSIVE, sqlite=0.5, catalogue=0.3), based(5)) == (
        False,
        [ReasonKind.STILL_NEAR],
    )


def test_a_component_that_is_ruled_out_does_not_hold_the_lead() -> None:
    """However little another one has."""
    open_question = kept(found(Verdict.INCONCLUSIVE, db=0.3, web=0.28))
    normal_again = RuledOut("db", reason(ReasonKind.NOT_DEVIATING, component="db"))
    now = replace(found(Verdict.INCONCLUSIVE, web=0.1), ruled_out=(normal_again,))

    assert why(open_question, now, based(5))[0]


def test_an_incident_that_was_split_is_answered_anew() -> None:
    """What the answer rested on may be in the other part."""
    sure = kept(ranked(db=0.9), based(occurrences=3, ongoing=3, more="shop/db"))
    replaces, kinds = why(sure, ranked(db=0.2), based(occurrences=2))

    assert replaces
    assert kinds[0] is ReasonKind.OCCURRENCES_CAME


def test_an_answer_without_data_replaces_no_answer() -> None:
    """Telemetry that stopped says nothing about the cause."""
    blind = Analysis("i", Verdict.INCONCLUSIVE, (), (), (), (), None)

    assert why(kept(ranked(db=0.3)), blind, based(5)) == (False, [ReasonKind.LESS_EVIDENCE])


def test_normal_again_is_said_when_it_is_clear() -> None:
    """A symptom that is a little too usual leaves the question open; a sure answer needs more."""
    open_question, sure = kept(ranked(db=0.3)), kept(ranked(db=0.9))

    assert why(open_question, normal(0.15), based(5)) == (False, [ReasonKind.STILL_ABNORMAL])
    assert why(open_question, normal(0.25), based(5))[0]
    assert why(sure, normal(0.25), based(5)) == (False, [ReasonKind.STILL_ABNORMAL])
    assert why(sure, normal(0.6), based(5))[0]


def test_figures_that_move_a_little_keep_the_answer_until_something_comes() -> None:
    """A new occurrence is evidence; a few percent are not."""
    sure, moved = kept(ranked(db=0.95)), ranked(db=0.9)
    outcome = reassess(sure, moved, based(5, occurrences=3, ongoing=3, more="shop/db"))

    assert why(sure, moved, based(5)) == (False, [ReasonKind.LITTLE_CHANGED])
    assert outcome.replaces
    assert [one.sentence for one in outcome.reasons] == [
        "the incident has 3 occurrences, 2 before",
        "shop/db joined the incident",
        "there is telemetry until 2026-03-01 12:05:00 UTC, until 2026-03-01 12:00:00 UTC before",
        "db has 90%, 95% before",
    ]
