"""What a notification says of the suspects."""

from __future__ import annotations

from typing import Any

from labo.domain.entities.diagnoses import Analysis, Diagnosis, Suspect, Verdict
from labo.domain.entities.reasons import ReasonKind, reason
from labo.domain.escalation.facts import EscalationState
from labo.domain.escalation.proposals import EscalationLevel
from labo.services.incidents.notifications import render
from tests.builders.incidents import NOON, an_incident

WHY = (reason(ReasonKind.NO_ANOMALOUS_DEPENDENCY, component="invoices"),)
SUSPECTS = (
    Suspect("invoices", "slow", 0.25, WHY),
    Suspect("rooms", None, 0.2),
    Suspect("invoices", None, 0.33),
    Suspect("web", None, 0.1),
    Suspect("mail", None, 0.05),
)


def test_a_line_has_the_components_probability_and_each_problems_beside_it() -> None:
    """The three likeliest components; a receiver's data has both of each suspect."""
    analysis = Analysis("i", Verdict.LIKELY, SUSPECTS, (), (), (), None)
    state = EscalationState(EscalationLevel.N1, None, None, None)
    message = render(an_incident(), state, Diagnosis("d", "i", "1", analysis), None, NOON)

    assert message.text.splitlines()[1:] == [
        "Verdict: LIKELY",
        "- invoices (58%: slow 25%, no known problem 33%): no dependency of invoices is anomalous",
        "- rooms (20%)",
        "- web (10%)",
    ]
    suspects: Any = message.data["suspects"]
    assert [
        (one["component"], one["probability"], one["component_probability"]) for one in suspects
    ] == [("invoices", 0.25, 0.58), ("rooms", 0.2, 0.2), ("invoices", 0.33, 0.58)]
