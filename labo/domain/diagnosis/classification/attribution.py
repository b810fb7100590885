"""What an incident is attributed to: problems on components, and how probable each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from labo.domain.diagnosis.classification.hypotheses import Weighed
from labo.domain.diagnosis.classification.resemblance import Resemblance
from labo.domain.knowledge.knowledge import KnownProblem

UNKNOWN_LEADS = 1.1
"""*Unknown* precedes the known problems of its component only where it is likelier by a tenth
(ADR 0017): a known problem is more useful to an operator, and the verdict considers the rival
anyway."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """`problems` on `component`: one, two at once, or none of the known ones (empty)."""

    component: str
    problems: tuple[KnownProblem, ...]
    probability: float


@dataclass(frozen=True, slots=True)
class Attributed:
    """One problem (None: unknown) on one component, alone or together with another.

    `involved` is the probability that it is a cause. For `probability`, that of a pair is divided
    between its two problems, so that the sum stays below 1.
    """

    component: str
    problem: KnownProblem | None
    probability: float
    involved: float


@dataclass(frozen=True, slots=True, eq=False)
class Identified:
    """`hypotheses`, strongest first; `attributed`, see `by_component`; `weighed`, by component.

    `novel` are the components whose deviations resemble no labelled incident of a known problem,
    which would lead there otherwise.
    """

    hypotheses: tuple[Hypothesis, ...]
    attributed: tuple[Attributed, ...]
    weighed: Mapping[str, Weighed]
    novel: Mapping[str, Resemblance] = field(default_factory=dict)


def hypotheses_of(
    component: str, weighed: Weighed, offset: float
) -> list[tuple[float, Hypothesis]]:
    """Log shares of the component's weight; *no problem by these metrics* counts as unknown."""
    problems = weighed.model.problems
    offset -= float(np.logaddexp(weighed.total, weighed.none))
    parts = [
        (offset + float(weight), Hypothesis(component, (problem,), 0.0))
        for problem, weight in zip(problems, weighed.singles, strict=True)
    ]
    for (one, other), weight in weighed.pairs.items():
        both = (problems[one], problems[other])
        parts.append((offset + weight, Hypothesis(component, both, 0.0)))
    unknown = float(np.logaddexp(weighed.unknown, weighed.none))
    parts.append((offset + unknown, Hypothesis(component, (), 0.0)))
    return parts


def likeliest_first(one: Hypothesis) -> tuple[float, str, tuple[str, ...]]:
    return -one.probability, one.component, tuple(problem.key for problem in one.problems)


def doubted(
    parts: Sequence[tuple[float, Hypothesis]], resemblance: Resemblance
) -> list[tuple[float, Hypothesis]]:
    """The parts of one component whose deviations resemble no labelled incident.

    The known problems keep the probability that it is one of them, the unknown one has the rest:
    the component's total stays as it is, only the name is in doubt.
    """
    known = np.logaddexp.reduce([weight for weight, one in parts if one.problems])
    kept, rest = np.log(resemblance.known), np.log1p(-resemblance.known)
    return [
        (
            weight + float(kept) if one.problems else float(np.logaddexp(weight, known + rest)),
            one,
        )
        for weight, one in parts
    ]


def attributed_to(hypotheses: Sequence[Hypothesis], order: Sequence[str]) -> list[Attributed]:
    by_problem: dict[tuple[str, str], Attributed] = {}
    for one in hypotheses:
        share = one.probability / max(1, len(one.problems))
        for problem in one.problems or (None,):
            key = one.component, problem.key if problem else ""
            before = by_problem.get(key) or Attributed(one.component, problem, 0.0, 0.0)
            by_problem[key] = replace(
                before,
                probability=before.probability + share,
                involved=before.involved + one.probability,
            )
    return by_component(list(by_problem.values()), order)


def by_component(
    attributed: Sequence[Attributed], components: Sequence[str] = ()
) -> list[Attributed]:
    """Likeliest first; the leading problem of a component ranks with the component's total. Of
    equal ones those come first that come first in `components`."""
    leading: dict[str, tuple[float, str]] = {}
    total: dict[str, float] = {}
    for one in attributed:
        weight = one.probability / (1.0 if one.problem else UNKNOWN_LEADS)
        candidate = weight, one.problem.key if one.problem else ""
        leading[one.component] = max(leading.get(one.component, candidate), candidate)
        total[one.component] = total.get(one.component, 0.0) + one.probability
    positions = {name: index for index, name in enumerate(components)}

    def order(one: Attributed) -> tuple[float, int, str, str]:
        key = one.problem.key if one.problem else ""
        leads = leading[one.component][1] == key
        weight = round(total[one.component] if leads else one.probability, 9)
        return -weight, positions.get(one.component, len(positions)), one.component, key

    return sorted(attributed, key=order)
