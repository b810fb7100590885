"""What an answer rests on, and which limits keep it from being likely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.sureness import WHY, Grounds, right_with
from labo.domain.diagnosis.sureness_weights import LIKELY_PROBABILITY, WEIGHTS
from labo.domain.diagnosis.verdict import decide
from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.reasons import ReasonKind
from labo.domain.entities.series import Topology
from labo.domain.knowledge.calibration import Calibration
from tests.unit.diagnosis.test_foreign_systems import BALANCED

CLEAR = Grounds(3.0, 3.0, -1.0, 1.0, 0.0)


def a_verdict(probability: float, line: float = LIKELY_PROBABILITY) -> Verdict:
    return decide(
        probability,
        line=line,
        symptom_sure=True,
        links_observed=True,
        links_proven=False,
        resolved_incidents=0,
    )


@pytest.mark.parametrize(
    ("ground", "worse"),
    [("lead", 0.0), ("over_unknown", -1.0), ("deviating", 0.0), ("close_rivals", 2.0)],
)
def test_each_ground_makes_an_answer_less_probable_as_it_gets_worse(
    ground: str, worse: float
) -> None:
    """The fit gave each the sign that its name promises, and the weakest one is named."""
    weaker = replace(CLEAR, **{ground: worse})

    assert weaker.probability < CLEAR.probability
    assert weaker.weakest == ground


def test_every_ground_has_a_weight_and_words() -> None:
    assert {*WEIGHTS} == {*WHY} == {*Grounds.__slots__}


def test_likely_begins_at_its_line() -> None:
    assert a_verdict(LIKELY_PROBABILITY) is Verdict.LIKELY
    assert a_verdict(LIKELY_PROBABILITY - 0.01) is Verdict.INCONCLUSIVE
    assert a_verdict(0.5, line=0.4) is Verdict.LIKELY


def test_one_s_own_labels_take_over_as_they_come() -> None:
    """Ten of them count half, two hundred nearly all."""
    halved = Calibration(incidents=10, slope=1.0, intercept=0.0)

    assert right_with(Calibration(), 0.5, 0.9) == 0.9
    assert right_with(halved, 0.5, 0.9) == pytest.approx(0.7)
    assert right_with(replace(halved, incidents=200), 0.5, 0.9) == pytest.approx(0.519, abs=1e-3)


def test_of_a_star_of_calls_no_one_is_likely_while_another_deviates_as_far() -> None:
    """Which affects which is not known; a call between any two of them would tell."""
    star = analyse(BALANCED)
    calls = (*BALANCED.topology.dependencies, ("c3", "c4"))
    linked = replace(BALANCED, topology=Topology((*BALANCED.topology.components, "c4"), calls))

    assert star.verdict is Verdict.INCONCLUSIVE
    assert ReasonKind.ONE_OF_MANY in {one.kind for one in star.missing}
    assert star.sureness > LIKELY_PROBABILITY
    assert analyse(linked).verdict is Verdict.LIKELY
