"""How similar texts are to each other, as memory computes it with the hashed embedder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache

import numpy as np

from labo.adapters.embedder.hashed import HashedEmbedder
from labo.domain.entities.series import FloatArray
from labo.domain.escalation.memory_confidence import similarity, word_overlap

_VECTORS: dict[str, FloatArray] = {}


def similarities(texts: Sequence[str]) -> FloatArray:
    """Of each with those before it, as memory computes it."""
    new = sorted(set(texts) - _VECTORS.keys())
    for text, vector in zip(new, asyncio.run(HashedEmbedder().embed(new)), strict=True):
        _VECTORS[text] = np.asarray(vector)
    cosines = (matrix := np.stack([_VECTORS[text] for text in texts])) @ matrix.T
    alike = np.zeros_like(cosines)
    for i, one in enumerate(texts):
        for k in range(i):
            alike[i, k] = similarity(_overlap(one, texts[k]), cosines[i, k])
    return alike


@cache
def _overlap(text: str, other: str) -> float:
    return word_overlap(text, other)
