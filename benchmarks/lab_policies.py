"""Policies that choose experiments, replayed against a bank of runs by the product's own rules."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from benchmarks.lab_bank import PAIRS, Bank, Setup
from labo.domain.causality.belief import claim, with_evidence
from labo.domain.causality.edges import CausalEdge, EdgeStatus, Evidence
from labo.domain.causality.interventions import evidence_of
from labo.domain.lab.claims import as_intervention, trials_by_edge
from labo.domain.lab.design import Candidate, Past, chosen

RUNS = 2 * PAIRS
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Done:
    """What one experiment comes to, by edge: evidence, and the effect in each pair of trials."""

    evidence: Mapping[str, Evidence]
    effects: Mapping[str, tuple[float, ...]]


@dataclass
class Lab:
    """A bank with the outcome of each experiment, by setup and round."""

    bank: Bank
    claims: dict[str, CausalEdge] = field(default_factory=dict)
    outcomes: list[list[Done]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for setup in self.bank.setups:
            for test in setup.tests:
                one = claim(test.cause.problem.key, test.effect.problem.key, test.relation)
                self.claims[one.key] = one
            rounds = range(len(setup.rounds))
            self.outcomes.append([_done(setup, number, self.bank) for number in rounds])

    @property
    def manipulated(self) -> set[str]:
        """Claims whose cause some pair really brought about."""
        return {key for rounds in self.outcomes for done in rounds for key in done.evidence}


def _done(setup: Setup, number: int, bank: Bank) -> Done:
    evidence: dict[str, Evidence] = {}
    effects: dict[str, tuple[float, ...]] = {}
    name = f"{setup.fault}@{setup.target}#{number}"
    tried = trials_by_edge(setup.rounds[number], setup.tests, clamped=False)
    for edge, (test, found) in tried.items():
        runs = as_intervention(name, bank.plan.system, test, found, ended_at=NOON)
        if runs is not None:
            effects[edge] = found.differences
            [(_, evidence[edge])] = evidence_of(runs)
    return Done(evidence, effects)


@dataclass
class Replay:
    """One policy at work: `validated` after each experiment."""

    lab: Lab
    edges: dict[str, CausalEdge]
    past: Past = field(default_factory=Past)
    rounds: dict[int, int] = field(default_factory=dict)
    runs: int = 0
    experiments: int = 0

    def run(self, number: int) -> None:
        """The next round of a setup."""
        setup = self.lab.bank.setups[number]
        at = self.rounds.get(number, 0)
        done = self.lab.outcomes[number][at]
        self.rounds[number] = at + 1
        self.runs += RUNS
        self.experiments += 1
        self.past = self.past.noted(setup.fault, setup.target, done.effects, PAIRS)
        for key, piece in done.evidence.items():
            self.edges[key] = with_evidence(self.edges[key], piece)

    def open(self) -> list[int]:
        """Setups with a round left."""
        setups = self.lab.bank.setups
        return [i for i, setup in enumerate(setups) if self.rounds.get(i, 0) < len(setup.rounds)]

    def validated(self) -> set[str]:
        return {e.key for e in self.edges.values() if e.status is EdgeStatus.VALIDATED}


def started(lab: Lab) -> Replay:
    return Replay(lab, dict(lab.claims))


def at_random(replay: Replay, rng: random.Random) -> int | None:
    """Any setup that was run least often so far."""
    left = replay.open()
    if not left:
        return None
    least = min(replay.rounds.get(i, 0) for i in left)
    return rng.choice([i for i in left if replay.rounds.get(i, 0) == least])


def proactively(replay: Replay, rng: random.Random) -> int | None:
    """What the product chooses; at random once it finds nothing left to learn."""
    left = replay.open()
    candidates = {_candidate(replay.lab.bank.setups[i]): i for i in left}
    found = chosen(
        candidates,
        replay.edges,
        replay.past,
        system=replay.lab.bank.plan.system,
        budget=RUNS,
        seed=rng.randrange(2**32),
    )
    return at_random(replay, rng) if found is None else candidates[found.candidate]


def _candidate(setup: Setup) -> Candidate:
    return Candidate(setup.fault, setup.target, setup.aims, PAIRS, RUNS)
