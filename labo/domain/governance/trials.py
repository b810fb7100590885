"""Is a variant of an agent better than the agent that runs? An A/B trial, judged at any time.

Both arms answer each incident; a model's answer executes nothing, so the second costs its price
alone. Where both choose the same action, the outcome is the same whoever acts, and the incident
tells nothing. Where they differ a keyed hash chooses the arm that acts. So the noise of all the
incidents on which the arms agree is left out: what a plain split of the traffic drowns in.

The test is a bet (Waudby-Smith and Ramdas, JRSS B 86, 2024). With s = +1 where the variant acted
and −1 where the other did, y the success and m the share of successes before, x = 2s(y − m) has
the mean of the arms' difference on the incident, whatever m, since the hash is fair. If the
variant is no better, a stake that multiplies by 1 + λx is a supermartingale: it reaches 1/level
with a probability of at most `level`, however often one looks (Ville). The stake is spread over
several λ, since nobody knows the difference.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

STAKES = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Shares of the largest λ that cannot ruin the bet. Twice apart: between two of them a bet loses
little against the best one. The smallest fits differences of a few points, the largest of most."""


class Arm(StrEnum):
    CURRENT = "current"
    VARIANT = "variant"


class TrialStatus(StrEnum):
    RUNNING = "running"
    PROMOTED = "promoted"
    HARMFUL = "harmful"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """How an incident ended on which the arms differed. `minutes` until it was resolved, `money` in
    µEUR of its model calls: shown beside the judgement, which rests on success alone."""

    arm: Arm
    approved: bool
    worked: bool
    stayed_fixed: bool
    minutes: float = 0.0
    money: int = 0

    @property
    def succeeded(self) -> bool:
        return self.approved and self.worked and self.stayed_fixed


@dataclass(frozen=True, slots=True)
class TrialRules:
    """`level`: the chance that a variant that is no better is promoted. `harm_level`: that one that
    is no worse is stopped as harmful; higher, since stopping a good one costs a trial, and letting
    a bad one act costs incidents. `incidents`: after so many, the agreed ones too, it ends."""

    level: float = 0.05
    harm_level: float = 0.1
    incidents: int = 400


@dataclass(frozen=True, slots=True)
class TrialJudgement:
    """`differing`: incidents that counted until the judgement fell. `log_better`, `log_worse`: the
    natural logarithms of the bets on either side, at the judgement."""

    status: TrialStatus
    differing: int
    log_better: float
    log_worse: float


def assigned(key: bytes, trial: str, incident: str) -> Arm:
    """The arm that acts on the incident (ids). Without the key nobody can foresee or choose it.

    >>> assigned(b"k", "t", "i-1") is assigned(b"k", "t", "i-1")
    True
    """
    digest = hmac.new(key, f"{trial}\0{incident}".encode(), hashlib.sha256).digest()
    return Arm.VARIANT if digest[0] & 1 else Arm.CURRENT


def judge(
    outcomes: Iterable[TrialOutcome], incidents: int, rules: TrialRules | None = None
) -> TrialJudgement:
    """Of the outcomes in the order in which they became known, of `incidents` handled so far.

    The first boundary that is crossed counts: what comes later changes nothing.
    """
    rules = rules or TrialRules()
    better, worse = (0.0,) * len(STAKES), (0.0,) * len(STAKES)
    promoted, harmful = math.log(1 / rules.level), math.log(1 / rules.harm_level)
    count, successes = 0, 0
    for outcome in outcomes:
        mean = (1 + successes) / (2 + count)
        sign = 1 if outcome.arm is Arm.VARIANT else -1
        gain = 2 * sign * (outcome.succeeded - mean)
        bound = 2 * max(mean, 1 - mean)
        better = _after(better, gain / bound)
        worse = _after(worse, -gain / bound)
        count, successes = count + 1, successes + outcome.succeeded
        if _mixed(better) >= promoted:
            return TrialJudgement(TrialStatus.PROMOTED, count, _mixed(better), _mixed(worse))
        if _mixed(worse) >= harmful:
            return TrialJudgement(TrialStatus.HARMFUL, count, _mixed(better), _mixed(worse))
    is_over = incidents >= rules.incidents
    status = TrialStatus.UNDECIDED if is_over else TrialStatus.RUNNING
    return TrialJudgement(status, count, _mixed(better), _mixed(worse))


def _after(logs: tuple[float, ...], gain: float) -> tuple[float, ...]:
    """`gain` is within ±1, a stake below 1: no bet is ruined."""
    return tuple(log + math.log1p(stake * gain) for log, stake in zip(logs, STAKES, strict=True))


def _mixed(logs: tuple[float, ...]) -> float:
    """The logarithm of the mean stake."""
    most = max(logs)
    return most + math.log(sum(math.exp(log - most) for log in logs) / len(logs))
