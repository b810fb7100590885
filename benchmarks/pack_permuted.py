"""The control of the knowledge pack: the same figures under labels by chance."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from labo.domain.entities.conditions import condition_key
from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample
from labo.domain.knowledge.knowledge import Knowledge, KnownProblem


def permuted(pack: Knowledge) -> Knowledge:
    """The pack with another component of each incident as its root cause, titles shuffled over the
    incidents, and signatures over the problems of a role."""
    chance = random.Random(1)
    incidents = [_with_another_root(one, chance) for one in _incidents(pack.training_examples)]
    heads = [(one[0].title, one[0].problem) for one in incidents]
    chance.shuffle(heads)
    examples = (
        replace(one, title=title, problem=problem) if one.title != NON_ROOT else one
        for (title, problem), incident in zip(heads, incidents, strict=True)
        for one in incident
    )
    return replace(
        pack, problems=tuple(_shuffled(pack.problems, chance)), training_examples=tuple(examples)
    )


def _incidents(examples: Sequence[TrainingExample]) -> list[list[TrainingExample]]:
    found: list[list[TrainingExample]] = []
    for one in examples:
        if one.title != NON_ROOT:
            found.append([])
        found[-1].append(one)
    return found


def _with_another_root(
    incident: Sequence[TrainingExample], chance: random.Random
) -> list[TrainingExample]:
    root, *affected = incident
    if not affected:
        return [root]
    chosen = chance.randrange(len(affected))
    other = affected[chosen]
    affected[chosen] = replace(other, role=root.role, features=root.features)
    return [replace(root, role=other.role, features=other.features), *affected]


def _shuffled(problems: Sequence[KnownProblem], chance: random.Random) -> Iterator[KnownProblem]:
    by_role: dict[str, list[KnownProblem]] = {}
    for problem in problems:
        by_role.setdefault(problem.role, []).append(problem)
    for role, own in sorted(by_role.items()):
        shown = [problem.conditions for problem in own]
        chance.shuffle(shown)
        for problem, conditions in zip(own, shown, strict=True):
            named = (
                replace(
                    one,
                    problem=problem.key,
                    condition=condition_key(role, one.metric, one.direction),
                )
                for one in conditions
            )
            yield replace(problem, conditions=tuple(named))
