"""Expert reports: one node per state of an incident, its content as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from graph.client import Graph
from graph.rows import JsonColumn, as_json
from graph.statements import load
from labo.domain.escalation.reports import Findings, Report
from labo.errors import NotFound


@dataclass(frozen=True, slots=True)
class ReportRow:
    id: str
    incident: str
    title: str
    model: str
    created_at: datetime
    content: JsonColumn[Findings]

    def to_domain(self) -> Report:
        return Report(self.id, self.incident, self.title, self.model, self.created_at, self.content)


GET_REPORT = load("reports/get_report", row=ReportRow)
FIND_REPORTS = load("reports/find_reports", row=ReportRow)
FIND_PAGE = load("reports/find_page", row=ReportRow)
UPSERT_REPORT = load("reports/upsert_report", row=ReportRow)


async def find(graph: Graph, report_id: str) -> Report | None:
    """None where there is none."""
    rows = await graph.fetch(GET_REPORT, id=report_id)
    return rows[0].to_domain() if rows else None


async def get(graph: Graph, report_id: str) -> Report:
    """Raises NotFound."""
    report = await find(graph, report_id)
    if report is None:
        raise NotFound("there is no such report", where=report_id)
    return report


async def find_by_incidents(graph: Graph, ids: Iterable[str], limit: int = 100) -> list[Report]:
    """The `limit` newest of each of these incidents, per incident newest first."""
    rows = await graph.fetch(FIND_REPORTS, incidents=sorted(set(ids)), limit=limit)
    return [row.to_domain() for row in rows]


async def find_newest(graph: Graph, limit: int) -> list[Report]:
    """The `limit` newest of the workspace, newest first."""
    return [row.to_domain() for row in await graph.fetch(FIND_PAGE, limit=limit)]


async def save(graph: Graph, report: Report) -> Report:
    """Save the report, once: of two that were written at the same time the first one stays and is
    returned. Raises NotFound."""
    rows = await graph.execute(
        UPSERT_REPORT,
        id=report.id,
        incident=report.incident,
        title=report.title,
        model=report.model,
        at=report.created_at,
        content=as_json(report.findings),
    )
    if not rows:
        raise NotFound("there is no such incident", where=report.incident)
    return rows[0].to_domain()
