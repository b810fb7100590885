"""Whether an action may run once more: the one rule against loops, and why it blocks.

Keyed by problem and component: after five executions within an hour in spite of which the problem
came back, nothing more is executed; the incident goes to N2 and a person. Whether they succeeded or
told nothing makes no difference, and what was inconclusive never switches a block off.

Clocks may jump: an execution stamped in the future is as recent as can be, the order of stamps does
not matter, and what once filled an hour stays full until a person lifts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from labo.domain.entities.keys import digest
from labo.domain.escalation.blocks import (
    Block,
    BlockLimits,
    BlockReason,
    Circumstances,
    Lift,
    PastExecution,
    WantedAction,
)
from labo.domain.escalation.executions import ExecutionStatus
from labo.domain.escalation.verification_outcomes import VerificationOutcome

_IN_PROGRESS = frozenset(
    {ExecutionStatus.PENDING, ExecutionStatus.RUNNING, ExecutionStatus.UNKNOWN}
)


def block_of(
    wanted: WantedAction,
    history: Sequence[PastExecution],
    lifts: Iterable[Lift],
    now: datetime,
    limits: BlockLimits | None = None,
    circumstances: Circumstances | None = None,
) -> Block | None:
    """Why `wanted` must not be executed now; None when nothing is against it.

    `history` holds every execution on its component and for its incident, in any order; `lifts` are
    those of its problem and component.
    """
    chosen, around = limits or BlockLimits(), circumstances or Circumstances()
    begun = [one for one in history if _is_begun(one, wanted)]
    forgiven = frozenset(one for lift in lifts for one in lift.forgives)
    counted = [one for one in begun if one.id not in forgiven]
    return (
        _outside(wanted, around, chosen)
        or _in_progress(wanted, begun)
        or _recurring(wanted, counted, now, chosen)
        or _ineffective(wanted, counted, chosen)
        or _recent(wanted, counted, now, chosen)
        or _cooling(wanted, counted, now, chosen)
    )


def _is_begun(one: PastExecution, wanted: WantedAction) -> bool:
    if wanted.execution and one.status is ExecutionStatus.PENDING:
        return False
    return one.status is not ExecutionStatus.CANCELLED


def _is_in_progress(one: PastExecution) -> bool:
    """What was verified is over, even where its executor never told how it ended."""
    return one.status in _IN_PROGRESS and one.outcome is None


def _outside(wanted: WantedAction, around: Circumstances, limits: BlockLimits) -> Block | None:
    """What has nothing to do with earlier executions."""
    if around.kill_switch:
        return _block(wanted, BlockReason.KILL_SWITCH, (), "the kill switch is on")
    if around.policy_refusal:
        return _block(wanted, BlockReason.POLICY, (), around.policy_refusal)
    if around.model_calls >= limits.most_model_calls:
        detail = f"{around.model_calls} model calls were made for this incident"
        return _block(wanted, BlockReason.BUDGET, (), detail)
    if around.money >= limits.most_money:
        detail = f"{around.money:.2f} were spent on this incident"
        return _block(wanted, BlockReason.BUDGET, (), detail)
    return None


def _in_progress(wanted: WantedAction, begun: Sequence[PastExecution]) -> Block | None:
    """An execution whose end is not known may still be running: it is asked, never repeated."""
    busy = [one for one in begun if one.component == wanted.component and _is_in_progress(one)]
    same = [one for one in busy if (one.problem, one.template) == (wanted.problem, wanted.template)]
    if same:
        return _block(wanted, BlockReason.DUPLICATE_IN_PROGRESS, same, _of(same))
    return _block(wanted, BlockReason.TARGET_BUSY, busy, _of(busy)) if busy else None


def _recurring(
    wanted: WantedAction, counted: Sequence[PastExecution], now: datetime, limits: BlockLimits
) -> Block | None:
    own = [one for one in counted if one.key == wanted.key]
    undated = [one for one in own if one.started_at is None]
    dated = sorted(
        ((one.started_at, one) for one in own if one.started_at is not None),
        key=lambda pair: (pair[0], pair[1].id),
    )
    # In the future, or without a time: as recent as can be.
    recent = [*undated, *(one for at, one in dated if at > now - limits.window)]
    full = _full_window(dated, limits)
    chosen = recent if len(recent) >= limits.most_recurrences else full
    if len(chosen) < limits.most_recurrences:
        return None
    detail = f"it came back after {len(chosen)} executions"
    return _block(wanted, BlockReason.RECURRING, chosen, detail)


def _full_window(
    dated: Sequence[tuple[datetime, PastExecution]], limits: BlockLimits
) -> list[PastExecution]:
    """The latest executions that once filled a window."""
    most = limits.most_recurrences
    for last in range(len(dated), most - 1, -1):
        some = dated[last - most : last]
        if some[-1][0] - some[0][0] < limits.window:
            return [one for _, one in some]
    return []


def _ineffective(
    wanted: WantedAction, counted: Sequence[PastExecution], limits: BlockLimits
) -> Block | None:
    """Within the incident, whatever was tried: too many that did not help."""
    useless = [
        one
        for one in counted
        if one.incident == wanted.incident
        and one.status not in _IN_PROGRESS
        and one.outcome is not VerificationOutcome.WORKED
        and one.outcome is not VerificationOutcome.NOT_YET
        and (one.outcome is not None or one.status is ExecutionStatus.FAILED)
    ]
    if len(useless) < limits.most_ineffective:
        return None
    return _block(wanted, BlockReason.INEFFECTIVE_CHAIN, useless, _of(useless))


def _recent(
    wanted: WantedAction, counted: Sequence[PastExecution], now: datetime, limits: BlockLimits
) -> Block | None:
    """The same action on the same problem a moment ago."""
    same = [one for one in counted if one.key == wanted.key and one.template == wanted.template]
    return _pause(wanted, BlockReason.RECENTLY_REMEDIATED, same, now, limits.remediated)


def _cooling(
    wanted: WantedAction, counted: Sequence[PastExecution], now: datetime, limits: BlockLimits
) -> Block | None:
    """Another action on the component, whose effect is not known yet."""
    on = [one for one in counted if one.component == wanted.component]
    return _pause(wanted, BlockReason.COOLING_DOWN, on, now, limits.cooling)


def _pause(
    wanted: WantedAction,
    reason: BlockReason,
    earlier: Sequence[PastExecution],
    now: datetime,
    pause: timedelta,
) -> Block | None:
    ends = {one.id: (one.ended_at or one.started_at) for one in earlier}
    held = [one for one in earlier if (at := ends[one.id]) is not None and at + pause > now]
    if not held:
        return None
    # A stamp in the future holds for as long as the pause, counted from now.
    last = max(min(at, now) + pause for one in held if (at := ends[one.id]) is not None)
    return _block(wanted, reason, held, _of(held), ends_at=last)


def _of(executions: Sequence[PastExecution]) -> str:
    names = sorted({one.template for one in executions})
    return f"{len(executions)} executions of {', '.join(names[:3])}"


def _block(
    wanted: WantedAction,
    reason: BlockReason,
    executions: Iterable[PastExecution],
    detail: str,
    ends_at: datetime | None = None,
) -> Block:
    ids = tuple(sorted(one.id for one in executions))
    return Block(
        id=digest("block", reason.value, wanted.incident, *wanted.key, wanted.template, *ids),
        reason=reason,
        incident=wanted.incident,
        problem=wanted.problem,
        component=wanted.component,
        template=wanted.template,
        detail=detail,
        executions=ids,
        ends_at=ends_at,
    )
