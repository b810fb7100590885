"""Occurrences in the graph: which incident holds which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.client import Graph
from graph.statements import load
from labo.domain.incidents import Occurrence


@dataclass(frozen=True, slots=True)
class IncludedOccurrence:
    incident: str
    occurrence: Occurrence


FIND_FIRST_BY_INCIDENTS = load("occurrences/find_first_by_incidents", row=IncludedOccurrence)
FIND_BY_INCIDENTS = load("occurrences/find_by_incidents", row=IncludedOccurrence)


class Occurrences:
    """Reads over one workspace's occurrences."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def find_by_incidents(self, ids: Sequence[str]) -> dict[str, list[Occurrence]]:
        """The occurrences of each incident, oldest first; an unknown incident has none."""
        found: dict[str, list[Occurrence]] = {incident: [] for incident in ids}
        for row in await self._graph.fetch(FIND_BY_INCIDENTS, ids=list(found)):
            found[row.incident].append(row.occurrence)
        return found

    async def find_first(self, ids: Sequence[str], limit: int) -> dict[str, list[Occurrence]]:
        """The `limit` oldest occurrences of each incident, for showing them."""
        found: dict[str, list[Occurrence]] = {incident: [] for incident in ids}
        rows = await self._graph.fetch(FIND_FIRST_BY_INCIDENTS, ids=list(found), limit=limit)
        for row in rows:
            found[row.incident].append(row.occurrence)
        return found
