"""What the lab's claims add to k labels: the same incidents with them, without, and permuted."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from benchmarks.identification_cases import knowledge_of
from benchmarks.lab_answers import answers
from benchmarks.lab_cases import Incident, same_host
from benchmarks.lab_learnt_edges import permuted_edges
from labo.domain.entities.diagnoses import Analysis
from labo.domain.knowledge.experiences import LabelledIncident
from labo.domain.knowledge.knowledge import KnownEdge

COUNTS = (10, 20, 50, 100, 200)
RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Right:
    """Whether the first suspect of each incident is right: its component, its problem as well."""

    component: tuple[bool, ...]
    problem: tuple[bool, ...]


def ablation(
    title: str,
    asked: Sequence[Incident],
    labelled_incidents: Sequence[LabelledIncident],
    edges: tuple[KnownEdge, ...],
) -> list[str]:
    """One line for each number of labels, and one for all of them together."""
    order = list(labelled_incidents)
    random.Random(1).shuffle(order)
    variants = {"with": edges, "without": (), "permuted": permuted_edges(edges)}
    lines, all_counts = [], dict[str, list[Right]]()
    for count in (count for count in COUNTS if count <= len(order)):
        known = knowledge_of(order[:count])
        right = {
            name: right_of(asked, answers(asked, replace(known, edges=of)))
            for name, of in variants.items()
        }
        for name, one in right.items():
            all_counts.setdefault(name, []).append(one)
        lines.append(f"{title}, {count} labels: {said({n: [r] for n, r in right.items()})}")
    return [*lines, f"{title}, all numbers of labels: {said(all_counts)}"]


def right_of(asked: Sequence[Incident], found: Sequence[Analysis]) -> Right:
    component, problem = [], []
    for one, analysis in zip(asked, found, strict=True):
        [(kind, root)] = one.truth
        first = next(iter(analysis.suspects), None)
        is_there = first is not None and first.component in same_host(one, kind, root)
        component.append(is_there)
        problem.append(is_there and first is not None and first.problem == kind)
    return Right(tuple(component), tuple(problem))


def said(right: Mapping[str, Sequence[Right]]) -> str:
    """Shares with, without and permuted, and *with less without* with its interval."""
    parts = []
    for what in ("component", "problem"):
        shares = {name: _by_incident(found, what) for name, found in right.items()}
        differences = [a - b for a, b in zip(shares["with"], shares["without"], strict=True)]
        low, high = interval(differences)
        parts.append(
            f"{'component' if what == 'component' else 'and problem'} right in "
            f"{mean(shares['with']):.3f} with claims, {mean(shares['without']):.3f} without, "
            f"{mean(shares['permuted']):.3f} with permuted ones (with less without "
            f"{mean(differences):+.3f}, {low:+.3f} to {high:+.3f})"
        )
    return ", ".join(parts) + "."


def _by_incident(found: Sequence[Right], what: str) -> list[float]:
    """Of each incident the share of its answers that are right."""
    answered: list[tuple[bool, ...]] = [getattr(one, what) for one in found]
    return [mean(map(float, own)) for own in zip(*answered, strict=True)]


def interval(differences: Sequence[float]) -> tuple[float, float]:
    """95 % of the mean, by resampling incidents with all of their answers."""
    chance, count = random.Random(1), len(differences)
    means = sorted(mean(chance.choices(differences, k=count)) for _ in range(RESAMPLES))
    return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]
