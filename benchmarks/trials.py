"""A/B trials of agents: is a variant that is five points better found, and one that isn't promoted?

Simulated incidents. On a share of them the two agents choose different actions; there each acts
with its own chance of success, centred on one half, where chance is loudest. `split` is the plain
design: the traffic is divided and nothing is known of the other agent's answer. Beside the bet
stands a control on the same outcomes: a one-sided z-test at 5 %, looked at every 20 incidents.
The bound is the power of the best test that looks once, after all incidents (normal
approximation): no test that may be looked at any time does better.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from statistics import NormalDist, median

from benchmarks.table import Table
from labo.domain.governance.trials import (
    Arm,
    TrialOutcome,
    TrialRules,
    TrialStatus,
    assigned,
    judge,
)

RUNS = 1_000
INCIDENTS = TrialRules().incidents
BASE = 0.80
"""Success of the current agent under `split`."""
_LEVEL = TrialRules().level
_LOOK = 20


@dataclass(frozen=True, slots=True)
class World:
    """`share` of incidents on which the agents differ, None: split; `effect` on all incidents."""

    share: float | None
    effect: float

    @property
    def chances(self) -> tuple[float, float]:
        """Of success, of the current agent and the variant, on an incident that counts."""
        if self.share is None:
            return BASE, BASE + self.effect
        difference = self.effect / self.share
        return 0.5 - difference / 2, 0.5 + difference / 2


Counted = tuple[int, TrialOutcome]
"""The incident's number, from 1, and its outcome."""


def run() -> Table:
    rows = []
    for share in (None, 0.30, 0.20, 0.15, 0.10, 0.075):
        better = [_history(World(share, 0.05), f"better-{n}") for n in range(RUNS)]
        null = [_history(World(share, 0.0), f"null-{n}") for n in range(RUNS)]
        worse = [_history(World(share, -0.05), f"worse-{n}") for n in range(RUNS)]
        found, at = _share(better, TrialStatus.PROMOTED)
        stopped, stopped_at = _share(worse, TrialStatus.HARMFUL)
        rows.append(
            (
                "split" if share is None else f"{share:.1%}",
                f"{found:.1%}",
                at,
                f"{_share(null, TrialStatus.PROMOTED)[0]:.1%}",
                f"{_share(null, TrialStatus.HARMFUL)[0]:.1%}",
                f"{stopped:.1%}",
                stopped_at,
                f"{_peeked(better):.1%}",
                f"{_peeked(null):.1%}",
                f"{_bound(World(share, 0.05)):.1%}",
                _found_mostly(share),
            )
        )
    return Table("A/B trials of agents", _COLUMNS, rows, _NOTES)


_COLUMNS = (
    *("agents differ on", "+5 points found", "after incidents (median)", "null promoted"),
    *("null stopped", "−5 points stopped", "after incidents (median)"),
    *("z-test: found", "z-test: null promoted", "bound", "points found at 80 %"),
)
_NOTES = (
    f"{RUNS} runs a cell of {INCIDENTS} incidents; medians over the runs that ended so.",
    "The z-test is looked at every 20 incidents: what it promotes of nothing is why it is no test.",
)


def _history(world: World, seed: str) -> list[Counted]:
    random, chances = Random(seed), world.chances
    outcomes = []
    for number in range(1, INCIDENTS + 1):
        if world.share is not None and random.random() >= world.share:
            continue
        arm = assigned(b"benchmark", seed, str(number))
        works = random.random() < chances[arm is Arm.VARIANT]
        outcomes.append((number, TrialOutcome(arm, True, works, True)))
    return outcomes


def _share(histories: Sequence[list[Counted]], status: TrialStatus) -> tuple[float, object]:
    """Of the histories that end so, and after how many incidents half of them did."""
    ends = []
    for history in histories:
        judgement = judge([outcome for _, outcome in history], INCIDENTS)
        if judgement.status is status:
            ends.append(history[judgement.differing - 1][0])
    return len(ends) / len(histories), int(median(ends)) if ends else "–"


def _found_mostly(share: float | None) -> str:
    """The smallest whole number of points that is found in four of five runs."""
    most = round(100 * (1 - BASE if share is None else share))
    for points in range(1, most):
        world = World(share, points / 100)
        histories = [_history(world, f"points-{points}-{n}") for n in range(RUNS // 4)]
        if _share(histories, TrialStatus.PROMOTED)[0] >= 0.8:
            return f"+{points}"
    return "–"


def _peeked(histories: Sequence[list[Counted]]) -> float:
    limit = NormalDist().inv_cdf(1 - _LEVEL)
    return sum(any(z > limit for z in _looks(one)) for one in histories) / len(histories)


def _looks(history: list[Counted]) -> Iterator[float]:
    for until in range(_LOOK, INCIDENTS + 1, _LOOK):
        tallies = {arm: [0, 0] for arm in Arm}
        for number, outcome in history:
            if number <= until:
                tallies[outcome.arm][0] += 1
                tallies[outcome.arm][1] += outcome.succeeded
        (m, a), (n, b) = tallies[Arm.CURRENT], tallies[Arm.VARIANT]
        if m and n and 0 < a + b < m + n:
            pooled = (a + b) / (m + n)
            yield (b / n - a / m) / math.sqrt(pooled * (1 - pooled) * (1 / m + 1 / n))


def _bound(world: World) -> float:
    current, variant = world.chances
    each = INCIDENTS * (world.share or 1.0) / 2
    deviation = math.sqrt((current * (1 - current) + variant * (1 - variant)) / each)
    normal = NormalDist()
    return normal.cdf((variant - current) / deviation - normal.inv_cdf(1 - _LEVEL))
