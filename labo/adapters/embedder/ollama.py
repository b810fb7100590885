"""Embeddings by a local Ollama, for example `nomic-embed-text` (768 dimensions)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import httpx
import ollama

from labo.errors import InvalidInput, Unavailable
from labo.ports.embedder import Vector


class OllamaEmbedder:
    """`dimensions` must be the model's own: it names the index before the first call."""

    name = "ollama"

    def __init__(
        self, url: str, model: str, *, dimensions: int = 768, timeout_s: float = 60.0
    ) -> None:
        self.dimensions = dimensions
        self._model = model
        self._url = url
        self._timeout_s = timeout_s

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        if not texts:
            return []
        client = ollama.AsyncClient(
            host=self._url, timeout=self._timeout_s, follow_redirects=False, trust_env=False
        )
        try:
            async with client:
                answer = await client.embed(model=self._model, input=list(texts))
        except (ollama.ResponseError, httpx.HTTPError, ConnectionError, ValueError) as error:
            raise Unavailable(
                f"Ollama gives no embeddings: {type(error).__name__}",
                where=f"ollama {self._model}",
                hint=f"run `ollama pull {self._model}`, check LABO_LLM__OLLAMA_URL",
            ) from error
        return [self._checked(list(vector)) for vector in answer.embeddings]

    def _checked(self, vector: Vector) -> Vector:
        if len(vector) != self.dimensions:
            raise InvalidInput(
                f"{self._model} has {len(vector)} dimensions, not {self.dimensions}",
                where="LABO_EMBEDDER__DIMENSIONS",
            )
        length = math.hypot(*vector) or 1.0
        return [value / length for value in vector]
