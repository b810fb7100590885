"""Expert reports of one workspace (N3): written once for each state of an incident.

Nothing here can act: it reads the graph, asks a model that holds no tool, and saves a text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import structlog

from graph import (
    decisions,
    diagnoses,
    executions,
    findings,
    incidents,
    occurrences,
    problems,
    proposals,
    reports,
)
from graph import incident_acts as acts
from graph.client import Graph
from graph.events import Events
from labo.domain.entities.diagnoses import Diagnosis
from labo.domain.escalation import report_sources as sources_of
from labo.domain.escalation.action_templates import Template
from labo.domain.escalation.report_by_code import findings_by_code
from labo.domain.escalation.reports import BY_CODE, Findings, Report, Source, report_id
from labo.domain.incidents.incidents import Incident
from labo.errors import LaboError
from labo.ports.llm import LanguageModel
from labo.prompts.expert_report import ExpertReport, expert_report, findings_by_model

log = structlog.get_logger()

EXPERT_TIMEOUT_S = 300.0
"""For all attempts. A report of 8,000 tokens takes a large model two to three minutes."""

MOST_OCCURRENCES, MOST_EVENTS, MOST_OTHERS = 50, 3, 50
"""Of an incident's occurrences, of each one's events, and of any other node: some 200 sources of at
most 1,000 characters are what a model reads well, and a person scrolls."""


class ReportService:
    """`expert` is None where no model is configured: then code writes from the graph alone."""

    def __init__(
        self,
        graph: Graph,
        events: Events,
        templates: Mapping[str, Template],
        expert: LanguageModel | None,
    ) -> None:
        self._graph = graph
        self._events = events
        self._templates = templates
        self._expert = expert

    async def write(self, incident_id: str) -> Report:
        """The report on the incident as it stands; the same state has one report, written once.

        Never fails for a model: without its answer code writes the report. Raises NotFound,
        Unavailable.
        """
        incident = await incidents.get(self._graph, incident_id)
        told = await diagnoses.find_by_incidents(self._graph, [incident_id], MOST_OTHERS)
        sources = await self._sources(incident, told)
        id_ = report_id(incident_id, sources)
        earlier = await reports.find(self._graph, id_)
        if earlier is not None:
            return earlier
        newest = told[0] if told else None
        model, said = await self._findings(incident, newest, sources)
        written = Report(id_, incident_id, incident.title, model, datetime.now(UTC), said)
        saved = await reports.save(self._graph, written)
        log.info("report.written", incident=incident_id, report=id_, model=saved.model)
        return saved

    async def _sources(self, incident: Incident, told: Sequence[Diagnosis]) -> list[Source]:
        """Oldest first, what happened before what was made of it."""
        graph, ids = self._graph, [incident.id]
        by_incident = await occurrences.find_first(graph, ids, MOST_OCCURRENCES)
        happened = by_incident.get(incident.id, [])
        titles = await problems.find_by_keys(graph, sorted({one.problem for one in happened}))
        events = await self._events.find_by_occurrences([o.id for o in happened], MOST_EVENTS)
        proposed = (await proposals.find_by_incidents(graph, ids, MOST_OTHERS)).get(incident.id, [])
        decided = await decisions.find_by_proposals(graph, [one.id for one in proposed])
        tried = await executions.find_by_incidents(graph, ids, MOST_OTHERS)
        said = await acts.find_by_incidents(graph, ids, MOST_OTHERS)
        learnt = await findings.find_by_incidents(graph, ids, MOST_OTHERS)
        return [
            sources_of.of_incident(incident),
            *sources_of.of_occurrences(
                happened, {key: problem.title for key, problem in titles.items()}
            ),
            *sources_of.of_events(list({one.id: one for one in events}.values())),
            *sources_of.of_diagnoses(told[::-1]),
            *sources_of.of_proposals(proposed[::-1], decided),
            *sources_of.of_executions(tried[::-1]),
            *sources_of.of_acts(said[::-1]),
            *sources_of.of_findings(learnt[::-1]),
        ]

    async def _findings(
        self, incident: Incident, newest: Diagnosis | None, sources: Sequence[Source]
    ) -> tuple[str, Findings]:
        """Who wrote it, and what it says."""
        by_code = findings_by_code(sources, newest, self._templates)
        if self._expert is None:
            return BY_CODE, by_code
        try:
            async with asyncio.timeout(EXPERT_TIMEOUT_S):
                question = expert_report(incident.title, sources)
                completion = await self._expert.complete(question, ExpertReport)
        except (LaboError, TimeoutError) as error:
            log.warning("report.model_failed", incident=incident.id, reason=str(error) or "time")
            return BY_CODE, by_code
        log.info(
            "report.answered",
            model=completion.model,
            input_tokens=completion.input_tokens,
            output_tokens=completion.output_tokens,
        )
        return completion.model, findings_by_model(completion.answer, sources)
