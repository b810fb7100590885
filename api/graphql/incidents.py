"""Incidents: what happened, since when, and how far its handling got."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.graphql.confirmed_causes import ConfirmedCauseType, FindingType
from api.graphql.context import Info
from api.graphql.diagnoses import DiagnosisType
from api.graphql.errors import ConflictType, ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.incident_timeline import IncidentActType
from api.graphql.occurrences import OccurrenceType
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
from api.graphql.proposals import ProposalType
from api.graphql.reports import ReportType
from graph import incidents
from labo.domain.entities.severity import Severity
from labo.domain.entities.tokens import Scope
from labo.domain.escalation.proposals import EscalationLevel
from labo.domain.incidents.acts import Figures, Handling, figures
from labo.domain.incidents.incidents import Incident, IncidentStatus
from labo.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from api.graphql.escalations import EscalationType, ExecutionType

MAX_REASON = 4_000
LazyEscalation = Annotated["EscalationType", strawberry.lazy("api.graphql.escalations")]
LazyExecution = Annotated["ExecutionType", strawberry.lazy("api.graphql.escalations")]


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
    record: strawberry.Private[Incident]

    @classmethod
    def from_domain(cls, incident: Incident) -> IncidentType:
        return cls(
            record=incident,
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

    async def _handling(self, info: Info) -> Handling:
        handling = await info.context.loaders.cases.handling.load(self.key)
        if handling is None:
            raise NotFound("there is no such incident", where=self.key)
        return handling

    async def _figures(self, info: Info) -> Figures:
        return figures(self.record, await self._handling(info))

    @described("What was seen first; the title until the cause is known.")
    async def symptom(self, info: Info) -> str:
        return (await self._handling(info)).symptom

    @described("Who gave the title; none where it follows the diagnosis.")
    async def titled_by(self, info: Info) -> str | None:
        return (await self._handling(info)).titled_by

    @described("Who handles it.")
    async def assignee(self, info: Info) -> str | None:
        return (await self._handling(info)).assignee

    @described("When somebody took notice of it first.")
    async def acknowledged_at(self, info: Info) -> datetime | None:
        return (await self._handling(info)).acknowledged_at

    @described("Who took notice of it first.")
    async def acknowledged_by(self, info: Info) -> str | None:
        return (await self._handling(info)).acknowledged_by

    @described("When it was known of first.")
    async def detected_at(self, info: Info) -> datetime:
        return (await self._handling(info)).detected_at

    @described("Seconds from its begin to `detectedAt`.")
    async def time_to_detect_s(self, info: Info) -> float:
        return (await self._figures(info)).time_to_detect_s

    @described("Seconds from `detectedAt` to `acknowledgedAt`.")
    async def time_to_acknowledge_s(self, info: Info) -> float | None:
        return (await self._figures(info)).time_to_acknowledge_s

    @described("Seconds from its begin to `resolvedAt`.")
    async def time_to_resolve_s(self, info: Info) -> float | None:
        return (await self._figures(info)).time_to_resolve_s

    @described("Key of the incident that a person split it from.")
    async def split_from(self, info: Info) -> str | None:
        return (await self._handling(info)).split_from

    @described("Key of the newest incident near it that was over when it began.")
    async def follows(self, info: Info) -> str | None:
        return (await self._handling(info)).follows

    @described(
        "Key of the newest earlier incident with the same cause: one problem on one component, as "
        "confirmed, else as a sure diagnosis names it. None where the cause is not known."
    )
    async def recurrence_of(self, info: Info) -> str | None:
        found = await info.context.loaders.cases.recurrence.load(self.key)
        return found.earlier if found else None

    @described("Keys of incidents that lasted at the same time, at most 100.")
    async def overlaps(self, info: Info) -> list[str]:
        return list((await self._handling(info)).overlaps)

    @described("What was done about it, newest first.")
    async def timeline(self, info: Info, first: First = DEFAULT_PAGE) -> list[IncidentActType]:
        acts = await info.context.loaders.cases.acts.load((self.key, window(first).first))
        return [IncidentActType.from_domain(act) for act in acts]

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

    @described("Where it stands in its escalation.")
    async def escalation(self, info: Info) -> LazyEscalation | None:
        from api.graphql.escalations import EscalationType

        state = await info.context.loaders.cases.escalation.load(self.key)
        return EscalationType.from_domain(state) if state else None

    @described("The actions executed for it, newest first.")
    async def executions(self, info: Info, first: First = DEFAULT_PAGE) -> list[LazyExecution]:
        from api.graphql.escalations import ExecutionType

        page = (self.key, window(first).first)
        found = await info.context.loaders.cases.executions.load(page)
        return [ExecutionType.from_domain(execution) for execution in found]

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

    @described("Expert reports on it, newest first; one for each state that one was asked for in.")
    async def reports(self, info: Info, first: First = DEFAULT_PAGE) -> list[ReportType]:
        reports = await info.context.loaders.cases.reports.load((self.key, window(first).first))
        return [ReportType.from_domain(report) for report in reports]


IncidentResult = Annotated[
    IncidentType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("IncidentResult"),
]
IncidentChange = Annotated[
    IncidentType | NotFoundType | ConflictType | InvalidInputType | ForbiddenType,
    strawberry.union("IncidentChange"),
]

OnComponent = Annotated[
    str | None,
    strawberry.argument(description="Key or name of a component that had an occurrence in it."),
]
Since = Annotated[
    datetime | None,
    strawberry.argument(description="Leave out what opened earlier; UTC when no zone is given."),
]


def _in_utc(moment: datetime) -> datetime:
    """Raises InvalidInput where that is beyond the calendar."""
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError as error:
        raise InvalidInput("a time beyond the calendar", where="since") from error


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
        component: OnComponent = None,
        since: Since = None,
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
            component=component,
            since=None if since is None else _in_utc(since),
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
