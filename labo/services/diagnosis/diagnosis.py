"""Diagnosing one incident: load its context, rank the causes, save the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from graph import conditions, diagnoses, edges, incidents, jobs, metric_sets, problems
from graph.client import Graph, Transaction
from graph.rows import as_json
from labo.domain.causality.support import is_worth_storing
from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.compared import findings
from labo.domain.diagnosis.conclusions import Observed, observe
from labo.domain.diagnosis.follow_up import as_first_look, is_first_look, next_reassessment
from labo.domain.diagnosis.keeping import Reassessed, reassess
from labo.domain.diagnosis.restricted import asked_part, with_left_out
from labo.domain.entities.diagnoses import Analysis, Diagnosis
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.keys import digest
from labo.domain.entities.reasons import Reason
from labo.domain.entities.series import Case
from labo.domain.incidents.incidents import Incident, IncidentStatus
from labo.domain.metric_sets.incident_table import incident_table
from labo.domain.metric_sets.sets import MinimalSet, located
from labo.domain.metric_sets.test_cover.solve import minimal_set
from labo.errors import Conflict, NotFound
from labo.ports.jobs import Jobs
from labo.services.causality.recording import record
from labo.services.causality.retry import ATTEMPTS, again
from labo.services.diagnosis import titles
from labo.services.diagnosis.cases import IncidentCase, IncidentCases
from labo.services.knowledge.reader import KnowledgeReader

log = structlog.get_logger()

MODEL_VERSION = "2"
"""Of the algorithm behind a stored diagnosis: raised when the same case may get another answer."""
PROOF_SECONDS = 10.0
_WRITER = "diagnosis"


@dataclass(frozen=True, slots=True)
class Reassessment:
    """`diagnosis` is what the incident has after it was diagnosed anew: `is_new`, or the one from
    before. `reasons` say what changed, or why the one before stays."""

    diagnosis: Diagnosis
    is_new: bool
    reasons: tuple[Reason, ...]


class _Overtaken(Exception):
    """Another diagnosis was saved since the one that this one was compared with."""


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

    async def kept(self, incident_id: str) -> Diagnosis | None:
        """The diagnosis that the incident has, the newest one; None before there is any.

        Only reads: asked any number of times it changes nothing. Of an unknown incident None.
        """
        found = await diagnoses.find_by_incidents(self._graph, [incident_id])
        return found[0] if found else None

    async def diagnose(
        self, incident_id: str, *, as_of: datetime | None = None
    ) -> Diagnosis | None:
        """As `reassess`: the diagnosis that the incident has then; None when it is over."""
        reassessed = await self.reassess(incident_id, as_of=as_of)
        return reassessed.diagnosis if reassessed else None

    async def reassess(
        self, incident_id: str, *, as_of: datetime | None = None
    ) -> Reassessment | None:
        """Rank the causes of an incident anew, and save the answer where it replaces the one
        before: see `labo.domain.diagnosis.keeping`. None when the incident is over.

        Raises NotFound, also while it has no occurrences; Unavailable; Conflict when other writes
        repeatedly come first.

        What was undecided at `as_of`, by default now, is diagnosed again: see `next_reassessment`.
        """
        incident = await incidents.get(self._graph, incident_id)
        if incident.is_over:
            return None
        at = as_of or datetime.now(UTC)
        incident_case = await self._incident_cases.load(incident, at)
        analysis = await self._analyse(incident_case.case)
        analysis = as_first_look(analysis, incident_case.target, at)
        for _ in range(ATTEMPTS):
            before = await self.kept(incident_id)
            outcome = reassess(before, analysis, incident_case.basis(at))
            try:
                await self._follow(incident_case, before, analysis, outcome, at)
            except _Overtaken:
                continue
            break
        else:
            raise Conflict("other diagnoses came first each time", where=incident_id)
        diagnosis = await self.kept(incident_id)
        if diagnosis is None:
            raise NotFound("the diagnosis was deleted meanwhile", where=incident_id)
        return Reassessment(diagnosis, outcome.replaces, outcome.reasons)

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
        analysis = await asyncio.to_thread(analyse, part, knowledge, self._known.learnt)
        return with_left_out(analysis, incident_case.case, part)

    async def _analyse(self, case: Case) -> Analysis:
        knowledge = await self._known.of_case(case)
        started = time.perf_counter()
        analysis = await asyncio.to_thread(analyse, case, knowledge, self._known.learnt)
        return replace(analysis, took_ms=round((time.perf_counter() - started) * 1000, 2))

    async def _follow(
        self,
        incident_case: IncidentCase,
        before: Diagnosis | None,
        analysis: Analysis,
        outcome: Reassessed,
        at: datetime,
    ) -> None:
        """Do what follows from a diagnosis made at `at`. Raises _Overtaken."""
        incident = incident_case.incident
        again_in = next_reassessment(analysis, incident_case.target, at)
        log.info(
            "diagnosis.ranked",
            incident=incident.id,
            verdict=analysis.verdict.value,
            suspects=len(analysis.suspects),
            took_ms=analysis.took_ms,
            saved=outcome.replaces,
            because=[one.kind.value for one in outcome.reasons],
        )
        if not outcome.replaces:
            await self._leave(incident, again_in)
            return
        diagnosis = _named(incident.id, before, analysis)
        diagnosis = replace(diagnosis, basis=incident_case.basis(at), changes=outcome.reasons)
        chosen = await self._minimal(incident_case.case, analysis)
        following = await self._save(incident_case, before, diagnosis, chosen, again_in)
        for subject in following:
            await self._sender.enqueue(JobKind.ESCALATE, self._graph.workspace, subject)
        await self._publish(incident.id)

    async def _leave(self, incident: Incident, again_in: timedelta | None) -> None:
        """What the diagnosis from before leaves to do: nothing, most of the time."""

        async def unit(tx: Transaction) -> None:
            if incident.status is IncidentStatus.OPEN:  # reopened
                await diagnoses.mark_diagnosed(tx, incident.id)
                await jobs.ask(tx, JobKind.ESCALATE, [incident.id])
            if again_in:
                await _rediagnose_in(tx, incident.id, again_in)

        if again_in or incident.status is IncidentStatus.OPEN:
            await again(self._graph, unit, "diagnosis.leave")

    async def _minimal(self, case: Case, analysis: Analysis) -> MinimalSet | None:
        if not analysis.suspects:
            return None
        table = incident_table(case, analysis)
        minimal = await asyncio.to_thread(minimal_set, table, time_limit_s=PROOF_SECONDS)
        return located(minimal, case.roles)

    async def _save(
        self,
        incident_case: IncidentCase,
        before: Diagnosis | None,
        diagnosis: Diagnosis,
        chosen: MinimalSet | None,
        rediagnose_in: timedelta | None,
    ) -> list[str]:
        """One write; returns what needs a message. Raises _Overtaken, and writes nothing then."""
        incident = incident_case.incident

        async def unit(tx: Transaction) -> list[str]:
            await _save_observed(tx, incident_case, diagnosis.analysis)
            await diagnoses.mark_diagnosed(tx, incident.id)  # holds the incident until the commit
            if await diagnoses.find_newest(tx, incident.id) != (before.id if before else None):
                raise _Overtaken
            await diagnoses.upsert(tx, diagnosis, incident.system)
            if chosen:
                await metric_sets.upsert(tx, incident.id, chosen)
            await titles.follow(tx, incident_case, diagnosis.analysis)
            if rediagnose_in:
                await _rediagnose_in(tx, incident.id, rediagnose_in)
            if is_first_look(diagnosis.analysis):
                return []  # no model is asked before the second look
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
        stored = await edges.read_either_way(tx, claimed)
        elsewhere = await edges.read_support(tx, claimed, incident=incident)
        if not is_worth_storing(claimed, stored, elsewhere):
            continue
        if await record(tx, claimed, evidence, written_by=_WRITER) is None:
            log.info("diagnosis.claim_vanished", incident=incident, edge=claimed.key)


async def _rediagnose_in(tx: Transaction, incident: str, wait: timedelta) -> None:
    delay_s = round(wait.total_seconds())
    await jobs.add(tx, JobKind.REDIAGNOSE, [incident], delay_s=delay_s)


def _named(incident: str, before: Diagnosis | None, analysis: Analysis) -> Diagnosis:
    """The id follows from the findings and from what they follow, so that an answer that comes
    back is the newest one again."""
    earlier = before.id if before else ""
    named = digest("diagnosis", incident, earlier, as_json(findings(analysis)))
    return Diagnosis(named, incident, MODEL_VERSION, analysis)
