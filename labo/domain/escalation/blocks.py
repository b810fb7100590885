"""Blocks of actions: why nothing is executed, until when, and who may lift it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from labo.domain.entities.justification import justified
from labo.domain.entities.keys import digest
from labo.domain.escalation.executions import ExecutionStatus
from labo.domain.escalation.verification_outcomes import VerificationOutcome
from labo.errors import Conflict


class BlockReason(StrEnum):
    RECURRING = "recurring"
    DUPLICATE_IN_PROGRESS = "duplicate_in_progress"
    TARGET_BUSY = "target_busy"
    RECENTLY_REMEDIATED = "recently_remediated"
    COOLING_DOWN = "cooling_down"
    INEFFECTIVE_CHAIN = "ineffective_chain"
    BUDGET = "budget"
    POLICY = "policy"
    KILL_SWITCH = "kill_switch"


SENTENCES: Mapping[BlockReason, tuple[str, str]] = {
    BlockReason.RECURRING: (
        "The problem keeps coming back within the hour although it was acted on.",
        "Only a person lifts this.",
    ),
    BlockReason.DUPLICATE_IN_PROGRESS: (
        "The same action is running already, or its end is not known.",
        "It ends when that execution has ended.",
    ),
    BlockReason.TARGET_BUSY: (
        "Another action is running on the component, or its end is not known.",
        "It ends when that execution has ended.",
    ),
    BlockReason.RECENTLY_REMEDIATED: (
        "The same action was carried out for the same problem a moment ago.",
        "It ends by itself; a person may lift it earlier.",
    ),
    BlockReason.COOLING_DOWN: (
        "An action on the component has just ended, and what it did is not known yet.",
        "It ends by itself; a person may lift it earlier.",
    ),
    BlockReason.INEFFECTIVE_CHAIN: (
        "Several actions for this incident did not help.",
        "Only a person lifts this.",
    ),
    BlockReason.BUDGET: (
        "The incident has used up its model calls or its money.",
        "It ends when the limits of an incident are raised.",
    ),
    BlockReason.POLICY: (
        "A policy refuses the action.",
        "It ends when the policy allows the action.",
    ),
    BlockReason.KILL_SWITCH: (
        "Actions are switched off.",
        "It ends when a person switches them on again.",
    ),
}
"""Per reason: what is the matter, and how it ends."""

LIFTABLE = frozenset(
    {
        BlockReason.RECURRING,
        BlockReason.INEFFECTIVE_CHAIN,
        BlockReason.RECENTLY_REMEDIATED,
        BlockReason.COOLING_DOWN,
    }
)
"""What a person may lift: all that follows from executions that are over."""


@dataclass(frozen=True, slots=True)
class BlockLimits:
    """`most_recurrences` executions within `window` in spite of which a problem came back
    (design/escalation.md); the others by judgement.

    `remediated`: the same action is not repeated while verification may still wait. `cooling`: the
    shortest time in which verification tells anything (two minutes), and a half. An incident has
    `most_ineffective` attempts, `most_model_calls`, and `most_money` in the ledger's currency.
    """

    most_recurrences: int = 5
    window: timedelta = timedelta(hours=1)
    remediated: timedelta = timedelta(minutes=5)
    cooling: timedelta = timedelta(minutes=3)
    most_ineffective: int = 3
    most_model_calls: int = 40
    most_money: float = 5.0


@dataclass(frozen=True, slots=True)
class PastExecution:
    """An execution as the rule reads it. `problem` and `component` are keys; `outcome` is None
    before it was verified."""

    id: str
    incident: str
    problem: str
    component: str
    template: str
    status: ExecutionStatus
    outcome: VerificationOutcome | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.problem, self.component


@dataclass(frozen=True, slots=True)
class WantedAction:
    """What is to be executed: `template` (id) on `component`, for `problem` (keys). `execution` is
    the approved one (id) that is about to begin: neither it nor others that wait like it are in its
    way. Empty while it is only proposed."""

    incident: str
    problem: str
    component: str
    template: str
    execution: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.problem, self.component


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What governance says: `policy_refusal` names the rule, empty without one; `model_calls` and
    `money` are what the incident has used."""

    kill_switch: bool = False
    policy_refusal: str = ""
    model_calls: int = 0
    money: float = 0.0


@dataclass(frozen=True, slots=True)
class Block:
    """`executions` (ids) are what it follows from. `ends_at` is when it ends by itself; None where
    it does not end with time alone, as `ending` says."""

    id: str
    reason: BlockReason
    incident: str
    problem: str
    component: str
    template: str
    detail: str
    executions: tuple[str, ...] = ()
    ends_at: datetime | None = None

    @property
    def sentence(self) -> str:
        """For people: what is the matter."""
        return f"{SENTENCES[self.reason][0]} ({self.detail})"

    @property
    def ending(self) -> str:
        """For people: how it ends."""
        return SENTENCES[self.reason][1]

    @property
    def is_liftable(self) -> bool:
        return self.reason in LIFTABLE


@dataclass(frozen=True, slots=True)
class Lift:
    """A person lets a problem on a component be acted on again: the executions that it `forgives`
    (ids) count no more. By ids, since a clock that jumps back would forgive later ones."""

    id: str
    block: str
    problem: str
    component: str
    forgives: tuple[str, ...]
    by: str
    reason: str
    at: datetime


def lift_of(block: Block, *, by: str, reason: str, at: datetime) -> Lift:
    """Raises InvalidInput without a name or a reason, and Conflict for what nobody can lift."""
    who, why = justified(by, reason)
    if not block.is_liftable:
        raise Conflict(
            f"a block for {block.reason.value} cannot be lifted",
            where=block.id,
            hint=block.ending,
        )
    return Lift(
        id=digest("lift", block.id),
        block=block.id,
        problem=block.problem,
        component=block.component,
        forgives=block.executions,
        by=who,
        reason=why,
        at=at,
    )
