"""Events in the graph: what monitors said, as it was accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.client import Graph
from graph.statements import load
from labo.domain.events import StoredEvent
from labo.errors import NotFound


@dataclass(frozen=True, slots=True)
class SignallingEvent(StoredEvent):
    """An event with the id of the occurrence it signalled."""

    occurrence: str = ""


GET_EVENT = load("events/get_event", row=StoredEvent)
FIND_BY_OCCURRENCES = load("events/find_by_occurrences", row=SignallingEvent)


class Events:
    """Reads over one workspace's events."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def get(self, event_id: str) -> StoredEvent:
        """Raises NotFound."""
        rows = await self._graph.fetch(GET_EVENT, id=event_id)
        if not rows:
            raise NotFound("there is no such event", where=event_id)
        return rows[0]

    async def find_by_occurrences(self, ids: Sequence[str]) -> dict[str, list[StoredEvent]]:
        """The events of each occurrence, oldest first; an unknown occurrence has none."""
        found: dict[str, list[StoredEvent]] = {occurrence: [] for occurrence in ids}
        for row in await self._graph.fetch(FIND_BY_OCCURRENCES, ids=list(found)):
            found[row.occurrence].append(row)
        return found
