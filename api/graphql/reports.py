"""Expert reports on incidents (N3)."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.graphql.context import Info
from api.graphql.pagination import DEFAULT_PAGE, First, NodeType, window
from api.graphql.permissions import described, guarded
from graph import reports
from labo.adapters.report_files import Format, render
from labo.domain.entities.tokens import Scope
from labo.domain.escalation.reports import BY_CODE, Report


@strawberry.type(
    name="Report", description="What an expert wrote about an incident. Nothing follows from it."
)
class ReportType(NodeType):
    title: str
    incident_key: str
    created_at: datetime
    model: str | None = strawberry.field(description="Who wrote it; none where code did.")
    record: strawberry.Private[Report]

    @classmethod
    def from_domain(cls, report: Report) -> ReportType:
        return cls(
            key=report.id,
            title=report.title,
            incident_key=report.incident,
            created_at=report.created_at,
            model=None if report.model == BY_CODE else report.model,
            record=report,
        )

    @described("The report as Markdown, with citations of nodes of the graph.")
    def markdown(self) -> str:
        return render(self.record, Format.MARKDOWN).decode()

    @described("Paths of its files: Markdown, HTML, PDF. They need the same token.")
    def files(self) -> list[str]:
        return [f"/api/reports/{self.key}.{one.value}" for one in Format]


@strawberry.type
class ReportsQuery:
    @guarded(Scope.READ, "Expert reports, newest first.")
    async def reports(self, info: Info, first: First = DEFAULT_PAGE) -> list[ReportType]:
        newest = await reports.find_newest(info.context.services.graph, window(first).first)
        return [ReportType.from_domain(report) for report in newest]
