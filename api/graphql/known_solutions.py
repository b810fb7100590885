"""What memory holds of resolved incidents, what it proposes for others, and what all that costs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.errors import ConflictType, ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.events import LabelType, label_list
from api.graphql.incidents import IncidentType
from api.graphql.pagination import DEFAULT_PAGE, First, key_of
from api.graphql.permissions import guarded
from labo.domain.entities.tokens import Scope
from labo.domain.escalation.economy import Economy, EconomyRow, Period
from labo.domain.escalation.known_solutions import KnownSolution
from labo.domain.escalation.resolutions import Resolution
from labo.domain.escalation.verification_outcomes import VerificationOutcome

Reason = Annotated[str, strawberry.argument(description="Why; at most 2,000 characters.")]


@strawberry.type(
    name="KnownSolution", description="An action that resolved incidents like this one."
)
class KnownSolutionType:
    template_id: str
    parameters: list[LabelType]
    probability: float = strawberry.field(
        description="Calibrated probability that it resolves this incident."
    )
    false_fire_rate: float = strawberry.field(
        description="Upper bound (95 %) of the share of such solutions that did not help in this "
        "workspace; 1 while none was executed."
    )
    is_sure: bool = strawberry.field(
        description="Whether memory is sure enough to take it without asking a model."
    )
    incidents: list[str] = strawberry.field(description="Keys of those it was learnt from.")

    @classmethod
    def from_domain(cls, solution: KnownSolution) -> KnownSolutionType:
        return cls(
            template_id=solution.template_id,
            parameters=label_list({k: str(v) for k, v in solution.parameters.items()}),
            probability=solution.probability,
            false_fire_rate=solution.false_fire_rate,
            is_sure=solution.is_sure,
            incidents=list(solution.incidents),
        )


@strawberry.type(name="Resolution", description="What is remembered of a resolved incident.")
class ResolutionType:
    incident_key: str
    title: str
    symptoms: list[str]
    component_keys: list[str]
    tags: list[str]
    problem: str | None = strawberry.field(
        description="The leading suspect's problem when the action was executed."
    )
    component_key: str | None
    template_id: str | None = strawberry.field(description="The action; null without a verified.")
    parameters: list[LabelType]
    outcome: VerificationOutcome | None = strawberry.field(
        description="What the action did: as measured, or as a person corrected it."
    )
    attempts: int = strawberry.field(description="Verified actions on the incident.")
    success_rate: float | None = strawberry.field(
        description="Share of the action's executions against this problem that helped."
    )
    escalation_level: str | None
    model_calls: int
    tokens: int
    cost_eur: float
    minutes: float
    opened_at: datetime
    resolved_at: datetime
    text: str
    corrected_by: str | None
    correction: str | None = strawberry.field(description="The reason of the correction.")

    @classmethod
    def from_domain(cls, document: Resolution) -> ResolutionType:
        return cls(
            incident_key=document.incident,
            title=document.title,
            symptoms=list(document.symptoms),
            component_keys=list(document.components),
            tags=list(document.tags),
            problem=document.problem or None,
            component_key=document.component or None,
            template_id=document.template or None,
            parameters=label_list({k: str(v) for k, v in document.parameters.items()}),
            outcome=VerificationOutcome(document.outcome) if document.outcome else None,
            attempts=document.attempts,
            success_rate=document.success_rate,
            escalation_level=document.escalation_level or None,
            model_calls=document.calls,
            tokens=document.tokens_prompt + document.tokens_completion,
            cost_eur=document.cost_micro_eur / 1e6,
            minutes=document.duration_s / 60,
            opened_at=document.opened_at,
            resolved_at=document.resolved_at,
            text=document.text,
            corrected_by=document.corrected_by,
            correction=document.correction,
        )


@strawberry.type(name="LevelShare", description="Share of incidents that reached a level.")
class LevelShareType:
    level: str
    share: float


@strawberry.type(name="EconomyRow", description="Means over the incidents of one period.")
class EconomyRowType:
    name: str
    since: datetime
    until: datetime
    incidents: int
    levels: list[LevelShareType]
    without_model: float = strawberry.field(
        description="Share of incidents that were resolved without a call of a model."
    )
    tokens: float
    cost_eur: float
    minutes: float

    @classmethod
    def from_domain(cls, row: EconomyRow) -> EconomyRowType:
        levels = [LevelShareType(level=name, share=share) for name, share in row.levels.items()]
        return cls(
            name=row.name,
            since=row.since,
            until=row.until,
            incidents=row.incidents,
            levels=levels,
            without_model=row.without_model,
            tokens=row.tokens,
            cost_eur=row.cost_eur,
            minutes=row.minutes,
        )


@strawberry.type(name="Economy", description="What resolving incidents costs, over time.")
class EconomyType:
    rows: list[EconomyRowType] = strawberry.field(description="Oldest first.")
    total: EconomyRowType | None = strawberry.field(description="Null where none was resolved.")

    @classmethod
    def from_domain(cls, found: Economy) -> EconomyType:
        total = EconomyRowType.from_domain(found.total) if found.total else None
        return cls(rows=[EconomyRowType.from_domain(row) for row in found.rows], total=total)


ResolutionResult = Annotated[
    ResolutionType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("ResolutionResult"),
]
ResolutionChange = Annotated[
    ResolutionType | NotFoundType | ConflictType | InvalidInputType | ForbiddenType,
    strawberry.union("ResolutionChange"),
]


@strawberry.type(name="Forgotten", description="Nothing is remembered of this incident any more.")
class ForgottenType:
    incident_key: str


ForgottenChange = Annotated[
    ForgottenType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("ForgottenChange"),
]


@strawberry.type
class KnownSolutionsQuery:
    @guarded(Scope.READ, "What probably resolves an incident, as memory knows; the best or none.")
    async def known_solutions(self, info: Info, incident: strawberry.ID) -> list[KnownSolutionType]:
        templates = await info.context.services.governance.templates.offered()
        found = await info.context.services.solutions.known.of_incident(
            key_of(IncidentType, incident), tuple(templates.values())
        )
        return [KnownSolutionType.from_domain(found)] if found else []

    @guarded(Scope.READ, "What is remembered of resolved incidents: newest first, or by meaning.")
    async def resolutions(
        self,
        info: Info,
        text: Annotated[
            str | None, strawberry.argument(description="Those nearest to it in meaning.")
        ] = None,
        first: First = DEFAULT_PAGE,
    ) -> list[ResolutionType]:
        found = await info.context.services.solutions.documents.find(text=text, limit=first)
        return [ResolutionType.from_domain(one) for one in found]

    @guarded(Scope.READ, "What is remembered of one resolved incident.")
    async def resolution(self, info: Info, incident: strawberry.ID) -> ResolutionResult:
        key = key_of(IncidentType, incident)
        return ResolutionType.from_domain(await info.context.services.solutions.documents.get(key))

    @guarded(Scope.READ, "What resolving incidents costs, over time.")
    async def escalation_economy(
        self, info: Info, by: Period = Period.QUARTER, since: datetime | None = None
    ) -> EconomyType:
        found = await info.context.services.solutions.documents.economy(by, since=since)
        return EconomyType.from_domain(found)


@strawberry.type
class KnownSolutionsMutation:
    @guarded(
        Scope.OPERATE,
        "Say what the remembered action on an incident really did. It counts instead of what was "
        "measured, and is in the incident's timeline.",
    )
    async def correct_solution(
        self, info: Info, incident: strawberry.ID, outcome: VerificationOutcome, reason: Reason
    ) -> ResolutionChange:
        corrected = await info.context.services.solutions.documents.correct(
            key_of(IncidentType, incident), outcome, reason=reason, by=info.context.caller.name
        )
        return ResolutionType.from_domain(corrected)

    @guarded(
        Scope.OPERATE,
        "Delete what is remembered of how an incident was resolved, for good: no known solution "
        "rests on it any longer. The incident stays, with who did this in its timeline.",
    )
    async def forget_solution(
        self, info: Info, incident: strawberry.ID, reason: Reason
    ) -> ForgottenChange:
        key = key_of(IncidentType, incident)
        await info.context.services.solutions.documents.forget(
            key, reason=reason, by=info.context.caller.name
        )
        return ForgottenType(incident_key=key)
