"""Causal edges of the knowledge pack: paired runs of the generated systems, counted together and
validated by the product's own rules (see `lab_bank`)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from benchmarks.lab_bank import Plan, build
from benchmarks.lab_cases import each_kind
from benchmarks.lab_policies import Lab
from labo.domain.causality.belief import with_evidence
from labo.domain.causality.edges import CausalEdge, EdgeStatus
from labo.domain.entities.problems import Problem
from labo.domain.knowledge.knowledge import KnownEdge, KnownProblem

SECONDS, ONSET, INTERVAL = 100.0, 40.0, 5.0
"""Simulated seconds of an arm, as `lab_edges` runs the generated systems."""


def learnt_edges(
    systems: Sequence[str], seed: int, processes: int
) -> tuple[tuple[KnownProblem, ...], tuple[KnownEdge, ...]]:
    """The edges that pairs over all `systems` validate, one experiment for each kind of fault and
    system, and the problems that they are about; both by key.

    They carry no counts: an effect elsewhere is no episode of the system that imports it.
    """
    edges: dict[str, CausalEdge] = {}
    problems: dict[str, Problem] = {}
    for system in systems:
        print(f"  experiments in {system}", file=sys.stderr, flush=True)
        only = {(kind.value, root) for job in each_kind(system, seed) for kind, root in job.faults}
        bank = build(Plan(system, SECONDS, ONSET, INTERVAL), only, rounds=1, processes=processes)
        lab = Lab(bank)
        for setup in bank.setups:
            for test in setup.tests:
                problems |= {one.problem.key: one.problem for one in test.symptoms}
        for rounds in lab.outcomes:
            for key, evidence in (pair for done in rounds for pair in done.evidence.items()):
                edges[key] = with_evidence(edges.get(key, lab.claims[key]), evidence)
    found = [one for _, one in sorted(edges.items()) if one.status is EdgeStatus.VALIDATED]
    ends = sorted({key for one in found for key in (one.cause, one.effect)})
    return tuple(_problem(problems[key]) for key in ends), tuple(map(_edge, found))


def _problem(one: Problem) -> KnownProblem:
    return KnownProblem(one.key, one.title, one.role, kind=one.kind)


def _edge(one: CausalEdge) -> KnownEdge:
    return KnownEdge(one.cause, one.effect, one.relation, one.status, one.probability, one.strength)
