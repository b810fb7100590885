"""Diagnosing one incident: load its context, rank the causes, save the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from graph import conditions, diagnoses, edges, incidents, jobs, metric_sets, problems
from graph.client import Graph, Transaction
from graph.rows import as_json
from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.conclusions import Observed, observe
from labo.domain.diagnosis.follow_up import next_reassessment
from labo.domain.diagnosis.restricted import asked_part, with_left_out
from labo.domain.entities.diagnoses import Analysis, Diagnosis
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.keys import digest
from labo.domain.entities.series import Case
from labo.domain.incidents.incidents import IncidentStatus
from labo.domain.metric_sets.incident_table import incident_table
from labo.domain.metric_sets.sets import MinimalSet, located
from labo.domain.metric_sets.test_cover.solve import minimal_set
from labo.ports.jobs import Jobs
from labo.services.causality.recording import record
from labo.services.causality.retry import again
from labo.services.diagnosis import titles
from labo.services.diagnosis.cases import IncidentCase, IncidentCases
from labo.services.knowledge.reader import KnowledgeReader

log = structlog.get_logger()

MODEL_VERSION = "2"
"""Of the algorithm behind a stored diagnosis: raised when the same case may get another answer."""
PROOF_SECONDS = 10.0
_WRITER = "diagnosis"


class DiagnosisService:
    """Safe to run twice on the same incident: the same findings write the same nodes."""

    def __init__(
        self,
        graph: Graph,
        incident_cases: IncidentCases,
        known: KnowledgeReader,
        sender: Jobs,
        publish: Callable[[str], Awaitable[None]],
    ) -> None:
        self._graph = graph
        self._incident_cases = incident_cases
        self._known = known
        self._sender = sender
        self._publish = publish

    async def diagnose(
        self, incident_id: str, *, as_of: datetime | None = None
    ) -> Diagnosis | None:
        """Rank the causes of an incident; None when it is over.

        Raises NotFound, also while it has no occurrences; Unavailable; Conflict when other writes
        repeatedly come first.

        What was undecided at `as_of`, by default now, is reassessed: see `next_reassessment`.
        """
        incident = await incidents.get(self._graph, incident_id)
        if incident.is_over:
            return None
        incident_case = await self._incident_cases.load(incident)
        knowledge = await self._known.of_case(incident_case.case)
        started = time.perf_counter()
        analysis = await asyncio.to_thread(
            analyse, incident_case.case, knowledge, self._known.weights
        )
        took_ms = (time.perf_counter() - started) * 1000
        diagnosis = _named(incident_id, replace(analysis, took_ms=round(took_ms, 2)))
        chosen = await self._minimal(incident_case.case, analysis)
        rediagnose_in = next_reassessment(
            analysis, incident_case.target, as_of or datetime.now(UTC)
        )
        following = await self._save(incident_case, diagnosis, chosen, rediagnose_in)
        log.info(
            "diagnosis.ranked",
            incident=incident_id,
            verdict=analysis.verdict.value,
            suspects=len(analysis.suspects),
            took_ms=diagnosis.analysis.took_ms,
        )
        for subject in following:
            await self._sender.enqueue(JobKind.ESCALATE, self._graph.workspace, subject)
        await self._publish(incident_id)
        return diagnosis

    async def rediagnose(self, incident_id: str) -> None:
        """Have an incident diagnosed once more, unless somebody acts on it. Raises NotFound.

        As a job of its own, so that a diagnosis may request the next reassessment while it runs.
        """
        incident = await incidents.get(self._graph, incident_id)
        if incident.is_over or incident.status is IncidentStatus.ACTING:
            return

        async def unit(tx: Transaction) -> list[str]:
            return await jobs.add(tx, JobKind.DIAGNOSE, [incident_id])

        for subject in await self._graph.write(unit, name=JobKind.REDIAGNOSE):
            await self._sender.enqueue(JobKind.DIAGNOSE, self._graph.workspace, subject)

    async def located(self, incident_id: str) -> Analysis:
        """The diagnosis without anything learnt; not stored.

        Raises NotFound, Unavailable.
        """
        incident_case = await self._incident_cases.load(
            await incidents.get(self._graph, incident_id)
        )
        return await asyncio.to_thread(analyse, incident_case.case)

    async def narrowed(self, incident_id: str, only: frozenset[str]) -> Analysis:
        """The diagnosis by the metrics `only` (see `restricted.narrowed`); not stored.

        Raises NotFound, Unavailable, and InvalidInput when none of them is known here.
        """
        incident_case = await self._incident_cases.load(
            await incidents.get(self._graph, incident_id)
        )
        part = asked_part(incident_case.case, only)
        knowledge = await self._known.of_case(part)
        analysis = await asyncio.to_thread(analyse, part, knowledge, self._known.weights)
        return with_left_out(analysis, incident_case.case, part)

    async def _minimal(self, case: Case, analysis: Analysis) -> MinimalSet | None:
        if not analysis.suspects:
            return None
        table = incident_table(case, analysis)
        minimal = await asyncio.to_thread(minimal_set, table, time_limit_s=PROOF_SECONDS)
        return located(minimal, case.roles)

    async def _save(
        self,
        incident_case: IncidentCase,
        diagnosis: Diagnosis,
        chosen: MinimalSet | None,
        rediagnose_in: timedelta | None,
    ) -> list[str]:
        """One write; returns what needs a message."""
        incident = incident_case.incident

        async def unit(tx: Transaction) -> list[str]:
            await _save_observed(tx, incident_case, diagnosis.analysis)
            await diagnoses.upsert(tx, diagnosis, incident.system)
            if chosen:
                await metric_sets.upsert(tx, incident.id, chosen)
            await diagnoses.mark_diagnosed(tx, incident.id)
            await titles.follow(tx, incident_case, diagnosis.analysis)
            if rediagnose_in:
                delay = round(rediagnose_in.total_seconds())
                await jobs.add(tx, JobKind.REDIAGNOSE, [incident.id], delay_s=delay)
            return await jobs.add(tx, JobKind.ESCALATE, [incident.id])

        # Diagnoses of other incidents count for the same edges at the same time.
        return await again(self._graph, unit, "diagnosis.save")


def _observed(
    incident_case: IncidentCase, analysis: Analysis, canonical: Mapping[str, str]
) -> Observed:
    incident, case = incident_case.incident, incident_case.case
    return observe(
        incident.id,
        incident.system,
        incident_case.target,
        case.symptom.end,
        analysis,
        case.roles,
        canonical,
    )


async def _save_observed(tx: Transaction, incident_case: IncidentCase, analysis: Analysis) -> None:
    incident = incident_case.incident.id
    problem_keys = [problem.key for problem in _observed(incident_case, analysis, {}).problems]
    # Held, so that none is merged between here and the commit.
    observed = _observed(incident_case, analysis, await problems.hold(tx, problem_keys))
    await problems.upsert(tx, observed.problems, written_by=_WRITER)
    await conditions.upsert(tx, observed.conditions, written_by=_WRITER)
    await diagnoses.link_observed(tx, incident, observed)
    for claimed, evidence in observed.claims:
        if not await edges.is_worth_storing(tx, claimed, incident=incident):
            continue
        if await record(tx, claimed, evidence, written_by=_WRITER) is None:
            log.info("diagnosis.claim_vanished", incident=incident, edge=claimed.key)


def _named(incident: str, analysis: Analysis) -> Diagnosis:
    """The id follows from the findings, so that equal findings are stored as one diagnosis."""
    content = as_json([analysis.verdict, analysis.suspects, analysis.chains, analysis.missing])
    return Diagnosis(digest("diagnosis", incident, content), incident, MODEL_VERSION, analysis)
