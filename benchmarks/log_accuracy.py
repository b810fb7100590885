"""How well lines are grouped into templates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence


def grouping_accuracy(predicted: Sequence[Hashable], truth: Sequence[Hashable]) -> float:
    """Share of lines whose whole predicted group equals their whole true group."""
    true_groups = _groups(truth)
    right = (
        len(group)
        for group in _groups(predicted).values()
        if true_groups[truth[next(iter(group))]] == group
    )
    return sum(right) / len(truth)


def grouping_f1(predicted: Sequence[Hashable], truth: Sequence[Hashable]) -> float:
    """Harmonic mean of the shares of predicted and of true groups that are a group of the other:
    each template counts alike, however often it was met (FGA; Jiang et al., ISSTA 2024)."""
    groups, true_groups = _groups(predicted), _groups(truth)
    exact = {frozenset(group) for group in true_groups.values()}
    right = sum(frozenset(group) in exact for group in groups.values())
    return 2 * right / (len(groups) + len(true_groups))


def digits_masked(message: str) -> str:
    """The control: each word with a digit is a value, and equal texts are one template."""
    return " ".join("*" if any(map(str.isdigit, word)) else word for word in message.split())


def _groups(keys: Sequence[Hashable]) -> dict[Hashable, set[int]]:
    groups: dict[Hashable, set[int]] = defaultdict(set)
    for line, key in enumerate(keys):
        groups[key].add(line)
    return groups
