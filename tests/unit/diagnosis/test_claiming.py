"""What is claimed of the leading component, and what is said when it is no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.verdict import LIKELY_PROBABILITY, decide
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.entities.reasons import Reason, ReasonKind
from labo.domain.entities.series import Topology
from tests.builders.labelled_systems import a_fault, a_label, knowledge_of
from tests.unit.diagnosis.test_foreign_systems import BALANCED, DOUBTS

WEAK = a_fault("leaks threads", "payments", seed=2)
"""One of four series of the cause deviates far, and one a little."""


def doubts(analysis: Analysis) -> list[Reason]:
    return [one for one in analysis.missing if one.kind in DOUBTS]


def a_verdict(probability: float, line: float = LIKELY_PROBABILITY) -> Verdict:
    return decide(
        probability,
        line=line,
        symptom_sure=True,
        links_observed=True,
        links_proven=False,
        resolved_incidents=0,
    )


def test_likely_begins_at_its_line() -> None:
    assert a_verdict(LIKELY_PROBABILITY) is Verdict.LIKELY
    assert a_verdict(LIKELY_PROBABILITY - 0.01) is Verdict.INCONCLUSIVE
    assert a_verdict(0.5, line=0.4) is Verdict.LIKELY


def test_a_likely_answer_has_no_doubts() -> None:
    found = analyse(a_fault("is slow", "payments", seed=3))

    assert found.verdict is Verdict.LIKELY
    assert found.sureness >= LIKELY_PROBABILITY
    assert not doubts(found)


def test_an_answer_that_is_often_wrong_says_what_speaks_against_it() -> None:
    """With a probability that is below the line as it is shown, too."""
    found = analyse(WEAK)
    [doubt] = doubts(found)

    assert found.verdict is Verdict.INCONCLUSIVE
    assert doubt.kind is ReasonKind.OFTEN_WRONG
    assert doubt.values["component"] == "payments"
    assert float(str(doubt.values["probability"])) <= found.sureness < LIKELY_PROBABILITY
    assert float(str(doubt.values["probability"])) == pytest.approx(found.sureness, abs=0.01)


def test_a_label_of_the_same_fault_makes_it_likely() -> None:
    """What its metrics match is evidence that the grounds lack."""
    found = analyse(WEAK, knowledge_of([a_label("leaks threads", "payments", seed=9)]))

    assert found.verdict is Verdict.LIKELY
    assert not doubts(found)


def test_of_a_star_of_calls_no_one_is_likely_while_another_deviates_as_far() -> None:
    """Which affects which is not known; a call between any two of them would tell."""
    star = analyse(BALANCED)
    calls = (*BALANCED.topology.dependencies, ("c3", "c4"))
    linked = replace(BALANCED, topology=Topology((*BALANCED.topology.components, "c4"), calls))

    assert star.verdict is Verdict.INCONCLUSIVE
    assert [one.kind for one in doubts(star)] == [ReasonKind.ONE_OF_MANY]
    assert star.sureness > LIKELY_PROBABILITY
    assert analyse(linked).verdict is Verdict.LIKELY


def test_what_may_be_caused_by_something_unmeasured_says_by_what() -> None:
    series = {k: s for k, s in BALANCED.series.items() if k.component != "c2"}
    [doubt] = doubts(analyse(replace(BALANCED, series=series)))

    assert doubt.kind is ReasonKind.ORIGIN_UNMEASURED
    assert doubt.values == {"component": "c1", "origin": "c2"}


def test_nothing_is_claimed_without_a_symptom() -> None:
    """The target is as ever."""
    found = analyse(replace(BALANCED, target="c3"))

    assert found.verdict is Verdict.NO_PROBLEM
    assert found.sureness == 0.0
