"""Expert reports: written from the graph, read over GraphQL, REST and the command line."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import BaseModel

from graph import proposals, reports
from graph.events import Events
from labo.adapters.templates import load_templates
from labo.domain.entities.tokens import Scope
from labo.domain.escalation.reports import BY_CODE, Area, SourceKind
from labo.domain.escalation.verification_outcomes import VerificationOutcome
from labo.errors import NotFound, Unavailable
from labo.ports.llm import Completion, Prompt
from labo.prompts.expert_report import Claim, ExpertReport
from labo.services.escalation.reports import ReportService
from tests.builders.executions import save_execution
from tests.builders.incidents import NOON, an_incident, an_occurrence, save_diagnosis, save_incident
from tests.graphql.command_line import Labo
from tests.graphql.conftest import Caller

T = TypeVar("T", bound=BaseModel)
KEY = "incident-0001"


class Expert:
    """A model that says one thing, or is away."""

    def __init__(self, answer: ExpertReport | None) -> None:
        self._answer = answer
        self.asked: list[Prompt] = []

    async def complete(self, prompt: Prompt, answer: type[T]) -> Completion[T]:
        self.asked.append(prompt)
        if self._answer is None:
            raise Unavailable("the model is away")
        return Completion(answer.model_validate(self._answer.model_dump()), "opus", 1, 1, 1.0)


async def save(caller: Caller) -> None:
    await save_incident(caller.graph, an_incident(1), an_occurrence(1))
    await save_diagnosis(caller.graph, KEY)
    no_effect = VerificationOutcome.NO_EFFECT
    await save_execution(caller.graph, KEY, at=NOON + timedelta(minutes=9), outcome=no_effect)


def service(caller: Caller, expert: Expert | None = None) -> ReportService:
    return ReportService(caller.graph, Events(caller.graph), load_templates(), expert)


async def test_a_report_is_written_once_for_each_state(caller: Caller) -> None:
    """A comment is another state; the first report stays."""
    await save(caller)
    first = await service(caller).write(KEY)
    again = await service(caller).write(KEY)
    await caller.ask(f'mutation {{ commentIncident(id: "{KEY}", text: "no") {{ __typename }} }}')
    other = await service(caller).write(KEY)

    assert (first, first.model) == (again, BY_CODE)
    assert other.id != first.id
    assert [one.id for one in await reports.find_newest(caller.graph, 5)] == [other.id, first.id]


async def test_two_writers_at_once_leave_one_report(caller: Caller) -> None:
    """Both return the one that is stored."""
    await save(caller)
    one, other = await asyncio.gather(service(caller).write(KEY), service(caller).write(KEY))

    assert one == other
    assert len(await reports.find_by_incidents(caller.graph, [KEY])) == 1


async def test_the_report_cites_nodes_of_the_graph(caller: Caller) -> None:
    """The incident, its occurrence, its diagnosis, and what was tried."""
    await save(caller)
    report = await service(caller).write(KEY)
    kinds = [one.kind for one in report.findings.sources]

    assert kinds[:2] == [SourceKind.INCIDENT, SourceKind.OCCURRENCE]
    assert {SourceKind.DIAGNOSIS, SourceKind.EXECUTION} <= set(kinds)
    assert report.findings.hypothesis[0].cites[0] in {
        one.id for one in report.findings.sources if one.kind is SourceKind.DIAGNOSIS
    }


async def test_the_expert_reads_everything_and_code_checks_its_claims(caller: Caller) -> None:
    """What a person said and what was tried are among its sources."""
    await save(caller)
    await caller.ask(
        f'mutation {{ commentIncident(id: "{KEY}", text: "no quota") {{ __typename }} }}'
    )
    answer = ExpertReport(
        hypothesis=[
            Claim(text="A restart had no effect", cites=["s4"]),
            Claim(text="It is the moon", cites=["s77"]),
        ],
        options=[],
        recommendations=[],
        unknown=[],
    )
    expert = Expert(answer)
    report = await service(caller, expert).write(KEY)

    assert report.model == "opus"
    assert [one.is_opinion for one in report.findings.hypothesis] == [False, True]
    assert all(one in expert.asked[0].data for one in ("no quota", "verification: no effect"))


async def test_without_its_answer_code_writes(caller: Caller) -> None:
    """A report is always there."""
    await save(caller)
    report = await service(caller, Expert(None)).write(KEY)

    assert report.model == BY_CODE
    assert {one.area for one in report.findings.recommendations} <= set(Area)


async def test_an_unknown_incident_has_no_report(caller: Caller) -> None:
    """Nothing is stored for it."""
    with pytest.raises(NotFound):
        await service(caller).write("incident-9999")


async def test_an_incident_names_its_reports(caller: Caller) -> None:
    """With Markdown, and the paths of the files."""
    await save(caller)
    report = await service(caller).write(KEY)
    asked = f"""{{ incident(id: "{KEY}") {{ ... on Incident {{
      reports {{ key title incidentKey model markdown files }} }} }} }}"""
    [found] = (await caller.ask(asked))["incident"]["reports"]

    assert (found["key"], found["incidentKey"], found["model"]) == (report.id, KEY, None)
    assert found["markdown"].startswith("# Incident report: ")
    assert found["files"] == [f"/api/reports/{report.id}.{one}" for one in ("md", "html", "pdf")]


@pytest.mark.parametrize(
    ("extension", "kind", "begin"),
    [
        ("md", "text/markdown; charset=utf-8", b"# Incident report"),
        ("html", "text/html; charset=utf-8", b"<!doctype html>"),
        ("pdf", "application/pdf", b"%PDF-"),
    ],
)
async def test_a_report_is_downloaded(
    caller: Caller, extension: str, kind: str, begin: bytes
) -> None:
    """As an attachment under a policy that allows nothing; the same file each time."""
    await save(caller)
    report = await service(caller).write(KEY)
    path = f"/api/reports/{report.id}.{extension}"
    answers = [await caller.client.get(path) for _ in range(2)]

    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert answers[0].content.startswith(begin)
    assert answers[0].headers["content-type"] == kind
    assert answers[0].headers["content-disposition"].startswith("attachment; ")
    assert answers[0].headers["content-security-policy"].startswith("default-src 'none'")


async def test_a_report_needs_a_reader_of_its_workspace(caller: Caller) -> None:
    """No token, one without the scope, another format, an unknown key."""
    await save(caller)
    report = await service(caller).write(KEY)
    path = f"/api/reports/{report.id}.md"
    ingest = {"Authorization": f"Bearer {await caller.token(Scope.INGEST)}"}
    stranger = caller.labo.workspace("elsewhere").tokens
    other = {"Authorization": f"Bearer {(await stranger.create('x', [Scope.READ])).secret}"}

    assert (await caller.client.get(path, headers={"Authorization": ""})).status_code == 401
    assert (await caller.client.get(path, headers=ingest)).status_code == 403
    assert (await caller.client.get(path, headers=other)).status_code == 404
    assert (await caller.client.get(f"/api/reports/{report.id}.exe")).status_code == 404
    assert (await caller.client.get("/api/reports/nothing.md")).status_code == 404


async def test_reports_on_the_command_line(caller: Caller, labo: Labo, tmp_path: Path) -> None:
    """Listed, shown as text, written as a file; what is missing is said."""
    await save(caller)
    assert (await labo("reports", "list"))[1].startswith("There is no report yet")
    assert (await labo("reports", "show", KEY))[0] == 4
    report = await service(caller).write(KEY)
    file = tmp_path / "report.pdf"

    listed = json.loads((await labo("reports", "list", "--json"))[1])
    assert [one["key"] for one in listed] == [report.id]
    assert report.id[:8] in (await labo("reports", "list"))[1]
    assert (await labo("reports", "show", KEY))[1].startswith("# Incident report")
    assert (await labo("reports", "show", KEY, "--format", "html"))[1].startswith("<!doctype html>")
    assert json.loads((await labo("reports", "show", KEY, "--json"))[1])["key"] == report.id
    code, text = await labo("reports", "show", KEY, "--format", "pdf", "--output", str(file))
    assert (code, text) == (0, f"written to {file}\n")
    assert file.read_bytes().startswith(b"%PDF-")
    assert (await labo("reports", "show", KEY, "--format", "pdf", "--json"))[0] == 2


async def test_a_report_changes_nothing_else(caller: Caller) -> None:
    """No proposal, no act, the incident's version stays."""
    await save(caller)
    asked = f"""{{ incident(id: "{KEY}") {{ ... on Incident {{
      version status timeline {{ kind }} proposals {{ key }} }} }} }}"""
    before = await caller.ask(asked)
    await service(caller).write(KEY)

    assert await caller.ask(asked) == before
    assert await proposals.find_by_incidents(caller.graph, [KEY]) == {}
