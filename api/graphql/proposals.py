"""Proposals of the escalation, and the decisions of humans on them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.errors import ConflictType, ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.events import LabelType, label_list
from api.graphql.pagination import IdArgument, NodeType, key_of
from api.graphql.permissions import described, guarded
from graph import proposals
from labo.domain.entities.tokens import Scope
from labo.domain.escalation.proposals import (
    Decision,
    DecisionVerdict,
    EscalationLevel,
    Proposal,
    ProposalStatus,
)
from labo.domain.governance.risk import RiskLevel

if TYPE_CHECKING:
    from api.graphql.incidents import IncidentType

LazyIncident = Annotated["IncidentType", strawberry.lazy("api.graphql.incidents")]


@strawberry.type(name="Decision", description="A human's decision on a proposal.")
class DecisionType(NodeType):
    verdict: DecisionVerdict
    reason: str
    decided_by: str
    decided_at: datetime
    proposal_digest: str = strawberry.field(description="The exact action that was decided on.")
    proposal_key: str

    @classmethod
    def from_domain(cls, decision: Decision) -> DecisionType:
        return cls(
            key=decision.id,
            verdict=decision.verdict,
            reason=decision.reason,
            decided_by=decision.decided_by,
            decided_at=decision.decided_at,
            proposal_digest=decision.proposal_digest,
            proposal_key=decision.proposal,
        )


@strawberry.type(name="Proposal", description="An action proposed by one level of the escalation.")
class ProposalType(NodeType):
    escalation_level: EscalationLevel
    model: str
    status: ProposalStatus
    digest: str = strawberry.field(description="Of the exact action; `decide` asks for it.")
    analysis: str
    template_id: str
    parameters: list[LabelType]
    proposed_command: str = strawberry.field(
        description="Rendered from the template; run only when approved."
    )
    risk_level: RiskLevel
    rollback_plan: str
    explanation: str
    criticality: int = strawberry.field(description="1 (lowest) to 5.")
    refusal: str = strawberry.field(
        description="Why a policy check rejected it; empty if it was not rejected."
    )
    created_at: datetime
    incident_id: strawberry.Private[str]

    @classmethod
    def from_domain(cls, proposal: Proposal) -> ProposalType:
        return cls(
            key=proposal.id,
            escalation_level=proposal.escalation_level,
            model=proposal.model,
            status=proposal.status,
            digest=proposal.digest,
            analysis=proposal.analysis,
            template_id=proposal.template_id,
            parameters=label_list(proposal.parameters),
            proposed_command=proposal.proposed_command,
            risk_level=proposal.risk_level,
            rollback_plan=proposal.rollback_plan,
            explanation=proposal.explanation,
            criticality=proposal.criticality,
            refusal=proposal.refusal,
            created_at=proposal.created_at,
            incident_id=proposal.incident,
        )

    @described("The incident that it addresses.")
    async def incident(self, info: Info) -> LazyIncident | None:
        from api.graphql.incidents import IncidentType

        incident = await info.context.loaders.cases.incident.load(self.incident_id)
        return IncidentType.from_domain(incident) if incident else None

    @described("The decision on it.")
    async def decision(self, info: Info) -> DecisionType | None:
        decision = await info.context.loaders.cases.decision.load(self.key)
        return DecisionType.from_domain(decision) if decision else None


ProposalResult = Annotated[
    ProposalType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("ProposalResult"),
]
DecisionChange = Annotated[
    DecisionType | NotFoundType | ConflictType | InvalidInputType | ForbiddenType,
    strawberry.union("DecisionChange"),
]


@strawberry.type
class ProposalsQuery:
    @guarded(Scope.READ, "One proposal.")
    async def proposal(self, info: Info, id_: IdArgument) -> ProposalResult:
        key = key_of(ProposalType, id_)
        return ProposalType.from_domain(await proposals.get(info.context.services.graph, key))


@strawberry.type
class ProposalsMutation:
    @guarded(
        Scope.OPERATE,
        "Decide a proposal, on exactly the action that `digest` identifies. What is approved is "
        "executed once, by the executor of its template; under the autonomy `PROPOSE` by a person.",
    )
    async def decide(
        self,
        info: Info,
        proposal: strawberry.ID,
        digest: str,
        verdict: DecisionVerdict,
        reason: str,
    ) -> DecisionChange:
        decision = await info.context.services.decisions.decide(
            key_of(ProposalType, proposal),
            digest=digest,
            verdict=verdict,
            reason=reason,
            decided_by=info.context.caller.name,
        )
        return DecisionType.from_domain(decision)
