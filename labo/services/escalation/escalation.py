"""Escalation of an incident through memory, N1 and N2, up to where a person or an action is next.

Each move is one write (`labo.domain.escalation.stages`): killed anywhere, the job that comes again
goes on from the stored stage, and of two that run at once one move is stored.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import structlog

from graph import controls, escalations, incidents, proposals
from graph.client import Graph, Transaction
from graph.escalations import Changed
from labo.domain.entities.diagnoses import Diagnosis, Verdict
from labo.domain.entities.justification import justified
from labo.domain.entities.masking import mask
from labo.domain.escalation.decisions import wanted_of
from labo.domain.escalation.facts import NO_DIAGNOSIS, CaseFacts, EscalationState
from labo.domain.escalation.generic_solutions import generic_solution
from labo.domain.escalation.proposals import EscalationLevel, Proposal, ProposalStatus
from labo.domain.escalation.stages import RESTARTS, Stage, Transition, after_failure
from labo.domain.governance.autonomy import Autonomy
from labo.domain.incidents.incidents import Incident, IncidentStatus
from labo.errors import Conflict, InvalidInput, Unavailable
from labo.services.escalation.anti_loop import AntiLoopService
from labo.services.escalation.approvals import Approvals
from labo.services.escalation.cases import EscalationCases
from labo.services.escalation.known_solutions import KnownSolutionService
from labo.services.escalation.levels import LevelAnswer, ModelEscalation
from labo.services.escalation.writes import EscalationWrites

log = structlog.get_logger()

OFF = "the escalation is off: the deterministic diagnosis stands"
NO_MODEL = "no language model is configured: the deterministic diagnosis stands"
NOTHING_WRONG = "the diagnosis finds no problem: nothing is proposed"
_BEGUN = "diagnosed: memory is asked for a solution"

_MOST_MOVES = 12
"""Moves that one job makes: memory, N1 and N2, and some that others overtake. Far from being
reached, it only keeps a defect from running for ever."""


class EscalationService:
    """Safe to run twice: the second run finds what the first one stored."""

    def __init__(
        self,
        graph: Graph,
        cases: EscalationCases,
        solutions: KnownSolutionService,
        model_escalation: ModelEscalation,
        approvals: Approvals,
        anti_loop: AntiLoopService,
        writes: EscalationWrites,
        gate_s: int,
    ) -> None:
        self._graph = graph
        self._cases = cases
        self._solutions = solutions
        self._model_escalation = model_escalation
        self._approvals = approvals
        self._anti_loop = anti_loop
        self._writes = writes
        self._gate_s = gate_s

    async def escalate(self, incident_id: str) -> EscalationState:
        """Go on with an incident until a person, an action or nobody is next.

        An incident that is over, or whose newest diagnosis was escalated before, stays as it is.
        Raises NotFound, Unavailable.
        """
        for _ in range(_MOST_MOVES):
            incident = await incidents.get(self._graph, incident_id)
            state = await escalations.get(self._graph, incident_id)
            if incident.is_over or not await self._move(incident, state):
                return state
        raise Unavailable("the incident changes too fast to escalate it", where=incident_id)

    async def request_expertise(
        self, incident_id: str, level: EscalationLevel, *, reason: str, by: str
    ) -> EscalationState:
        """A person asks for N2's proposal or N3's report.

        Raises NotFound, InvalidInput for another level or without a reason, and Conflict when the
        incident is over, an action of it is under way, or N2 is not configured.
        """
        by, reason = justified(by, mask(reason))
        if level not in (EscalationLevel.N2, EscalationLevel.N3):
            raise InvalidInput("ask for N2 or N3", where="level")
        incident = await incidents.get(self._graph, incident_id)
        state = await escalations.get(self._graph, incident_id)
        self._check_askable(incident, state, level)
        stage = Stage.N2 if level is EscalationLevel.N2 else Stage.EXPERT
        transition = Transition(
            stage, level, f"{by} asks for {level.name}: {reason}", by, IncidentStatus.DIAGNOSED
        )
        diagnosis = await self._cases.diagnosis_of(incident_id)
        newest = diagnosis.id if diagnosis else NO_DIAGNOSIS
        if not await self._write(incident, state, transition, Changed(diagnosis=newest)):
            raise Conflict("the incident changed meanwhile", where=incident_id, hint="ask again")
        return await escalations.get(self._graph, incident_id)

    def _check_askable(
        self, incident: Incident, state: EscalationState, level: EscalationLevel
    ) -> None:
        if incident.is_over:
            raise Conflict("the incident is over", where=incident.id)
        if state.stage in (Stage.ACTION, Stage.VERIFICATION):
            raise Conflict("an action is under way; ask when it is verified", where=incident.id)
        if level is EscalationLevel.N2 and not self._model_escalation.has(level):
            raise Conflict("N2 is not configured", where=incident.id)

    async def _move(self, incident: Incident, state: EscalationState) -> bool:
        """One move; False when a person, an action or nobody is next."""
        diagnosis = await self._cases.diagnosis_of(incident.id)
        newest = diagnosis.id if diagnosis else NO_DIAGNOSIS
        # What is finished and not over was opened again.
        if state.stage is Stage.FINISHED or (state.stage in RESTARTS and state.diagnosis != newest):
            await self._begin(incident, state, diagnosis, newest)
            return True
        if state.stage not in (Stage.MEMORY, Stage.N1, Stage.N2):
            return False
        if state.stage is Stage.MEMORY or state.requested_by:
            await self._cases.remember(incident.id)  # once, where the levels begin to be asked
        case = await self._cases.load(incident, diagnosis)
        match state.stage:
            case Stage.MEMORY:
                answer = await self._ask_memory(case, state)
            case Stage.N1:
                answer = await self._model_escalation.ask_n1(case, state)
            case _:
                answer = await self._model_escalation.ask_n2(case, state)
        told = await self._unblocked(incident, diagnosis, answer)
        await self._after(incident, state, diagnosis, told)
        return True

    async def _ask_memory(self, case: CaseFacts, state: EscalationState) -> LevelAnswer:
        """The fast track: what resolved incidents like this one, where that is sure enough."""
        solution = await self._solutions.find(case)
        if solution is None:
            return LevelAnswer(case.verdict, "memory holds no solution")
        if not solution.is_sure:
            note = (
                f"memory holds {solution.template_id} with probability {solution.probability:.0%}: "
                "not sure enough"
            )
            return LevelAnswer(case.verdict, note)
        return self._model_escalation.known(case, solution, state)

    async def _unblocked(
        self, incident: Incident, diagnosis: Diagnosis | None, answer: LevelAnswer
    ) -> LevelAnswer:
        """The answer, told of what blocks its action. At memory and N1 that is no answer then: a
        problem that keeps coming back goes to N2 and a person."""
        proposal = answer.proposal
        if proposal is None or not answer.is_usable:
            return answer
        block = await self._anti_loop.check(wanted_of(proposal, incident.system, diagnosis))
        if block is None:
            return answer
        note = f"{answer.note}, which is blocked ({block.reason.value}): {block.sentence}"
        if proposal.escalation_level is EscalationLevel.N2:
            return replace(answer, note=note, is_blocked=True)
        return replace(
            answer,
            note=note,
            proposal=replace(proposal, status=ProposalStatus.REFUSED, refusal=block.sentence),
        )

    async def _begin(
        self, incident: Incident, state: EscalationState, diagnosis: Diagnosis | None, newest: str
    ) -> None:
        """What was proposed on an older diagnosis may no longer be decided."""
        verdict = diagnosis.analysis.verdict if diagnosis else Verdict.INCONCLUSIVE
        note, stage = _BEGUN, Stage.MEMORY
        if verdict is Verdict.NO_PROBLEM:
            note, stage = NOTHING_WRONG, Stage.RESTING
        elif (await controls.get(self._graph)).autonomy is Autonomy.OFF:
            note, stage = OFF, Stage.RESTING
        back = incident.status is IncidentStatus.AWAITING_DECISION
        transition = Transition(
            stage,
            EscalationLevel.MEMORY,
            note,
            status=IncidentStatus.DIAGNOSED if back else None,
        )
        await self._write(
            incident, state, transition, Changed(diagnosis=newest, verdict=verdict.value)
        )

    async def _after(
        self,
        incident: Incident,
        state: EscalationState,
        diagnosis: Diagnosis | None,
        answer: LevelAnswer,
    ) -> None:
        """Store what the level of `state` made of the case, and go where that leads."""
        changed = Changed(verdict=answer.verdict.value)
        if answer.proposal is not None and answer.is_usable:
            sealed = await self._approvals.sealed(answer.proposal)
            await self._propose(incident, state, sealed, answer, changed)
        else:
            advice = generic_solution(diagnosis.analysis).analysis if diagnosis else ""
            transition = self._unanswered(state, answer, advice)
            await self._write(incident, state, transition, changed, answer.proposal)

    def _unanswered(self, state: EscalationState, answer: LevelAnswer, advice: str) -> Transition:
        has = self._model_escalation.has
        level, note = state.escalation_level, answer.note
        if state.stage is Stage.MEMORY and has(EscalationLevel.N1):
            return Transition(Stage.N1, EscalationLevel.N1, note)
        if state.stage is Stage.MEMORY and not has(EscalationLevel.N2):
            return Transition(Stage.RESTING, level, NO_MODEL)
        if state.stage is not Stage.N2 and has(EscalationLevel.N2):
            moved = after_failure(level, note, has_n2=True)
            return replace(moved, tokens=answer.tokens, status=None)
        note = f"{note}: the deterministic diagnosis stands. {advice}"
        return Transition(Stage.RESTING, level, note.rstrip(), tokens=answer.tokens)

    async def _propose(
        self,
        incident: Incident,
        state: EscalationState,
        proposal: Proposal,
        answer: LevelAnswer,
        changed: Changed,
    ) -> None:
        """To the gate, or past it where the workspace lets a safe action run without a person."""
        if not answer.is_blocked and await self._approvals.approve_by_policy(
            incident, state, proposal
        ):
            return
        transition = Transition(
            Stage.GATE,
            proposal.escalation_level,
            f"{answer.note}; a person decides",
            status=IncidentStatus.AWAITING_DECISION,
            tokens=answer.tokens,
        )
        gate = replace(changed, delay_s=self._gate_s)
        await self._write(incident, state, transition, gate, proposal)

    async def _write(
        self,
        incident: Incident,
        state: EscalationState,
        transition: Transition,
        changed: Changed,
        proposal: Proposal | None = None,
    ) -> bool:
        """False when somebody else moved first: then the state has to be read again."""

        at = datetime.now(UTC)

        async def unit(tx: Transaction) -> bool:
            if not await escalations.move(
                tx, incident.id, state.moves, transition, at=at, changed=changed
            ):
                return False
            if changed.diagnosis:
                # All of them: a level that read a newer diagnosis than the escalation began with
                # has proposed on it already.
                await proposals.supersede(tx, incident.id)
            if proposal is not None:
                await proposals.save(tx, proposal)
            return True

        stored = await self._writes.write(
            unit, name="escalation.move", incident=incident.id, stage=transition.stage
        )
        if stored:
            log.info(
                "incident.escalated",
                incident=incident.id,
                stage=transition.stage.value,
                level=transition.level.value,
                reason=transition.reason,
            )
        return stored
