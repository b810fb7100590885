"""The escalation ladder of one workspace: memory, N1, N2, and a person's decision.

Nothing is executed here. A decision changes the proposal, the incident and what is remembered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

import structlog

from graph import decisions, diagnoses, experiences, findings, incidents, jobs, proposals
from graph.client import Graph, Transaction
from graph.decisions import NextStep
from graph.memory import get_story
from labo.domain.entities.diagnoses import Diagnosis
from labo.domain.entities.jobs import ALL, JobKind
from labo.domain.entities.masking import mask
from labo.domain.escalation.decisions import (
    STATUS_AFTER,
    check_open,
    decision_on,
    experience_of,
    finding_of,
    same_decision,
)
from labo.domain.escalation.facts import NO_DIAGNOSIS, CaseFacts, EscalationState
from labo.domain.escalation.proposals import Decision, DecisionVerdict, Finding, Proposal, Rung
from labo.domain.incidents.incidents import Incident, IncidentStatus
from labo.domain.knowledge.experiences import Experience
from labo.domain.learning.outcomes import question_of
from labo.errors import Conflict
from labo.ports.jobs import Jobs
from labo.services.escalation.levels import Ladder
from labo.services.escalation.memory import MemoryService
from labo.services.learning.learner import LearningService

log = structlog.get_logger()


class EscalationService:
    """Both methods are safe to run twice: the second time finds what the first one kept."""

    def __init__(
        self,
        graph: Graph,
        memory: MemoryService,
        ladder: Ladder,
        learning: LearningService,
        sender: Jobs,
        publish: Callable[[str], Awaitable[None]],
    ) -> None:
        self._graph = graph
        self._memory = memory
        self._ladder = ladder
        self._learning = learning
        self._sender = sender
        self._publish = publish

    async def escalate(self, incident_id: str) -> EscalationState:
        """Climb the ladder once for the incident's newest diagnosis.

        An incident that is over, or whose newest diagnosis was escalated before, stays as it is.
        Raises NotFound, Unavailable.
        """
        incident = await incidents.get(self._graph, incident_id)
        diagnosis = await self._newest_diagnosis(incident_id)
        before = await proposals.get_escalation(self._graph, incident_id)
        if incident.is_over:
            return before
        if before.diagnosis == (diagnosis.id if diagnosis else NO_DIAGNOSIS):
            return before
        await self._climb(incident, diagnosis)
        return await proposals.get_escalation(self._graph, incident_id)

    async def decide(
        self,
        proposal_id: str,
        *,
        digest: str,
        verdict: DecisionVerdict,
        reason: str,
        decided_by: str,
    ) -> Decision:
        """A person's word on exactly the action with this `digest`; one per proposal.

        The same decision again returns the first one. Raises NotFound, InvalidInput without a
        reason, and Conflict when the digest is of another action, the proposal is no longer
        pending, the incident is over, or somebody decided otherwise.
        """
        proposal = await proposals.get(self._graph, proposal_id)
        wanted = decision_on(
            proposal, digest, verdict, reason=reason, by=decided_by, at=datetime.now(UTC)
        )
        earlier = await decisions.find_by_proposal(self._graph, proposal_id)
        if earlier:
            return same_decision(earlier, wanted)
        incident = await incidents.get(self._graph, proposal.incident)
        check_open(proposal, incident, digest)
        diagnosis = await self._newest_diagnosis(proposal.incident)
        finding = finding_of(proposal, wanted, diagnosis)
        learnt_from = experience_of(proposal, wanted, incident, diagnosis)
        if not await self._keep(wanted, self._next_step(proposal, wanted), finding, learnt_from):
            return await self._lost(proposal_id, wanted)
        await self._learning.wake()
        log.info(
            "proposal.decided",
            proposal=proposal_id,
            incident=incident.id,
            verdict=verdict.value,
            decided_by=decided_by,
        )
        await self._publish(incident.id)
        return wanted

    async def _newest_diagnosis(self, incident_id: str) -> Diagnosis | None:
        found = await diagnoses.find_by_incidents(self._graph, [incident_id])
        return found[0] if found else None

    async def _climb(self, incident: Incident, diagnosis: Diagnosis | None) -> None:
        await self._memory.remember(incident.id)
        similar = await self._memory.similar(incident.id)
        case = CaseFacts(
            incident=incident,
            story=await get_story(self._graph, incident.id),
            diagnosis=diagnosis,
            similar=tuple(similar),
            templates=tuple(self._ladder.templates.values()),
            chances=await self._chances(incident, diagnosis),
        )
        earlier = await proposals.find_by_incidents(self._graph, [incident.id])
        asked = {
            one.rung for one in earlier.get(incident.id, []) if one.diagnosis == case.diagnosis_id
        }
        outcome = await self._ladder.climb(case, asked)

        async def unit(tx: Transaction) -> list[str] | None:
            if not await proposals.keep_outcome(tx, incident.id, case.diagnosis_id, outcome):
                return None
            return await jobs.add(tx, JobKind.NOTIFY, [incident.id])

        if await self._written(unit, "escalation.keep", JobKind.NOTIFY):
            log.info(
                "incident.escalated",
                incident=incident.id,
                rung=outcome.rung.value,
                note=outcome.note,
                similar=len(similar),
            )
            await self._publish(incident.id)

    async def _chances(
        self, incident: Incident, diagnosis: Diagnosis | None
    ) -> Mapping[str, float]:
        """What was learnt of whether each template works for this problem here."""
        problem, role = question_of(diagnosis.analysis if diagnosis else None)
        return await self._learning.chances(
            list(self._ladder.templates), problem=problem, role=role, system=incident.system
        )

    async def _written(
        self, unit: Callable[[Transaction], Awaitable[list[str] | None]], name: str, kind: JobKind
    ) -> bool:
        """Whether `unit` wrote: then the jobs of `kind` that it asks for are sent."""
        following = await self._graph.write(unit, name=name)
        for subject in following or ():
            await self._sender.enqueue(kind, self._graph.workspace, subject)
        return following is not None

    async def _keep(
        self, decision: Decision, step: NextStep, finding: Finding, learnt_from: Experience | None
    ) -> bool:
        """False when the proposal was decided or replaced meanwhile."""
        follows = JobKind.ESCALATE if step.again else JobKind.NOTIFY

        async def unit(tx: Transaction) -> list[str] | None:
            status = STATUS_AFTER[decision.verdict]
            if not await proposals.close_proposal(
                tx, decision.proposal, decision.proposal_digest, status
            ):
                return None
            await decisions.keep(tx, decision, step)
            await findings.keep(tx, finding, decision.id)
            if learnt_from is not None:
                await experiences.append(tx, learnt_from)
                await jobs.add(tx, JobKind.CATCH_UP, [ALL])
            return await jobs.add(tx, follows, [finding.incident])

        return await self._written(unit, "decision.keep", follows)

    async def _lost(self, proposal_id: str, wanted: Decision) -> Decision:
        """Another write came first: fine when it decided the same."""
        earlier = await decisions.find_by_proposal(self._graph, proposal_id)
        if earlier:
            return same_decision(earlier, wanted)
        raise Conflict(
            "the proposal changed meanwhile", where=proposal_id, hint="read the incident again"
        )

    def _next_step(self, proposal: Proposal, decision: Decision) -> NextStep:
        by = mask(decision.decided_by, 100)
        match decision.verdict:
            case DecisionVerdict.APPROVE:
                note = f"approved by {by}; a person carries it out, nothing runs by itself"
                return NextStep(IncidentStatus.ACTING, proposal.rung, note)
            case DecisionVerdict.REJECT:
                note = f"rejected by {by}; the deterministic diagnosis stands"
                return NextStep(IncidentStatus.DIAGNOSED, proposal.rung, note)
            case DecisionVerdict.ESCALATE if proposal.rung is Rung.N1 and self._ladder.has(Rung.N2):
                note = f"handed on by {by} to the next rung"
                return NextStep(IncidentStatus.DIAGNOSED, Rung.N1, note, again=True)
            case DecisionVerdict.ESCALATE:
                note = f"handed on by {by}; waits for an expert"
                return NextStep(IncidentStatus.DIAGNOSED, Rung.N3, note)
