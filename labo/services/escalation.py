"""The escalation ladder of one workspace: memory, N1, N2, and a person's decision.

Nothing is executed here. A decision changes the proposal, the incident and what is remembered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

import structlog

from graph import decisions, diagnoses, experiences, findings, jobs
from graph.client import Graph, Transaction
from graph.decisions import NextStep
from graph.incidents import Incidents
from graph.memory import get_story
from graph.proposals import Proposals, close_proposal, keep_outcome
from labo.domain.diagnoses import Diagnosis
from labo.domain.escalation import NO_DIAGNOSIS, CaseFacts, EscalationState
from labo.domain.experiences import Attempt, Experience, ExperienceKind
from labo.domain.experiences import decision_id as experience_id
from labo.domain.incidents import Incident, IncidentStatus
from labo.domain.masking import mask
from labo.domain.outcomes import question_of
from labo.domain.proposals import (
    Decision,
    DecisionVerdict,
    Finding,
    Proposal,
    ProposalStatus,
    Rung,
    decision_id,
    finding_id,
)
from labo.errors import Conflict, InvalidInput
from labo.services.ladder import Ladder
from labo.services.learning import ALL, CATCH_UP, LearningService
from labo.services.memory import MemoryService

log = structlog.get_logger()

ESCALATE = "escalation.escalate"
NOTIFY = "notifications.notify"

_OVER = (IncidentStatus.RESOLVED, IncidentStatus.CLOSED)
_LONGEST_REASON = 2000
_STATUS = {
    DecisionVerdict.APPROVE: ProposalStatus.APPROVED,
    DecisionVerdict.REJECT: ProposalStatus.REJECTED,
    DecisionVerdict.ESCALATE: ProposalStatus.ESCALATED,
}


class EscalationService:
    """Both methods are safe to run twice: the second time finds what the first one kept."""

    def __init__(
        self,
        graph: Graph,
        memory: MemoryService,
        ladder: Ladder,
        learning: LearningService,
        publish: Callable[[str], Awaitable[None]],
    ) -> None:
        self._graph = graph
        self._memory = memory
        self._ladder = ladder
        self._learning = learning
        self._publish = publish
        self._proposals = Proposals(graph)

    async def escalate(self, incident_id: str) -> EscalationState:
        """Climb the ladder once for the incident's newest diagnosis.

        An incident that is over, or whose newest diagnosis was escalated before, stays as it is.
        Raises NotFound, Unavailable.
        """
        incident = await Incidents(self._graph).get(incident_id)
        diagnosis = await self._newest_diagnosis(incident_id)
        before = await self._proposals.get_escalation(incident_id)
        if incident.status in _OVER or incident.merged_into:
            return before
        if before.diagnosis == (diagnosis.id if diagnosis else NO_DIAGNOSIS):
            return before
        await self._climb(incident, diagnosis)
        return await self._proposals.get_escalation(incident_id)

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
        proposal = await self._proposals.get(proposal_id)
        wanted = _decision(proposal, digest, verdict, reason, decided_by)
        earlier = await decisions.find_by_proposal(self._graph, proposal_id)
        if earlier:
            return _same(earlier, wanted)
        incident = await Incidents(self._graph).get(proposal.incident)
        _check_open(proposal, incident, digest)
        step = self._next_step(proposal, wanted)
        diagnosis = await self._newest_diagnosis(proposal.incident)
        finding = _finding(proposal, wanted, diagnosis)
        learnt_from = _experience(proposal, wanted, incident, diagnosis)
        if not await self._keep(wanted, step, finding, learnt_from):
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
        earlier = await self._proposals.find_by_incidents([incident.id])
        asked = {
            one.rung for one in earlier.get(incident.id, []) if one.diagnosis == case.diagnosis_id
        }
        outcome = await self._ladder.climb(case, asked)

        async def unit(tx: Transaction) -> bool:
            kept = await keep_outcome(tx, incident.id, case.diagnosis_id, outcome)
            if kept:
                await jobs.add(tx, NOTIFY, [incident.id])
            return kept

        if await self._graph.write(unit, name="escalation.keep"):
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

    async def _keep(
        self, decision: Decision, step: NextStep, finding: Finding, learnt_from: Experience | None
    ) -> bool:
        """False when the proposal was decided or replaced meanwhile."""

        async def unit(tx: Transaction) -> bool:
            status = _STATUS[decision.verdict]
            if not await close_proposal(tx, decision.proposal, decision.proposal_digest, status):
                return False
            await decisions.keep(tx, decision, step)
            await findings.keep(tx, finding, decision.id)
            await jobs.add(tx, ESCALATE if step.again else NOTIFY, [finding.incident])
            if learnt_from is not None:
                await experiences.append(tx, learnt_from)
                await jobs.add(tx, CATCH_UP, [ALL])
            return True

        return await self._graph.write(unit, name="decision.keep")

    async def _lost(self, proposal_id: str, wanted: Decision) -> Decision:
        """Another write came first: fine when it decided the same."""
        earlier = await decisions.find_by_proposal(self._graph, proposal_id)
        if earlier:
            return _same(earlier, wanted)
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


def _decision(
    proposal: Proposal, digest: str, verdict: DecisionVerdict, reason: str, decided_by: str
) -> Decision:
    shown = mask(reason, _LONGEST_REASON).strip()
    if not shown or not decided_by:
        raise InvalidInput("a decision needs a reason and a name", where="reason")
    return Decision(
        id=decision_id(proposal.id),
        proposal=proposal.id,
        proposal_digest=digest,
        verdict=verdict,
        reason=shown,
        decided_by=decided_by,
        decided_at=datetime.now(UTC),
    )


def _experience(
    proposal: Proposal, decision: Decision, incident: Incident, diagnosis: Diagnosis | None
) -> Experience | None:
    """What a person's word teaches about the action; handing it on says nothing about it."""
    if decision.verdict is DecisionVerdict.ESCALATE:
        return None
    problem, role = question_of(diagnosis.analysis if diagnosis else None)
    worked = decision.verdict is DecisionVerdict.APPROVE
    return Experience(
        id=experience_id(proposal.id),
        kind=ExperienceKind.DECISION,
        system=incident.system,
        occurred_at=decision.decided_at,
        content=asdict(Attempt(proposal.template_id, problem, role, worked)),
        incident=incident.id,
        authenticated=True,
    )


