"""Escalation in one workspace: memory, N1, N2, and a person's decision.

Nothing is executed here. A decision changes the proposal, the incident and what is remembered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

import structlog

from graph import decisions, diagnoses, experiences, findings, incidents, jobs, proposals
from graph import incident_acts as acts
from graph.client import Graph, Transaction
from graph.decisions import NextStep
from graph.memory import get_summary
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
from labo.domain.escalation.proposals import (
    Decision,
    DecisionVerdict,
    EscalationLevel,
    Finding,
    Proposal,
)
from labo.domain.incidents.acts import ActKind
from labo.domain.incidents.incidents import Incident, IncidentStatus
from labo.domain.knowledge.experiences import Experience
from labo.domain.learning.outcomes import question_of
from labo.errors import Conflict
from labo.ports.jobs import Jobs
from labo.services.escalation.levels import ModelEscalation
from labo.services.escalation.memory import MemoryService
from labo.services.learning.learner import LearningService

log = structlog.get_logger()


class EscalationService:
    """Both methods are safe to run twice: the second run finds what the first one stored."""

    def __init__(
        self,
        graph: Graph,
        memory: MemoryService,
        model_escalation: ModelEscalation,
        learning: LearningService,
        sender: Jobs,
        publish: Callable[[str], Awaitable[None]],
    ) -> None:
        self._graph = graph
        self._memory = memory
        self._model_escalation = model_escalation
        self._learning = learning
        self._sender = sender
        self._publish = publish

    async def escalate(self, incident_id: str) -> EscalationState:
        """Escalate once for the incident's newest diagnosis.

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
        await self._ask_models(incident, diagnosis)
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
        """A person's decision on exactly the action with this `digest`; one per proposal.

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
        if not await self._save(wanted, self._next_step(proposal, wanted), finding, learnt_from):
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
        by_incident = await diagnoses.find_by_incidents(self._graph, [incident_id])
        return by_incident[0] if by_incident else None

    async def _ask_models(self, incident: Incident, diagnosis: Diagnosis | None) -> None:
        await self._memory.remember(incident.id)
        similar = await self._memory.similar(incident.id)
        case = CaseFacts(
            incident=incident,
            summary=await get_summary(self._graph, incident.id),
            diagnosis=diagnosis,
            similar=tuple(similar),
            templates=tuple(self._model_escalation.templates.values()),
            chances=await self._chances(incident, diagnosis),
            comments=await self._comments(incident.id),
        )
        earlier = await proposals.find_by_incidents(self._graph, [incident.id])
        levels = {
            one.escalation_level
            for one in earlier.get(incident.id, [])
            if one.diagnosis == case.diagnosis_id
        }
        outcome = await self._model_escalation.escalate(case, levels)

        async def unit(tx: Transaction) -> list[str] | None:
            if not await proposals.save_outcome(tx, incident.id, case.diagnosis_id, outcome):
                return None
            return await jobs.add(tx, JobKind.NOTIFY, [incident.id])

        if await self._written(unit, "escalation.save", JobKind.NOTIFY):
            log.info(
                "incident.escalated",
                incident=incident.id,
                escalation_level=outcome.escalation_level.value,
                note=outcome.note,
                similar=len(similar),
            )
            await self._publish(incident.id)

    async def _comments(self, incident_id: str) -> tuple[str, ...]:
        """What people said about the incident, oldest first."""
        newest = await acts.find_by_incidents(self._graph, [incident_id])
        return tuple(act.text for act in reversed(newest) if act.kind is ActKind.COMMENTED)

    async def _chances(
        self, incident: Incident, diagnosis: Diagnosis | None
    ) -> Mapping[str, float]:
        """What was learnt of whether each template works for this problem here."""
        problem, role = question_of(diagnosis.analysis if diagnosis else None)
        return await self._learning.chances(
            list(self._model_escalation.templates),
            problem=problem,
            role=role,
            system=incident.system,
        )

    async def _written(
        self, unit: Callable[[Transaction], Awaitable[list[str] | None]], name: str, kind: JobKind
    ) -> bool:
        """Whether `unit` wrote: then the jobs of `kind` that it asks for are sent."""
        following = await self._graph.write(unit, name=name)
        for subject in following or ():
            await self._sender.enqueue(kind, self._graph.workspace, subject)
        return following is not None

    async def _save(
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
            await decisions.save(tx, decision, step)
            await findings.save(tx, finding, decision.id)
            if learnt_from is not None:
                await experiences.append(tx, learnt_from)
                await jobs.add(tx, JobKind.CATCH_UP, [ALL])
            return await jobs.add(tx, follows, [finding.incident])

        return await self._written(unit, "decision.save", follows)

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
                return NextStep(IncidentStatus.ACTING, proposal.escalation_level, note)
            case DecisionVerdict.REJECT:
                note = f"rejected by {by}; the deterministic diagnosis stands"
                return NextStep(IncidentStatus.DIAGNOSED, proposal.escalation_level, note)
            case DecisionVerdict.ESCALATE if (
                proposal.escalation_level is EscalationLevel.N1
                and self._model_escalation.has(EscalationLevel.N2)
            ):
                note = f"handed on by {by} to the next escalation level"
                return NextStep(IncidentStatus.DIAGNOSED, EscalationLevel.N1, note, again=True)
            case DecisionVerdict.ESCALATE:
                note = f"handed on by {by}; waits for an expert"
                return NextStep(IncidentStatus.DIAGNOSED, EscalationLevel.N3, note)
