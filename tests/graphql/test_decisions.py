"""What people say through the API: causes and decisions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from graph import escalations, proposals
from graph.client import Graph, Transaction
from graph.statements import parse
from labo.domain.entities.diagnoses import Verdict
from labo.domain.escalation.proposals import EscalationLevel, Proposal, proposal_id
from labo.domain.escalation.stages import Stage, Transition
from labo.domain.governance.risk import RiskLevel
from labo.domain.incidents.incidents import IncidentStatus
from tests.builders.incidents import (
    NOON,
    an_incident,
    an_occurrence,
    save_diagnosis,
    save_incident,
)
from tests.graphql.conftest import Caller

CONFIRM = """
mutation ($incident: ID!, $reason: String!, $component: ID, $problem: ID) {
  confirmCause(incident: $incident, reason: $reason, component: $component, problem: $problem) {
    __typename
    ... on Finding { summary validatedBy reason }
    ... on Failure { code where }
  }
}
"""
CAUSES = """
{ incident(id: "incident-0001") { ... on Incident {
  confirmedCauses { componentKey problemKey confirmedBy reason
    component { name } problem { title } }
  findings { summary validatedBy }
} } }
"""
DECIDE = """
mutation ($proposal: ID!, $digest: String!, $verdict: DecisionVerdict!, $reason: String!) {
  decide(proposal: $proposal, digest: $digest, verdict: $verdict, reason: $reason) {
    __typename
    ... on Decision { verdict decidedBy reason proposalKey proposalDigest }
    ... on Failure { code message }
  }
}
"""

_CAUSED_BY = parse(
    "tests/find_caused_by",
    """// What an incident was caused by.
