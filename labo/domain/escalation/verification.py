"""Whether an executed action did what it was for: worked, no effect, worse, or unknown.

An action is an experiment without a control arm. What stands in for one: the untouched components
(difference in differences), how fast such incidents end by themselves, and what the metrics of the
blast radius did before. "The alert went away" is no evidence by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from labo.domain.entities.harm import harm
from labo.domain.escalation.action_look import ActedIncident, Look, VerificationLimits, look_at
from labo.domain.escalation.recovery import MOSTLY, Condition
from labo.domain.escalation.side_effects import ActionTimes, SideEffect, side_effects
from labo.domain.escalation.verification_outcomes import Verification, VerificationOutcome

OVER_SHARE = 0.5
"""With fewer of the incident's metrics still deviating, it was over before the action. By
judgement: the majority."""


OWN_SHARE = 0.5
"""With less of the fall left after that of untouched components is taken off, it is not the
action's merit. By judgement: the smaller half."""


def verified(
    acted: ActedIncident, now: float, limits: VerificationLimits | None = None
) -> Verification:
    """What is known at `now` (epoch seconds) of what the action did.

    Telemetry after `now` is not read. With `not_yet`, ask again at `look_again_at`, at most
    `longest_s` after the action; the last answer is one of the other four.
    """
    chosen = limits or VerificationLimits()
    look = look_at(acted, now, chosen)
    first = look.start + chosen.hold_s
    if now < first:
        return _later(look, first, "the action has just ended")
    broken = _side_effects(look)
    if broken:
        return _worse(broken)
    if not look.conditions:
        return _nothing_to_see()
    return _judged(look)


def _later(look: Look, at: float, why: str) -> Verification:
    last = look.acted.ended + look.limits.longest_s
    return Verification(
        VerificationOutcome.NOT_YET, 0.0, (why,), look_again_at=max(look.now + 1, min(at, last))
    )


def _side_effects(look: Look) -> list[SideEffect]:
    acted, limits = look.acted, look.limits
    times = ActionTimes(acted.began, acted.ended, look.start, look.now, limits.recent_s)
    back = sum(look.is_known(one) and look.is_back(one) for one in look.conditions)
    return side_effects(
        look.scores,
        acted.topology,
        acted.target,
        times,
        incident_lasts=back < MOSTLY * len(look.conditions),
    )


def _worse(broken: Sequence[SideEffect]) -> Verification:
    first = broken[0]
    parts = sorted({one.key.component for one in broken})
    return Verification(
        VerificationOutcome.WORSE,
        min(0.95, 0.6 + 0.05 * len(broken)),
        (
            f"{first.key.metric} of {first.key.component} was at {first.before:.1f} scales before "
            f"the action and is at {first.after:.1f} since",
            f"{len(broken)} metrics of {', '.join(parts[:5])} got worse after the action",
        ),
    )


def _nothing_to_see() -> Verification:
    return Verification(
        VerificationOutcome.UNKNOWN,
        0.0,
        ("no metric of the incident's components deviated before the action",),
    )


def _judged(look: Look) -> Verification:
    lasting = [one for one in look.conditions if not look.was_over(one)]
    if len(lasting) < OVER_SHARE * len(look.conditions):
        return Verification(
            VerificationOutcome.NO_EFFECT,
            0.8,
            ("the incident was back to normal before the action began",),
        )
    seen = [one for one in lasting if look.is_known(one)]
    if len(seen) < MOSTLY * len(lasting):
        why = f"{len(lasting) - len(seen)} of {len(lasting)} metrics have no data since the action"
        if look.is_last():
            return Verification(VerificationOutcome.UNKNOWN, 0.0, (why,))
        return _later(look, look.now + look.limits.hold_s, why)
    back = [one for one in seen if look.is_back(one)]
    open_ones = [one for one in seen if one not in back]
    if not open_ones:
        return _recovered(look, seen)
    return _open(look, seen, open_ones)


def _open(look: Look, seen: Sequence[Condition], still: Sequence[Condition]) -> Verification:
    """Some metrics still deviate."""
    names = ", ".join(f"{one.key.metric} of {one.key.component}" for one in still[:3])
    change = look.change(seen)
    remembering = [one for one in still if look.now < look.due(one)]
    falling = [one for one in still if look.is_falling(one)]
    clear = [
        one for one in still if one not in remembering and one not in falling and look.is_high(one)
    ]
    if not clear and not look.is_last():
        why = f"{names} still shows what was before, or falls: decay is not recurrence"
        at = max((look.due(one) for one in remembering), default=look.now + look.limits.hold_s)
        return _later(look, at, why)
    if not clear and remembering:
        why = f"{names} remembers for longer than can be waited for"
        return Verification(VerificationOutcome.UNKNOWN, 0.0, (why,), change=change)
    if not any(harm(one.key.metric) for one in seen):
        why = f"{names} still differs from usual, which may be load and not the problem"
        return Verification(VerificationOutcome.UNKNOWN, 0.0, (why,), change=change)
    return Verification(
        VerificationOutcome.NO_EFFECT,
        min(0.95, 0.5 + 0.5 * len(still) / len(seen)),
        (f"{names} still deviates, and does not fall",),
        change=change,
    )


def _recovered(look: Look, seen: Sequence[Condition]) -> Verification:
    """All are back to normal: is it the action's merit?"""
    waiting = [one for one in seen if look.now < look.due(one)]
    if waiting and not look.is_last():
        return _later(
            look, max(look.due(one) for one in waiting), "normal again, but not for long enough"
        )
    took = look.took(seen)
    age = look.acted.began - look.acted.onset
    chance = look.acted.ends.plus(age).chance_within(took)
    change = look.change(seen)
    if chance > look.limits.coincidence:
        return _unattributed(
            f"{chance:.0%} of such incidents end by themselves within {took:.0f} s, as it took",
            change,
        )
    if not look.is_near(seen):
        return _unattributed(
            f"nothing that depends on {look.acted.target}, or that it uses, had deviated", change
        )
    if change is not None and change < OWN_SHARE:
        return _unattributed("untouched components recovered as much at the same time", change)
    return Verification(
        VerificationOutcome.WORKED,
        round(1.0 - chance, 3),
        (
            f"all {len(seen)} metrics are back to normal {took:.0f} s after the action, and stay",
            f"by themselves {chance:.0%} of such incidents would have ended by then",
        ),
        change=change,
    )


def _unattributed(why: str, change: float | None) -> Verification:
    return Verification(
        VerificationOutcome.UNKNOWN,
        0.0,
        ("everything is back to normal, but that may not be the action's merit", why),
        change=change,
    )
