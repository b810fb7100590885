"""Where an incident stands in its escalation, and how it goes on from there.

A stored state machine: each move is one write that names why, and asks for the job of the stage
that it leads to. Killed anywhere, it goes on from what was stored. The functions here only decide;
`labo.services.escalation` carries out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from labo.domain.entities.jobs import JobKind
from labo.domain.escalation.proposals import EscalationLevel
from labo.domain.escalation.verification_outcomes import VerificationOutcome
from labo.domain.incidents.acts import AUTOMATIC
from labo.domain.incidents.incidents import IncidentStatus


class Stage(StrEnum):
    """`memory`, `n1`, `n2`: that level is to answer. `gate`: a person decides on a proposal.
    `action`: what was approved is executed. `verification`: whether it helped is measured.
    `expert`: N3's report is asked for, then a person goes on. `resting`: nothing goes on by
    itself. `finished`: the incident is over."""

    MEMORY = "memory"
    N1 = "n1"
    N2 = "n2"
    GATE = "gate"
    ACTION = "action"
    VERIFICATION = "verification"
    EXPERT = "expert"
    RESTING = "resting"
    FINISHED = "finished"


JOB_OF: Mapping[Stage, JobKind] = {
    Stage.MEMORY: JobKind.ESCALATE,
    Stage.N1: JobKind.ESCALATE,
    Stage.N2: JobKind.ESCALATE,
    Stage.GATE: JobKind.CHECK_DEADLINE,
    Stage.ACTION: JobKind.EXECUTE,
    Stage.VERIFICATION: JobKind.VERIFY,
    Stage.EXPERT: JobKind.WRITE_REPORT,
    Stage.RESTING: JobKind.CHECK_DEADLINE,
    Stage.FINISHED: JobKind.LEARN_FROM_RESOLVED,
}
"""The job that is due in each stage: none is without one. Behind the report and what is learnt,
only a person or a new diagnosis goes on."""

TIMER = "timer"
"""Who moves an escalation on because nobody answered in time."""

RESTARTS = frozenset({None, Stage.RESTING, Stage.GATE, Stage.EXPERT})
"""Stages in which a newer diagnosis begins the escalation anew. While an action runs or is
verified it waits: what was done is judged first."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One move of an incident's escalation. `reason` is a masked sentence for people, `status` the
    incident's status with it; None leaves it as it is. `tokens` were spent to come to it."""

    stage: Stage
    level: EscalationLevel
    reason: str
    by: str = AUTOMATIC
    status: IncidentStatus | None = None
    tokens: int = 0


def after_failure(
    level: EscalationLevel, reason: str, *, has_n2: bool, by: str = AUTOMATIC
) -> Transition:
    """Where the escalation goes when what `level` attempted led nowhere: to N2, once; from there
    to the expert report and a person."""
    if has_n2 and level in (EscalationLevel.MEMORY, EscalationLevel.N1):
        return Transition(Stage.N2, EscalationLevel.N2, reason, by, IncidentStatus.DIAGNOSED)
    return Transition(Stage.EXPERT, EscalationLevel.N3, reason, by, IncidentStatus.DIAGNOSED)


def after_verification(
    level: EscalationLevel,
    outcome: VerificationOutcome,
    reason: str,
    *,
    has_n2: bool,
    is_over: bool = False,
) -> Transition:
    """Where the escalation goes by what a verification found.

    It never ends an incident that it did not see cured: `unknown` goes to a person. `is_over`: the
    incident ended by itself or by a person's word.
    """
    if is_over and outcome is not VerificationOutcome.NOT_YET:
        return Transition(Stage.FINISHED, level, reason)
    match outcome:
        case VerificationOutcome.WORKED:
            return Transition(Stage.FINISHED, level, reason, status=IncidentStatus.RESOLVED)
        case VerificationOutcome.UNKNOWN:
            return Transition(
                Stage.EXPERT, EscalationLevel.N3, reason, status=IncidentStatus.DIAGNOSED
            )
    return after_failure(level, reason, has_n2=has_n2)


def answered_late(
    state_stage: Stage | None,
    level: EscalationLevel,
    *,
    is_critical: bool,
    is_reminded: bool,
    waited: timedelta,
    answer: timedelta,
    expiry: timedelta,
) -> Transition | timedelta | None:
    """What is due while a person has not answered for `waited`: a move, or the time until then.

    After `answer` people are reminded once, and a critical incident gets N3's report; after
    `expiry` the proposal expires. None where nobody is waited for.
    """
    if state_stage is Stage.GATE and waited >= expiry:
        note = "nobody decided in time: the proposal has expired"
        return Transition(Stage.EXPERT, EscalationLevel.N3, note, TIMER, IncidentStatus.DIAGNOSED)
    if state_stage is Stage.RESTING and is_critical:
        note = "nobody answered in time: an expert report is written"
        moved = Transition(Stage.EXPERT, EscalationLevel.N3, note, TIMER)
        return moved if waited >= answer else answer - waited
    if state_stage is not Stage.GATE:
        return None
    if waited < answer:
        return answer - waited
    if is_reminded:
        return expiry - waited
    report = "; an expert report is written meanwhile" if is_critical else ""
    return Transition(Stage.GATE, level, f"still waits for a decision{report}", TIMER)
