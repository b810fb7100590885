"""The executions that show an occurrence or an incident, read from the exemplar traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from graph import occurrences
from graph.client import Graph, Transaction
from graph.occurrences import TracedOccurrence
from labo.domain.diagnosis.scope import symptom_window
from labo.domain.entities.keys import system_and_name
from labo.domain.entities.series import Window
from labo.domain.incidents.incidents import Occurrence
from labo.domain.telemetry.batches import ExemplarTrace
from labo.domain.telemetry.traces import CausalTrace, tokens_of
from labo.errors import NotFound

MAX_OCCURRENCES = 20
NOTED = 5
"""Traces put on each occurrence when its incident is diagnosed."""


class TracesOf(Protocol):
    """Exemplar traces that came by a component (system, name), the most informative first."""

    async def __call__(
        self, workspace: str, component: tuple[str, str], window: Window, *, limit: int
    ) -> Sequence[ExemplarTrace]: ...


class CausalTraceService:
    """Traces come from the time in which a diagnosis looks for the symptom."""

    def __init__(self, graph: Graph, traces_of: TracesOf) -> None:
        self._graph = graph
        self._traces_of = traces_of

    async def of_occurrence(self, occurrence_id: str, *, limit: int) -> tuple[CausalTrace, ...]:
        """At most `limit`: failed ones first, then the longest. Raises NotFound, Unavailable."""
        matches = await occurrences.find_by_ids(self._graph, [occurrence_id])
        if not matches:
            raise NotFound("there is no such occurrence", where="occurrence")
        return await self._tokens(matches[0], limit)

    async def of_incident(self, incident_id: str, *, limit: int) -> tuple[CausalTrace, ...]:
        """At most `limit` of each of its first occurrences, oldest first, as `of_occurrence`.

        Raises NotFound, Unavailable.
        """
        ids = [one.id for one in await self._occurrences(incident_id)]
        if not ids:
            raise NotFound("there is no such incident with occurrences", where="incident")
        tokens: list[CausalTrace] = []
        matches = await occurrences.find_by_ids(self._graph, ids)
        for one in sorted(matches, key=lambda one: ids.index(one.occurrence.id)):
            tokens += await self._tokens(one, limit)
        return tuple(tokens)

    async def note(self, incident_id: str) -> int:
        """Put the trace ids on the incident's occurrences; how many occurrences got some.

        Safe to repeat: the traces known by then replace those noted before.
        """
        noted: dict[str, list[str]] = {}
        for one in await self._occurrences(incident_id):
            if traces := await self._traces(one, NOTED):
                noted[one.id] = [trace.trace_id for trace in traces]

        async def unit(tx: Transaction) -> None:
            await occurrences.note_traces(tx, noted)

        if noted:
            await self._graph.write(unit, name="causal_tokens.note")
        return len(noted)

    async def _occurrences(self, incident_id: str) -> list[Occurrence]:
        by_incident = await occurrences.find_first(self._graph, [incident_id], MAX_OCCURRENCES)
        return by_incident[incident_id]

    async def _tokens(self, found: TracedOccurrence, limit: int) -> tuple[CausalTrace, ...]:
        traces = await self._traces(found.occurrence, limit)
        return tokens_of(found.occurrence.id, traces, found.trace_ids)

    async def _traces(self, occurrence: Occurrence, limit: int) -> Sequence[ExemplarTrace]:
        place = system_and_name(occurrence.component)
        window = symptom_window(occurrence)
        return await self._traces_of(self._graph.workspace, place, window, limit=limit)
