"""Random choices of the generator, each a pure function of seed, topic and turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from engine.draws import MASK, label, mix, root, uniform

Item = TypeVar("Item")


class Dice:
    """One sequence of draws."""

    __slots__ = ("_path", "_topic")

    def __init__(self, seed: int, topic: str) -> None:
        self._path = root(seed, 0)
        self._topic = label(topic)

    def uniform(self) -> float:
        """In [0, 1)."""
        self._path = mix((self._path + 1) & MASK)
        return uniform(self._path, self._topic)

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.uniform()

    def integer(self, low: int, high: int) -> int:
        """Both ends included."""
        return low + int((high - low + 1) * self.uniform())

    def choice(self, items: Sequence[Item]) -> Item:
        return items[int(len(items) * self.uniform())]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        keyed = [(self.uniform(), number) for number in range(len(items))]
        return [items[number] for _, number in sorted(keyed)]
