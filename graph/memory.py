"""Searching incidents by words and by vectors, and what is remembered of them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import NoneType

from graph.client import Graph, Transaction
from graph.ontology import vector_property
from graph.rows import JsonColumn
from graph.search import any_word
from graph.statements import load
from labo.domain.entities.diagnoses import Suspect
from labo.domain.incidents.incidents import IncidentStatus
from labo.domain.knowledge.similar_incidents import IncidentSummary, Remembered
from labo.errors import Conflict, InvalidInput, NotFound

OVERFETCH = 10
"""The vector index spans all workspaces, and an incident is found by several words: more hits are
taken than wanted, then filtered."""

SCANNED = 10_000
"""Incidents compared one by one where others' crowd a workspace out of the index's hits; 10,000
vectors of 256 take a third of a second."""

_PLACEHOLDER = "embedding_name_0"
_PROPERTY = re.compile(r"embedding_[a-z0-9_]+_[0-9]{1,4}")
_INDEX_WAIT_S = 30


@dataclass(frozen=True, slots=True)
class RememberedRow:
    id: str
    title: str
    status: IncidentStatus
    opened_at: datetime
    components: tuple[str, ...]
    confirmed: str | None
    suspects: JsonColumn[tuple[Suspect, ...] | None]
    action: str | None
    action_worked: bool
    finding: str | None

    def to_domain(self) -> Remembered:
        cause = self.confirmed or (_suspected(self.suspects[0]) if self.suspects else None)
        return Remembered(
            id=self.id,
            title=self.title,
            status=self.status,
            opened_at=self.opened_at,
            components=self.components,
            cause=cause,
            cause_confirmed=self.confirmed is not None,
            action=self.action,
            action_worked=self.action_worked,
            finding=self.finding,
        )


UPSERT_VECTOR_INDEX = load("memory/upsert_vector_index", row=NoneType)
GET_INDEX_READY = load("memory/get_index_ready", row=NoneType)
FIND_INCIDENTS_OF = load("memory/find_incidents_of", row=str)
GET_SUMMARY = load("memory/get_summary", row=IncidentSummary)
UPSERT_EMBEDDING = load("memory/upsert_embedding", row=NoneType)
FIND_BY_TEXT = load("memory/find_by_text", row=str)
FIND_BY_VECTOR = load("memory/find_by_vector", row=str)
FIND_NEAREST = load("memory/find_nearest", row=str)
FIND_REMEMBERED = load("memory/find_remembered", row=RememberedRow)


async def get_summary(graph: Graph, incident_id: str) -> IncidentSummary:
    """Raises NotFound."""
    rows = await graph.fetch(GET_SUMMARY, id=incident_id)
    if not rows:
        raise NotFound("there is no such incident", where=incident_id)
    return rows[0]


async def read_incidents_of(tx: Transaction, problem: str, limit: int) -> list[str]:
    """The newest incidents (ids) that had the problem (key), or whose confirmed cause it is."""
    return await tx.run(FIND_INCIDENTS_OF, problem=problem, limit=limit)


class Memory:
    """One workspace's incidents under one embedder's vectors."""

    def __init__(self, graph: Graph, embedder: str, dimensions: int) -> None:
        self._graph = graph
        self._dimensions = dimensions
        self._property = vector_property(embedder, dimensions)
        if not _PROPERTY.fullmatch(self._property):
            raise InvalidInput("an embedder is named by a-z, 0-9 and _", where=embedder)

    async def prepare(self) -> None:
        """Create the vector index unless it is there, and wait until it answers.

        Two processes may do so at once. Raises Unavailable.
        """
        text = UPSERT_VECTOR_INDEX.text.replace(_PLACEHOLDER, self._property)
        config = {
            "vector.dimensions": self._dimensions,
            "vector.similarity_function": "cosine",
        }
        statement = dataclasses.replace(UPSERT_VECTOR_INDEX, text=text)
        with suppress(Conflict):  # another process has just made it
            await self._graph.execute(
                statement, name=self._property, options={"indexConfig": config}
            )
        await self._graph.fetch(GET_INDEX_READY, name=self._property, seconds=_INDEX_WAIT_S)

    @property
    def vector_name(self) -> str:
        """The property that holds this embedder's vectors."""
        return self._property

    async def save_embedding(self, incident_id: str, vector: Sequence[float]) -> None:
        await self._graph.execute(
            UPSERT_EMBEDDING, id=incident_id, property=self._property, vector=list(vector)
        )

    async def find_by_text(self, text: str, limit: int, *, excluded: str = "") -> list[str]:
        """Ids, best first. Any word may match; nothing in `text` is search syntax."""
        query = any_word(text, self._graph.workspace)
        if query is None:
            return []
        return await self._graph.fetch(
            FIND_BY_TEXT,
            query=query,
            hits=limit * OVERFETCH,
            limit=limit,
            excluded=excluded,
        )

    async def find_by_vector(
        self, vector: Sequence[float], limit: int, *, excluded: str = ""
    ) -> list[str]:
        """Ids, nearest first; never fewer because other workspaces have nearer ones."""
        wanted = {"vector": list(vector), "limit": limit, "excluded": excluded}
        nearest = await self._graph.fetch(
            FIND_BY_VECTOR, index=self._property, hits=limit * OVERFETCH, **wanted
        )
        if len(nearest) == limit:
            return nearest
        return await self._graph.fetch(
            FIND_NEAREST, property=self._property, scanned=SCANNED, **wanted
        )

    async def find_remembered(self, ids: Sequence[str]) -> list[Remembered]:
        """What is known of each, in no order."""
        rows = await self._graph.fetch(FIND_REMEMBERED, ids=sorted(set(ids)))
        return [row.to_domain() for row in rows]


def _suspected(suspect: Suspect) -> str:
    return f"{suspect.problem} at {suspect.component}" if suspect.problem else suspect.component
