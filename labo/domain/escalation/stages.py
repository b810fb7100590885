"""Where an incident stands in its escalation, and how it goes on from there.

A stored state machine: each move is one write that names why, and asks for the job of the stage
that it leads to. Killed anywhere, it goes on from what was stored. The functions here only decide;
`labo.services.escalation` carries out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from labo.domain.entities.jobs import JobKind
from labo.domain.escalation.proposals import EscalationLevel
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
    Stage.FINISHED: JobKind.LEARN_FROM_RESOLVED,
}
"""The job that is due in each stage; in `resting` only a person or a new diagnosis goes on."""

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


class Verified(StrEnum):
    """What a verification found. `not_yet`: it has to look again later."""

    WORKED = "worked"
    NO_EFFECT = "no_effect"
    WORSE = "worse"
    UNKNOWN = "unknown"
    NOT_YET = "not_yet"


def after_failure(
    level: EscalationLevel, reason: str, *, has_n2: bool, by: str = AUTOMATIC
) -> Transition:
    """Where the escalation goes when what `level` attempted led nowhere: to N2, once; from there
    to the expert report and a person."""
    if has_n2 and level in (EscalationLevel.MEMORY, EscalationLevel.N1):
        return Transition(Stage.N2, EscalationLevel.N2, reason, by, IncidentStatus.DIAGNOSED)
    return Transition(Stage.EXPERT, EscalationLevel.N3, reason, by, IncidentStatus.DIAGNOSED)


def after_verification(
    level: EscalationLevel, outcome: Verified, reason: str, *, has_n2: bool
) -> Transition:
    """Where the escalation goes by what a verification found.

    It never ends an incident that it did not see cured: `unknown` goes to a person.
    """
    match outcome:
        case Verified.WORKED:
            return Transition(Stage.FINISHED, level, reason, status=IncidentStatus.RESOLVED)
        case Verified.NOT_YET:
            return Transition(Stage.VERIFICATION, level, reason)
        case Verified.UNKNOWN:
            return Transition(
                Stage.EXPERT, EscalationLevel.N3, reason, status=IncidentStatus.DIAGNOSED
            )
    return after_failure(level, reason, has_n2=has_n2)
