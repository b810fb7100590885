"""Incidents: what happened, since when, and how far its handling got."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.components import ComponentType
from api.graphql.confirmed_causes import (
    ConfirmedCauseType,
    FindingType,
    load_component,
    load_problem,
)
from api.graphql.context import Info
from api.graphql.diagnoses import DiagnosisType
from api.graphql.errors import ConflictType, ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.events import EventType
from api.graphql.pagination import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    IdArgument,
    NodeType,
    connection,
    key_of,
    window,
)
from api.graphql.permissions import described, guarded
from api.graphql.problems import ProblemType
from api.graphql.proposals import ProposalType
from graph import incidents
from labo.domain.entities.severity import Severity
from labo.domain.entities.tokens import Scope
from labo.domain.escalation.proposals import EscalationLevel
from labo.domain.incidents.incidents import Incident, IncidentStatus, Occurrence
from labo.errors import InvalidInput, NotFound

MAX_REASON = 4_000


@strawberry.type(name="Occurrence", description="A problem on a component, from start to end.")
class OccurrenceType(NodeType):
    severity: Severity
    started_at: datetime
    ended_at: datetime | None
    dedup_key: str
    provoked: bool = strawberry.field(description="Injected on purpose, by an experiment.")
    problem_key: str
    component_key: str

    @classmethod
    def from_domain(cls, occurrence: Occurrence) -> OccurrenceType:
        return cls(
            key=occurrence.id,
            severity=occurrence.severity,
            started_at=occurrence.started_at,
            ended_at=occurrence.ended_at,
            dedup_key=occurrence.dedup_key,
            provoked=occurrence.provoked,
            problem_key=occurrence.problem,
            component_key=occurrence.component,
        )

    @described("The kind of problem.")
    async def problem(self, info: Info) -> ProblemType | None:
        return await load_problem(info, self.problem_key)

    @described("Where it happened.")
    async def component(self, info: Info) -> ComponentType | None:
        return await load_component(info, self.component_key)

    @described("The messages that signalled it, oldest first.")
    async def events(self, info: Info, first: First = DEFAULT_PAGE) -> list[EventType]:
        events = await info.context.loaders.cases.events.load((self.key, window(first).first))
        return [EventType.from_domain(event) for event in events]


@strawberry.type(name="Incident", description="Occurrences that belong together.")
class IncidentType(NodeType):
    title: str
    status: IncidentStatus
    severity: Severity
    system: str
    opened_at: datetime
    last_activity_at: datetime | None
    resolved_at: datetime | None
    resolution: str | None = strawberry.field(description="How it ended.")
    ticket: str | None
    escalation_level: EscalationLevel = strawberry.field(
        description="The level that the escalation reached."
    )
    version: int
    merged_into: str | None = strawberry.field(
        description="Key of the older incident that it was merged into."
    )

    @classmethod
    def from_domain(cls, incident: Incident) -> IncidentType:
        return cls(
            key=incident.id,
            title=incident.title,
            status=incident.status,
            severity=incident.severity,
            system=incident.system,
            opened_at=incident.opened_at,
            last_activity_at=incident.last_activity_at,
            resolved_at=incident.resolved_at,
            resolution=incident.resolution,
            ticket=incident.ticket,
            escalation_level=EscalationLevel(incident.escalation_level),
            version=incident.version,
            merged_into=incident.merged_into,
        )

    @described("Its occurrences, oldest first.")
    async def occurrences(self, info: Info, first: First = DEFAULT_PAGE) -> list[OccurrenceType]:
        page = (self.key, window(first).first)
        occurrences = await info.context.loaders.cases.occurrences.load(page)
        return [OccurrenceType.from_domain(occurrence) for occurrence in occurrences]

    @described("The newest diagnosis.")
    async def diagnosis(self, info: Info) -> DiagnosisType | None:
        diagnoses = await info.context.loaders.cases.diagnoses.load((self.key, 1))
        return DiagnosisType.from_domain(diagnoses[0], self.system) if diagnoses else None

    @described("Every diagnosis, newest first.")
    async def diagnoses(self, info: Info, first: First = DEFAULT_PAGE) -> list[DiagnosisType]:
        page = (self.key, window(first).first)
        diagnoses = await info.context.loaders.cases.diagnoses.load(page)
        return [DiagnosisType.from_domain(one, self.system) for one in diagnoses]

    @described("The escalation's proposals, newest first.")
    async def proposals(self, info: Info, first: First = DEFAULT_PAGE) -> list[ProposalType]:
        page = (self.key, window(first).first)
        proposals = await info.context.loaders.cases.proposals.load(page)
        return [ProposalType.from_domain(proposal) for proposal in proposals]

    @described("Causes that humans confirmed, the latest first.")
    async def confirmed_causes(
        self, info: Info, first: First = DEFAULT_PAGE
    ) -> list[ConfirmedCauseType]:
        causes = await info.context.loaders.cases.causes.load((self.key, window(first).first))
        return [ConfirmedCauseType.from_domain(cause) for cause in causes]

    @described("What was learnt from it, newest first.")
    async def findings(self, info: Info, first: First = DEFAULT_PAGE) -> list[FindingType]:
        findings = await info.context.loaders.cases.findings.load((self.key, window(first).first))
        return [FindingType.from_domain(finding) for finding in findings]


IncidentResult = Annotated[
    IncidentType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("IncidentResult"),
]
IncidentChange = Annotated[
    IncidentType | NotFoundType | ConflictType | InvalidInputType | ForbiddenType,
    strawberry.union("IncidentChange"),
]


@strawberry.type
class IncidentsQuery:
    @guarded(Scope.READ, "One incident.")
    async def incident(self, info: Info, id_: IdArgument) -> IncidentResult:
        key = key_of(IncidentType, id_)
        incident = await info.context.loaders.cases.incident.load(key)
        if incident is None:
            raise NotFound("there is no such incident", where="id")
        return IncidentType.from_domain(incident)

    @guarded(Scope.READ, "Incidents, newest first; by default in any `status`.")
    async def incidents(
        self,
        info: Info,
        status: list[IncidentStatus] | None = None,
        system: str | None = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> Connection[IncidentType]:
        page = window(first, after)
        rows = await incidents.find_page(
            info.context.services.graph,
            limit=page.limit,
            after=page.moment,
            statuses=status,
            system=system,
        )
        return connection(
            rows,
            page,
            node=IncidentType.from_domain,
            position=lambda incident: (incident.opened_at.isoformat(), incident.id),
        )


@strawberry.type
class IncidentsMutation:
    @guarded(
        Scope.OPERATE,
        "Resolve an incident. With `version`, only if it is still at that version.",
    )
    async def resolve_incident(
        self, info: Info, id_: IdArgument, reason: str = "", version: int | None = None
    ) -> IncidentChange:
        if len(reason) > MAX_REASON:
            raise InvalidInput(f"a reason has at most {MAX_REASON} characters", where="reason")
        resolved = await info.context.services.incidents.resolve(
            key_of(IncidentType, id_), by=info.context.caller.name, reason=reason, version=version
        )
        return IncidentType.from_domain(resolved)
