"""The escalation's values: a structured proposal, a human's decision, what was learnt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from labo.domain.entities.keys import digest
from labo.domain.entities.severity import Severity
from labo.domain.governance.risk import RiskLevel


class EscalationLevel(StrEnum):
    MEMORY = "memory"
    N1 = "n1"
    N2 = "n2"
    N3 = "n3"


class DecisionVerdict(StrEnum):
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    ESCALATE = "ESCALATE"


class ProposalStatus(StrEnum):
    """`refused`: rejected by code, nobody was asked. `superseded`: a newer diagnosis exists, or the
    incident is over. `expired`: nobody decided in time."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    ESCALATED = "escalated"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an escalation level suggests. `proposed_command` is the rendered template, shown to a
    human and never executed here. A decision is bound to `digest`. `rolls_back` is the execution
    (id) whose effect it takes back; empty for an action of its own. `requested_by` is the person
    who asked for it; empty where the escalation did. `template_key` (`name@version`) and
    `template_digest` are of the signed template that rendered it."""

    id: str
    incident: str
    escalation_level: EscalationLevel
    model: str
    analysis: str
    template_id: str
    parameters: Mapping[str, str | int | float | bool]
    proposed_command: str
    risk_level: RiskLevel
    rollback_plan: str
    explanation: str
    criticality: int
    created_at: datetime
    status: ProposalStatus = ProposalStatus.PENDING
    diagnosis: str = ""
    verdict: str = ""
    refusal: str = ""
    rolls_back: str = ""
    requested_by: str = ""
    template_key: str = ""
    template_digest: str = ""

    @property
    def digest(self) -> str:
        """Digest of the exact action: template, parameters, command, and what it takes back."""
        return action_digest(
            self.template_id, self.parameters, self.proposed_command, self.rolls_back
        )


CRITICALITY: Mapping[Severity, int] = {
    Severity.CRITICAL: 5,
    Severity.ERROR: 4,
    Severity.WARNING: 3,
    Severity.INFO: 1,
}
"""How critical, from 1 to 5, what nobody rated is: by the incident's severity. By judgement."""


def proposal_id(incident: str, escalation_level: EscalationLevel, moves: int) -> str:
    """One proposal per level that is asked at one point of an incident's escalation: asking again
    there yields the same id."""
    return digest("proposal", incident, escalation_level.value, str(moves))


def decision_id(proposal: str) -> str:
    """A proposal is decided once."""
    return digest("decision", proposal)


def finding_id(decision: str) -> str:
    return digest("finding", decision)


def action_digest(
    template_id: str,
    parameters: Mapping[str, str | int | float | bool],
    command: str,
    rolls_back: str = "",
) -> str:
    canonical = json.dumps(dict(parameters), sort_keys=True, separators=(",", ":"))
    rollback = (rolls_back,) if rolls_back else ()
    return digest("action", template_id, canonical, command, *rollback)


@dataclass(frozen=True, slots=True)
class Decision:
    id: str
    proposal: str
    proposal_digest: str
    verdict: DecisionVerdict
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """What was learnt from an incident, and who validated it."""

    id: str
    incident: str
    summary: str
    validated_by: str
    reason: str
    created_at: datetime
    labels: Mapping[str, str] = field(default_factory=dict)
