"""Vectors of texts."""

from __future__ import annotations

import math
import sys
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.adapters.embedder.hashed import HashedEmbedder
from labo.adapters.embedder.sentence_transformers import SentenceTransformersEmbedder
from labo.errors import InvalidInput

FIXED = [-0.982872, 0.0, 0.184289, 0.0]


def cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


@given(st.text(max_size=200))
async def test_every_text_has_a_direction_of_length_one(text: str) -> None:
    """Empty and wordless texts too, since cosine needs a direction."""
    embedder = HashedEmbedder(64)

    [vector] = await embedder.embed([text])

    assert len(vector) == embedder.dimensions
    assert math.isclose(math.hypot(*vector), 1.0)


async def test_the_same_text_has_the_same_vector_in_every_process() -> None:
    """Vectors are kept in the graph, so they may not depend on a process's hash seed."""
    [vector] = await HashedEmbedder(4).embed(["HighLatency checkout"])

    assert [round(value, 6) for value in vector] == FIXED


async def test_texts_that_share_words_are_nearer() -> None:
    """Spelling in one word or two, and in another form, keeps some of the nearness."""
    embedder = HashedEmbedder()
    texts = [
        "HighLatency on checkout",
        "high latency checkout",
        "latencies at checkouts",
        "disk full",
    ]

    base, respelt, inflected, other = await embedder.embed(texts)

    assert cosine(base, respelt) > 0.7
    assert cosine(base, respelt) > cosine(base, inflected) > cosine(base, other) + 0.1


def test_a_missing_extra_is_named() -> None:
    """Whoever chose sentence-transformers is told what to install."""
    with pytest.raises(InvalidInput, match=r"labo\[sentence-transformers\]"):
        SentenceTransformersEmbedder("any")


async def test_sentence_transformers_are_asked_for_normalised_vectors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The library is 6 GB, so a stand-in with its two calls takes its place here."""
    asked: list[object] = []

    class SentenceTransformer:
        def __init__(self, model: str) -> None:
            asked.append(model)

        def get_sentence_embedding_dimension(self) -> int:
            return 2

        def encode(self, sentences: list[str], *, normalize_embeddings: bool) -> list[list[int]]:
            asked.append((sentences, normalize_embeddings))
            return [[1, 0] for _ in sentences]

    module = types.ModuleType("sentence_transformers")
    module.SentenceTransformer = SentenceTransformer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    embedder = SentenceTransformersEmbedder("small")

    assert (embedder.dimensions, await embedder.embed([])) == (2, [])
    assert await embedder.embed(["a", "b"]) == [[1.0, 0.0], [1.0, 0.0]]
    assert asked == ["small", (["a", "b"], True)]
