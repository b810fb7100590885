"""The default embedder: hashed words and character n-grams, no model, no download.

Feature hashing with a sign bit (Weinberger et al., Feature Hashing for Large Scale Multitask
Learning, ICML 2009), so that collisions cancel on average. It sees shared words and shared parts
of words, not meaning.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from labo.ports.embedder import Vector

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GRAM = 3
_GRAM_WEIGHT = 0.3


class HashedEmbedder:
    """Counts are damped (1 + log n). Words and pairs weigh 1, n-grams of a word less."""

    name = "hashed"

    def __init__(self, dimensions: int = 384) -> None:
        self.dimensions = dimensions

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> Vector:
        vector = [0.0] * self.dimensions
        for (feature, weight), count in Counter(_features(text)).items():
            code = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest(), "big")
            sign = 1.0 if code & 1 else -1.0
            vector[(code >> 1) % self.dimensions] += sign * weight * (1.0 + math.log(count))
        length = math.hypot(*vector)
        if length == 0.0:
            # Cosine needs a direction: texts without any word share one of their own.
            vector[0] = length = 1.0
        return [value / length for value in vector]


def _features(text: str) -> Iterator[tuple[str, float]]:
    words = _WORD.findall(_CAMEL.sub(" ", text).lower())
    for word in words:
        yield f"w:{word}", 1.0
        padded = f"<{word}>"
        for start in range(len(padded) - _GRAM + 1):
            yield f"g:{padded[start : start + _GRAM]}", _GRAM_WEIGHT
    for first, second in pairwise(words):
        yield f"p:{first} {second}", 1.0
