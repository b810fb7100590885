"""A headline has the probability of the component that it names, and of each problem there."""

from __future__ import annotations

from typing import Any

import pytest

from labo.cli.demo.text import print_summary
from labo.cli.diagnosis_json import analysis_record
from labo.cli.diagnosis_text import print_analysis
from labo.cli.operator.incident_json import incident_record
from labo.cli.operator.incident_text import print_incident
from labo.cli.operator.incidents import leading
from labo.cli.operator.moments import in_utc
from labo.cli.operator.timeline import timeline
from labo.domain.entities.diagnoses import Analysis, Suspect, Verdict, component_probabilities
from labo.domain.entities.reasons import ReasonKind, reason

AT = "2026-03-01T12:00:00+00:00"


def a_suspect(component: str, problem: str | None, probability: float) -> Suspect:
    why = reason(ReasonKind.NO_ANOMALOUS_DEPENDENCY, component=component)
    return Suspect(component, problem, probability, (why,))


SUSPECTS = (
    a_suspect("invoices", "slow", 0.25),
    a_suspect("rooms", "keys are searched", 0.2),
    a_suspect("invoices", None, 0.33),
    a_suspect("web", None, 0.12),
    a_suspect("web", "stops", 0.06),
    a_suspect("mail", None, 0.01),
)
HEADLINE = "The likely cause is invoices (58%: slow 25%, no known problem 33%)"
OTHERS = [
    "  Less likely: rooms, keys are searched (20%): no dependency of rooms is anomalous",
    "  Less likely: web (18%: no known problem 12%, stops 6%): no dependency of web is anomalous",
]
SHARES = [0.58, 0.2, 0.58, 0.18, 0.18, 0.01]


def an_analysis(verdict: Verdict, *suspects: Suspect) -> Analysis:
    return Analysis("case", verdict, suspects, (), (), (), None)


def a_node() -> dict[str, Any]:
    """The incident as GraphQL answers."""
    shares = component_probabilities(SUSPECTS)
    suspects = [
        {
            "componentName": one.component,
            "problemTitle": one.problem,
            "problemKey": None,
            "probability": one.probability,
            "componentProbability": shares[one.component],
            "reasons": [
                {"kind": each.kind.name, "sentence": each.sentence} for each in one.reasons
            ],
        }
        for one in SUSPECTS
    ]
    diagnosis = {"verdict": "LIKELY", "method": "CLASSIFICATION", "createdAt": AT}
    diagnosis |= {"suspects": suspects, "nextMetric": None}
    diagnosis |= {name: [] for name in ("chains", "ruledOut", "missing", "changes")}
    words = ("key", "title", "system", "resolution", "ticket", "escalationLevel", "symptom")
    none = ("mergedInto", "assignee", "follows", "recurrenceOf", "resolvedAt", "escalation")
    lists = ("occurrences", "confirmedCauses", "proposals", "findings", "timeline", "executions")
    return (
        dict.fromkeys(words, "x")
        | dict.fromkeys(none)
        | {name: [] for name in lists}
        | {"status": "OPEN", "severity": "ERROR", "openedAt": AT, "lastActivityAt": AT}
        | {"diagnosis": diagnosis, "diagnoses": [diagnosis]}
    )


def test_a_diagnosis_in_words_leads_with_the_component(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each component has one line, the likeliest first, and each of several names its own share."""
    print_analysis(an_analysis(Verdict.LIKELY, *SUSPECTS), "seen", None)

    lines = capsys.readouterr().out.splitlines()
    assert f"  {HEADLINE}" in lines
    assert [line for line in lines if "Less likely" in line] == OTHERS


@pytest.mark.parametrize(
    ("verdict", "suspects", "headline"),
    [
        (Verdict.CONFIRMED, SUSPECTS[:2], "The confirmed cause is invoices, slow (25%)"),
        (Verdict.LIKELY, SUSPECTS[2:3], "The likely cause is invoices (33%)"),
        (
            Verdict.INCONCLUSIVE,
            SUSPECTS,
            "No cause stands out; first of the suspects is invoices "
            "(58%: slow 25%, no known problem 33%)",
        ),
    ],
)
def test_one_suspect_on_a_component_has_its_own_probability(
    verdict: Verdict,
    suspects: tuple[Suspect, ...],
    headline: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its problem is named before it; without a sure cause several are listed as well."""
    print_analysis(an_analysis(verdict, *suspects), "seen", None)

    assert f"  {headline}" in capsys.readouterr().out.splitlines()


def test_an_incident_in_words_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Headline, less likely ones, timeline and the row of a list."""
    print_incident(a_node(), in_utc(AT))

    lines = capsys.readouterr().out.splitlines()
    assert f"  {HEADLINE}" in lines
    assert [line for line in lines if "Less likely" in line] == OTHERS
    assert (AT, "diagnosed: invoices 58% LIKELY") in timeline(a_node())
    assert leading(a_node()) == "invoices 58% LIKELY"


def test_json_has_both_probabilities() -> None:
    """Of the suspect as before, and of its component; offline and of an incident."""
    exchanged: Any = analysis_record(an_analysis(Verdict.LIKELY, *SUSPECTS))
    answered: Any = incident_record(a_node(), in_utc(AT))

    for record in (exchanged, answered["diagnosis"]):
        assert [one["component_probability"] for one in record["suspects"]] == SHARES
        assert [one["probability"] for one in record["suspects"]] == [
            one.probability for one in SUSPECTS
        ]


def test_the_demo_names_each_component_once(capsys: pytest.CaptureFixture[str]) -> None:
    """With what it has in all, and the problem that is recognised with its own."""
    diagnosis = a_node()["diagnosis"]
    diagnosis |= {"chains": [{"components": [], "conditions": []}], "tookMs": 1.0}
    label = {"component": "invoices", "how": "delayed"}
    before = {"component": "web", "probability": 0.3, "verdict": "LIKELY", "problem": None}
    minimal = {"proven": True, "saving": 0.0, "metrics": [], "indistinguishable": []}
    print_summary(
        {
            "incident": {"title": "x", "diagnosis": diagnosis},
            "labels": [label, label],
            "minimal_metrics": minimal,
            "proposal": dict.fromkeys(
                ("model", "escalationLevel", "proposedCommand", "riskLevel", "rollbackPlan"), "x"
            ),
            "decision": dict.fromkeys(("verdict", "decidedBy", "reason"), "x"),
            "again": {"before": before, "after": {"title": "x", "diagnosis": diagnosis}},
        }
    )

    shown = capsys.readouterr().out
    assert "The cause  invoices (58%, LIKELY)\n" in shown
    assert "   - rather than rooms (20%)\n   - rather than web (18%)\n" in shown
    assert "with it: invoices (58%, LIKELY), problem slow (25%)\n" in shown
