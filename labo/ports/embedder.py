"""Turning text into vectors whose cosine is the similarity of two texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

Vector = list[float]


class Embedder(Protocol):
    """`name` ([a-z0-9_]+) and `dimensions` name the vector index, so neither may change in use."""

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """One vector of Euclidean length 1 per text, in order. Raises Unavailable."""
        ...
