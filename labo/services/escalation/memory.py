"""What happened before that was like this."""

from __future__ import annotations

import asyncio

from graph import resolutions
from graph.client import Graph
from graph.memory import Memory, get_summary
from labo.domain.escalation.memory_confidence import similarity, word_overlap
from labo.domain.knowledge.similar_incidents import (
    CANDIDATES,
    IncidentSummary,
    SimilarIncident,
    fuse,
    nearest,
)
from labo.errors import InvalidInput
from labo.ports.embedder import Embedder, Vector

MOST = 20


class MemoryService:
    """Full text and vectors over the incidents of one workspace; `memory` holds `embedder`'s."""

    def __init__(self, graph: Graph, memory: Memory, embedder: Embedder) -> None:
        self._graph = graph
        self._memory = memory
        self._embedder = embedder
        self._preparing = asyncio.Lock()
        self._ready = False

    async def prepare(self) -> None:
        """Create this embedder's index. Done by itself at the first use; safe to run twice."""
        async with self._preparing:
            if not self._ready:
                await self._memory.prepare()
                self._ready = True

    async def remember(self, incident_id: str) -> None:
        """Save the embedding of the incident's present summary. Raises NotFound, Unavailable."""
        await self.prepare()
        summary = await get_summary(self._graph, incident_id)
        [vector] = await self._embedder.embed([summary.text])
        await self._memory.save_embedding(incident_id, vector)

    async def similar(
        self, incident_id: str | None = None, *, text: str | None = None, limit: int = 3
    ) -> list[SimilarIncident]:
        """The other incidents most like this one or this text: same component first, then those
        with a confirmed cause, an action or a finding, then by score.

        Each comes with its cause and the action that worked, else the one approved, as far as
        known. Raises NotFound,
        Unavailable, and InvalidInput unless exactly one of both is given and `limit` is 1 to 20.
        """
        if (incident_id is None) == (text is None):
            raise InvalidInput("give an incident or a text", where="incident, text")
        if not 1 <= limit <= MOST:
            raise InvalidInput(f"ask for 1 to {MOST} at a time", where="first")
        await self.prepare()
        components: tuple[str, ...] = ()
        if incident_id is not None:
            summary = await get_summary(self._graph, incident_id)
            text, components = summary.text, summary.components
        return await self._search(text or "", components, incident_id or "", limit)

    async def similarities(self, incident_id: str) -> dict[str, float]:
        """How similar (0 to 1, comparable over answers) the nearest other incidents (ids) are.

        Raises NotFound, Unavailable.
        """
        await self.prepare()
        summary = await get_summary(self._graph, incident_id)
        [vector] = await self._embedder.embed([summary.text])
        found = await self._candidates(summary.text, vector, incident_id)
        alike = await resolutions.find_alike(self._graph, found, self._memory.vector_name, vector)
        return {
            one.id: similarity(word_overlap(summary.text, _text_of(one)), one.cosine)
            for one in alike
        }

    async def embed(self, text: str) -> tuple[str, Vector]:
        """The property that vectors are saved under, and the text's. Raises Unavailable."""
        [vector] = await self._embedder.embed([text])
        return self._memory.vector_name, vector

    async def _search(
        self, text: str, components: tuple[str, ...], excluded: str, limit: int
    ) -> list[SimilarIncident]:
        [vector] = await self._embedder.embed([text])
        scores = await self._candidates(text, vector, excluded)
        remembered = await self._memory.find_remembered(list(scores))
        return nearest(remembered, scores, components, limit)

    async def _candidates(self, text: str, vector: Vector, excluded: str) -> dict[str, float]:
        """The best by text and by vector (ids), with their fused score."""
        by_text = await self._memory.find_by_text(text, CANDIDATES, excluded=excluded)
        by_vector = await self._memory.find_by_vector(vector, CANDIDATES, excluded=excluded)
        scores = fuse([by_text, by_vector])
        best = sorted(scores, key=lambda key: (-scores[key], key))[:CANDIDATES]
        return {key: scores[key] for key in best}


def _text_of(alike: resolutions.Alike) -> str:
    return IncidentSummary(alike.id, alike.title, alike.problems, alike.components).text
