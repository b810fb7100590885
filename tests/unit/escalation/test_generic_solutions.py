"""General advice where no model answers."""

from __future__ import annotations

import pytest

from labo.adapters.templates import load_templates
from labo.domain.entities.behaviours import Behaviour
from labo.domain.entities.diagnoses import Verdict
from labo.domain.escalation.generic_solutions import ADVICE, generic_solution
from tests.builders.escalation import an_analysis

FOCUSES = load_templates()["open_ticket"].parameters[1].choices


@pytest.mark.parametrize("behaviour", Behaviour)
def test_every_behaviour_has_advice(behaviour: Behaviour) -> None:
    """What to check, a first step, and a focus that the ticket's template knows."""
    advice = ADVICE[behaviour]

    assert len(advice.checks) == 2
    assert all(sentence.endswith(".") for sentence in (*advice.checks, advice.first_step))
    assert advice.focus in FOCUSES


def test_the_advice_is_that_of_the_suspects_behaviour() -> None:
    """With the action that the diagnosis supports."""
    solution = generic_solution(an_analysis(metric="cpu.utilization"))

    assert (solution.component, solution.behaviour) == ("checkout", Behaviour.SATURATED)
    assert solution.template_id == "scale_out"
    assert solution.analysis.startswith("General advice about checkout, by the kind of problem: ")


def test_an_unsure_diagnosis_gets_an_investigation() -> None:
    """And so does an incident without any."""
    unsure = generic_solution(an_analysis(verdict=Verdict.INCONCLUSIVE))
    nothing = generic_solution(None, "cart")

    assert (unsure.template_id, unsure.behaviour) == ("open_ticket", Behaviour.SATURATED)
    assert (nothing.template_id, nothing.component, nothing.focus) == (
        "open_ticket",
        "cart",
        "unknown",
    )
