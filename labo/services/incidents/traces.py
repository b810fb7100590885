"""The executions that show an occurrence or an incident, read from the exemplar traces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from graph import incidents, occurrences
from graph.client import Graph, Transaction
from labo.domain.entities.keys import system_and_name
from labo.domain.entities.series import Window
from labo.domain.incidents.incidents import Occurrence
from labo.domain.telemetry.batches import ExemplarTrace
from labo.domain.telemetry.traces import CausalTrace, most_informative, tokens_of
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
    """Traces that began while it lasted: those before it may show another fault, or none."""

    def __init__(self, graph: Graph, traces_of: TracesOf) -> None:
        self._graph = graph
        self._traces_of = traces_of

    async def of_occurrence(self, occurrence_id: str, *, limit: int) -> tuple[CausalTrace, ...]:
        """At most `limit`: failed ones first, then the longest. Raises NotFound, Unavailable."""
        matches = await occurrences.find_by_ids(self._graph, [occurrence_id])
        if not matches:
            raise NotFound("there is no such occurrence", where="occurrence")
        one = matches[0].occurrence
        traces = await self._traces(one, _time_of(one.started_at, one.ended_at), limit)
        return most_informative(tokens_of(one.id, traces, matches[0].trace_ids), limit)

    async def of_incident(self, incident_id: str, *, limit: int) -> tuple[CausalTrace, ...]:
        """At most `limit`, each once, by the components of its first occurrences, as above.

        Raises NotFound, Unavailable.
        """
        found = await self._occurrences(incident_id)
        if not found:
            raise NotFound("there is no such incident with occurrences", where="incident")
        incident = await incidents.get(self._graph, incident_id)
        window = _time_of(incident.opened_at, incident.resolved_at)
        matches = await occurrences.find_by_ids(self._graph, [one.id for one in found])
        noted = {trace for one in matches for trace in one.trace_ids}
        tokens: list[CausalTrace] = []
        for one in _first_of_each_component(found):
            tokens += tokens_of(one.id, await self._traces(one, window, limit), noted)
        return most_informative(tokens, limit)

    async def note(self, incident_id: str) -> int:
        """Put the trace ids on the incident's occurrences; how many occurrences got some.

        Safe to repeat: the traces known by then replace those noted before.
        """
        noted: dict[str, list[str]] = {}
        for one in await self._occurrences(incident_id):
            window = _time_of(one.started_at, one.ended_at)
            if traces := await self._traces(one, window, NOTED):
                noted[one.id] = [trace.trace_id for trace in traces]

        async def unit(tx: Transaction) -> None:
            await occurrences.note_traces(tx, noted)

        if noted:
            await self._graph.write(unit, name="causal_tokens.note")
        return len(noted)

    async def _occurrences(self, incident_id: str) -> list[Occurrence]:
        by_incident = await occurrences.find_first(self._graph, [incident_id], MAX_OCCURRENCES)
        return by_incident[incident_id]

    async def _traces(
        self, occurrence: Occurrence, window: Window, limit: int
    ) -> Sequence[ExemplarTrace]:
        place = system_and_name(occurrence.component)
        return await self._traces_of(self._graph.workspace, place, window, limit=limit)


def _time_of(began: datetime, ended: datetime | None) -> Window:
    """Until now while it goes on."""
    return Window(began, ended or datetime.now(UTC))


def _first_of_each_component(found: Iterable[Occurrence]) -> list[Occurrence]:
    first: dict[str, Occurrence] = {}
    for one in found:
        first.setdefault(one.component, one)
    return list(first.values())
