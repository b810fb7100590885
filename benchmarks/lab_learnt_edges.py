"""Edges for the exam: what the lab's own experiments conclude in some of the training systems.

Every fault that moves one metric is run on every component, in pairs with and without it, and its
claims are judged by the product's rules. No label and no system of the test is involved.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from benchmarks.lab_bank import Bank, Plan, build
from benchmarks.lab_policies import Lab, Replay
from labo.domain.causality.edges import CausalEdge, Relation
from labo.domain.causality.leak import leak
from labo.domain.knowledge.knowledge import KnownEdge
from labo.domain.lab.claims import shows
from labo.services.knowledge.exchange import known_edge

SECONDS, ONSET_S, INTERVAL_S = 100.0, 40.0, 5.0
"""How each run lasts, as `lab_edges` has it for generated systems."""


def learnt_edges(systems: Sequence[str]) -> tuple[KnownEdge, ...]:
    """All experiments in all of the systems, as a diagnosis reads what they came to."""
    edges: dict[str, CausalEdge] = {}
    counts: dict[str, tuple[int, float]] = {}
    for name in systems:
        lab = Lab(build(Plan(name, SECONDS, ONSET_S, INTERVAL_S)))
        replay = Replay(lab, {**lab.claims, **edges})
        while left := replay.open():
            replay.run(left[0])
        edges = replay.edges
        _count(lab.bank, counts)
    return tuple(_with_leak(known_edge(edge), counts) for _, edge in sorted(edges.items()))


def _count(bank: Bank, counts: dict[str, tuple[int, float]]) -> None:
    """Adds how often each effect shows without a fault: onsets and seconds, by problem key."""
    seen: dict[tuple[str, str, int], bool] = {}
    for setup in bank.setups:
        for _, without in setup.rounds[0]:
            for test in setup.tests:
                one = test.effect
                key = one.problem.key, one.component, without.seed
                seen[key] = seen.get(key, False) or bool(shows(without, one))
    lasts = bank.plan.seconds - bank.plan.onset
    for (problem, _, _), is_shown in seen.items():
        onsets, exposure = counts.get(problem, (0, 0.0))
        counts[problem] = onsets + is_shown, exposure + lasts


def _with_leak(edge: KnownEdge, counts: Mapping[str, tuple[int, float]]) -> KnownEdge:
    onsets, exposure = counts.get(edge.effect, (0, 0.0))
    own = leak(onsets, exposure, SECONDS - ONSET_S)
    return replace(edge, leak=own.mean, leak_high=own.high)


def permuted_edges(edges: Iterable[KnownEdge]) -> tuple[KnownEdge, ...]:
    """The control: as many claims, each with the effect of another one of the same relation."""
    rng, known = random.Random(1), list(edges)
    found: list[KnownEdge] = []
    for relation in Relation:
        same = [edge for edge in known if edge.relation is relation]
        effects = [edge.effect for edge in same]
        rng.shuffle(effects)
        found += [replace(edge, effect=e) for edge, e in zip(same, effects, strict=True)]
    return tuple(found)
