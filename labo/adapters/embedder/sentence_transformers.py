"""Embeddings by sentence-transformers; an extra, imported at the first use (it brings torch)."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterable, Sequence
from typing import Protocol, cast

from labo.errors import InvalidInput
from labo.ports.embedder import Vector


class _Encoder(Protocol):
    def encode(
        self, sentences: list[str], *, normalize_embeddings: bool
    ) -> Iterable[Iterable[float]]: ...

    def get_sentence_embedding_dimension(self) -> int | None: ...


class SentenceTransformersEmbedder:
    """`model` is a name or the path of a local folder."""

    name = "sentence_transformers"

    def __init__(self, model: str) -> None:
        self._model = model
        self._encoder = _load(model)
        self.dimensions = self._encoder.get_sentence_embedding_dimension() or 0

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        return await asyncio.to_thread(self._encode, list(texts))

    def _encode(self, texts: list[str]) -> list[Vector]:
        if not texts:
            return []
        vectors = self._encoder.encode(texts, normalize_embeddings=True)
        return [[float(value) for value in vector] for vector in vectors]


def _load(model: str) -> _Encoder:
    try:
        module = importlib.import_module("sentence_transformers")
    except ImportError as error:
        raise InvalidInput(
            "sentence-transformers is not installed",
            where="LABO_EMBEDDER__NAME",
            hint="install the extra: labo[sentence-transformers]",
        ) from error
    return cast("_Encoder", module.SentenceTransformer(model))