// access: read
// params: workspace, incident
// returns: target
MATCH (:Incident {workspace: $workspace, id: $incident})-[:CAUSED_BY]->(cause)
RETURN labels(cause)[0] + ' ' + coalesce(cause.key, cause.id) AS target ORDER BY target
""",
    str,
)


async def save_proposal(graph: Graph, incident: str, diagnosis: str) -> Proposal:
    kept = Proposal(
        id=proposal_id(incident, EscalationLevel.N1, 0),
        incident=incident,
        escalation_level=EscalationLevel.N1,
        model="scripted",
        analysis="the database is slow",
        template_id="scale_out",
        template_key="scale_out@1",
        parameters={"component": "db", "instances": 1},
        proposed_command="labo-action scale --component db --add-instances 1",
        risk_level=RiskLevel.LOW,
        rollback_plan="none",
        explanation="it helped before",
        criticality=2,
        created_at=NOON + timedelta(minutes=5),
        diagnosis=diagnosis,
        verdict=Verdict.LIKELY.value,
    )

    asked = Transition(
        Stage.GATE, EscalationLevel.N1, "asked", status=IncidentStatus.AWAITING_DECISION
    )

    async def unit(tx: Transaction) -> None:
        changed = escalations.Changed(diagnosis=diagnosis, verdict=Verdict.LIKELY.value)
        await escalations.move(tx, incident, 0, asked, at=NOON, changed=changed)
        await proposals.save(tx, kept)

    await graph.write(unit)
    return kept


async def test_a_problem_on_a_component_is_confirmed_as_its_occurrence(caller: Caller) -> None:
    """Where the incident includes it, the occurrence is the cause; who and why are kept, and a
    finding says it in words."""
    await save_incident(caller.graph, an_incident(1), an_occurrence(1, component="db"))

    for _ in range(2):
        data = await caller.ask(
            CONFIRM, incident="incident-0001", component="shop/db", problem="slow", reason="seen"
        )
    shown = (await caller.ask(CAUSES))["incident"]

    assert data["confirmCause"] == {
        "__typename": "Finding",
        "summary": "Confirmed cause: slow at db. seen",
        "validatedBy": "tester",
        "reason": "seen",
    }
    assert await caller.graph.fetch(_CAUSED_BY, incident="incident-0001") == [
        "Occurrence occurrence-0001"
    ]
    assert shown["confirmedCauses"] == [
        {
            "componentKey": "shop/db",
            "problemKey": "slow",
            "confirmedBy": "tester",
            "reason": "seen",
            "component": {"name": "db"},
            "problem": {"title": "slow"},
        }
    ]
    assert [finding["validatedBy"] for finding in shown["findings"]] == ["tester"]


@pytest.mark.parametrize(
    ("named", "linked"),
    [
        ({"component": "shop/db"}, ["Component shop/db"]),
        ({"problem": "slow"}, ["Problem slow"]),
        ({"component": "shop/db", "problem": "slow"}, ["Component shop/db", "Problem slow"]),
    ],
)
async def test_a_cause_outside_the_incident_is_linked_as_named(
    caller: Caller, named: dict[str, str], linked: list[str]
) -> None:
    """A component or a problem that is no occurrence of the incident is linked itself."""
    await save_incident(caller.graph, an_incident(1), an_occurrence(1, component="checkout"))
    await save_incident(caller.graph, an_incident(2), an_occurrence(2, component="db"))

    await caller.ask(CONFIRM, incident="incident-0001", reason="told", **named)

    assert await caller.graph.fetch(_CAUSED_BY, incident="incident-0001") == linked


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"incident": "none"}, "not_found"),
        ({"component": "shop/none"}, "not_found"),
        ({"problem": "none"}, "not_found"),
        ({"component": None}, "invalid_input"),
        ({"reason": " "}, "invalid_input"),
        ({"incident": "UHJvYmxlbTpzbG93"}, "invalid_input"),
    ],
)
async def test_a_cause_that_cannot_be_is_refused(
    caller: Caller, wrong: dict[str, Any], code: str
) -> None:
    """Unknown or missing parts are typed failures, and nothing is kept."""
    await save_incident(caller.graph, an_incident(1), an_occurrence(1))
    named = {"incident": "incident-0001", "component": "shop/checkout", "reason": "x"} | wrong

    data = await caller.ask(CONFIRM, **named)

    assert data["confirmCause"]["code"] == code
    assert await caller.graph.fetch(_CAUSED_BY, incident="incident-0001") == []


async def test_a_proposal_is_shown_and_decided(caller: Caller) -> None:
    """The digest that the proposal shows is what is decided on; the decision shows beside it."""
    await save_incident(caller.graph, an_incident(1))
    diagnosis = await save_diagnosis(caller.graph, "incident-0001")
    await save_proposal(caller.graph, "incident-0001", diagnosis.id)
    query = """{ incident(id: "incident-0001") { ... on Incident { status proposals {
      id digest status escalationLevel proposedCommand parameters { name value } incident { key }
      decision { verdict decidedBy } } } } }"""

    [shown] = (await caller.ask(query))["incident"]["proposals"]
    other = await caller.ask(
        DECIDE, proposal=shown["id"], digest="0" * 32, verdict="APPROVE", reason="ok"
    )
    done = await caller.ask(
        DECIDE, proposal=shown["id"], digest=shown["digest"], verdict="APPROVE", reason="ok"
    )
    after = (await caller.ask(query))["incident"]

    assert shown["status"] == "PENDING"
    assert shown["decision"] is None
    assert shown["parameters"] == [
        {"name": "component", "value": "db"},
        {"name": "instances", "value": "1"},
    ]
    assert shown["incident"] == {"key": "incident-0001"}
    assert other["decide"]["code"] == "conflict"
    assert done["decide"]["decidedBy"] == "tester"
    assert done["decide"]["proposalDigest"] == shown["digest"]
    assert after["status"] == "ACTING"
    assert after["proposals"][0]["status"] == "APPROVED"
    assert after["proposals"][0]["decision"] == {"verdict": "APPROVE", "decidedBy": "tester"}


async def test_an_unknown_proposal_is_a_value(caller: Caller) -> None:
    """Deciding what is not there is a typed failure."""
    data = await caller.ask(DECIDE, proposal="none", digest="x", verdict="REJECT", reason="no")

    assert data["decide"]["code"] == "not_found"


async def test_a_confirmed_cause_is_told_to_followers(caller: Caller) -> None:
    """Who follows incidents hears of a confirmed cause."""
    await save_incident(caller.graph, an_incident(1), an_occurrence(1))
    async with caller.labo.changes.subscribed(caller.workspace, "tester", timeout_s=60) as heard:
        await caller.ask(
            CONFIRM, incident="incident-0001", component="shop/checkout", reason="disk"
        )
        assert await anext(heard) == "incident-0001"