def _same(earlier: Decision, wanted: Decision) -> Decision:
    compared = ("proposal_digest", "verdict", "reason", "decided_by")
    if all(getattr(earlier, name) == getattr(wanted, name) for name in compared):
        return earlier
    raise Conflict(
        f"{earlier.decided_by} decided {earlier.verdict.value} already",
        where=wanted.proposal,
        hint="a decision is made once",
    )


def _check_open(proposal: Proposal, incident: Incident, digest: str) -> None:
    if proposal.digest != digest:
        raise Conflict(
            "the digest is not the one of this proposal's action",
            where=proposal.id,
            hint="read the proposal again and decide on what it shows",
        )
    if proposal.status is not ProposalStatus.PENDING:
        raise Conflict(f"the proposal is {proposal.status.value}", where=proposal.id)
    if incident.status in _OVER or incident.merged_into:
        raise Conflict("the incident is over", where=incident.id)


def _finding(proposal: Proposal, decision: Decision, diagnosis: Diagnosis | None) -> Finding:
    suspects = diagnosis.analysis.suspects if diagnosis else ()
    cause = mask(suspects[0].component, 200) if suspects else "no suspect"
    what = f"{_STATUS[decision.verdict].value}: {proposal.proposed_command}"
    return Finding(
        id=finding_id(decision.id),
        incident=proposal.incident,
        summary=f"{what} (leading suspect: {cause}). {decision.reason}",
        validated_by=decision.decided_by,
        reason=decision.reason,
        created_at=decision.decided_at,
        labels={
            "verdict": decision.verdict.value,
            "template": proposal.template_id,
            "rung": proposal.rung.value,
            "suspect": cause,
            "diagnosis_verdict": proposal.verdict,
        },
    )
