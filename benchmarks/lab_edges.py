"""Which experiment next, and are the edges right that experiments validate?

A bank of paired runs of a simulated system is made once. Policies then choose from it: how many
runs until so many true edges are validated? And after `EXPERIMENTS` experiments, what share of the
validated edges is true, and what share of the true ones is validated, by the system's own
description (`engine.mechanisms`), which no module of Labo reads? Beside it, what observation alone
concludes from the same incidents.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from benchmarks.lab_bank import Plan, build
from benchmarks.lab_observed import Observed, observed
from benchmarks.lab_policies import RUNS, Lab, Replay, at_random, proactively, started
from benchmarks.table import Table
from engine.description.model import System
from engine.mechanisms.truth import Mechanism, mechanisms
from engine.mechanisms.truth import Symptom as TrueSymptom
from labo.domain.causality.edges import Relation
from labo.domain.entities.conditions import Direction
from labo.domain.lab.scenarios import EdgeUnderTest, Symptom

PLANS = (
    Plan("streaming", 50.0, 25.0, 2.5),
    Plan("random-12-3", 100.0, 40.0, 5.0),
)
"""The rules were developed on the first one; the others were examined once, at the end."""

EXPERIMENTS = 200
POLICY_SEEDS = 20
SHARES = (0.5, 0.8)
"""Shares of the true edges that all runs together validate, as targets."""

Policy = Callable[[Replay, random.Random], int | None]


@dataclass(frozen=True, slots=True)
class Score:
    """Reported edges, the share of them that is true, and the share of `reachable` that was
    reported."""

    claimed: float
    precision: float
    recall: float


def true_claims(system: System) -> dict[str, bool]:
    """Whether a mechanism is clear, by the key of the edge that it is an instance of."""
    found: dict[str, bool] = {}
    for one in mechanisms(system):
        key = key_of(one)
        found[key] = one.clear or found.get(key, False)
    return found


def key_of(one: Mechanism) -> str:
    test = EdgeUnderTest(_symptom(one.cause), _symptom(one.effect), Relation(one.relation))
    return test.edge


def _symptom(one: TrueSymptom) -> Symptom:
    return Symptom(one.component, one.role, one.metric, Direction(one.direction))


def scored(claimed: Collection[str], true: Collection[str], reachable: Collection[str]) -> Score:
    """Precision is 1 where nothing is reported."""
    right = {*claimed} & {*true}
    precision = len(right) / len(claimed) if claimed else 1.0
    return Score(len(claimed), precision, len(right & {*reachable}) / max(1, len(reachable)))


def runs_until(
    lab: Lab, policy: Policy, wanted: Collection[str], counts: Sequence[int], seed: int
) -> list[int]:
    """Runs until so many of the `wanted` edges are validated, or all runs that there are."""
    replay, rng = started(lab), random.Random(seed)
    found = []
    for count in counts:
        while len(replay.validated() & {*wanted}) < count:
            number = policy(replay, rng)
            if number is None:
                break
            replay.run(number)
        found.append(replay.runs)
    return found


def after(lab: Lab, policy: Policy, experiments: int, seed: int) -> set[str]:
    """What is validated after so many experiments."""
    replay, rng = started(lab), random.Random(seed)
    while replay.experiments < experiments:
        number = policy(replay, rng)
        if number is None:
            break
        replay.run(number)
    return replay.validated()


def run() -> Table:
    """Aims: half of the runs of random choice; precision 0.95 and recall 0.8 of `validated`."""
    rows: list[tuple[object, ...]] = []
    notes: list[str] = []
    for plan in PLANS:
        began = time.perf_counter()
        lab = Lab(build(plan))
        ran = time.perf_counter() - began
        _report(lab, rows, notes, ran)
    reached = tuple(f"runs to {share}" for share in SHARES)
    columns = ("system", "edges by", "reported", "precision", "recall", *reached)
    return Table("Edges in the living engine", columns, rows, tuple(notes))


def _report(lab: Lab, rows: list[tuple[object, ...]], notes: list[str], ran: float) -> None:
    plan = lab.bank.plan
    true = true_claims(lab.bank.described)
    clear = {key for key, is_clear in true.items() if is_clear}
    aimed = clear & lab.claims.keys()
    reachable = aimed & lab.manipulated
    everything = started(lab)
    while left := everything.open():
        everything.run(left[0])
    wanted = everything.validated() & true.keys()
    counts = [round(share * len(wanted)) for share in SHARES]
    for title, policy in (("proactive choice", proactively), ("random choice", at_random)):
        reached = [runs_until(lab, policy, wanted, counts, s) for s in range(POLICY_SEEDS)]
        ends = [
            scored(after(lab, policy, EXPERIMENTS, seed), true, reachable)
            for seed in range(POLICY_SEEDS if policy is at_random else 1)
        ]
        runs = [median(each) for each in zip(*reached, strict=True)]
        rows.append((plan.system, f"`validated`, {title}", *_mean(ends), *runs))
    whole = scored(everything.validated(), true, reachable)
    rows.append(_row(plan, "`validated`, all runs", whole))
    seen = observed(lab)
    rows += _observed_rows(plan, seen, true, reachable)
    setups = lab.bank.setups
    notes.append(
        f"{plan.system}: {len(lab.claims)} claims that runs may test, "
        f"{len(clear)} clear true kinds of edges (and {len(true) - len(clear)} faint ones, which "
        f"are neither asked for nor wrong); of the clear ones {len(clear - aimed)} leave what no "
        f"fault manipulates alone, and {len(aimed - reachable)} what no run caused: recall "
        f"is of the other {len(reachable)}. {len(setups)} setups of {RUNS} runs an experiment, "
        f"{' and '.join(map(str, counts))} true edges to be reached, medians of {POLICY_SEEDS} "
        f"policy seeds; those reported after {EXPERIMENTS} experiments (or all that there are) by "
        f"one seed of proactive and all of random choice; bank in {ran:.0f} s."
    )


def _mean(ends: Sequence[Score]) -> tuple[float, float, float]:
    return (
        fmean(one.claimed for one in ends),
        fmean(one.precision for one in ends),
        fmean(one.recall for one in ends),
    )


def _row(plan: Plan, title: str, one: Score) -> tuple[object, ...]:
    return plan.system, title, one.claimed, one.precision, one.recall, *("-" for _ in SHARES)


def _observed_rows(
    plan: Plan, seen: Observed, true: Collection[str], reachable: Collection[str]
) -> list[tuple[object, ...]]:
    return [
        _row(plan, "`supported`, observation alone", scored(seen.supported, true, reachable)),
        _row(plan, "e-BH without the order", scored(seen.unordered, true, reachable)),
    ]
