"""The data that a diagnosis of an incident, or a labelled incident from it, is based on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from graph import components, incidents, occurrences
from graph.client import Graph
from graph.components import Neighbourhood
from labo.domain.diagnosis.localisation.telemetry_signals import with_signals
from labo.domain.diagnosis.scope import (
    after_trouble,
    as_watched,
    baseline_window,
    choose_target,
    episode_before,
    symptom_window,
    trouble_window,
    with_complete_rates,
    without_trouble,
)
from labo.domain.entities.diagnoses import Basis
from labo.domain.entities.series import Case, SeriesQuery, TimedSpan, Topology, Window
from labo.domain.incidents.incidents import Incident, Occurrence
from labo.domain.incidents.seen import is_seen
from labo.domain.telemetry.spans.timed import timed_spans
from labo.errors import NotFound
from labo.ports.telemetry import TelemetryReader

MAX_TRACES = 100
TRACES_BEFORE = timedelta(hours=8)
MAX_OCCURRENCES = 500
"""The target is one of the first: an incident of a long storm holds thousands."""
MAX_OTHERS = 200
"""The newest incidents that are taken out of a baseline."""


@dataclass(frozen=True, slots=True)
class IncidentCase:
    """An incident with its target and its context as a case; `occurrences` are what was reported,
    without what earlier diagnoses saw."""

    incident: Incident
    target: Occurrence
    case: Case
    occurrences: tuple[Occurrence, ...]

    def basis(self, as_of: datetime) -> Basis:
        """What there was to diagnose at `as_of`: telemetry after the symptom is not looked at."""
        return Basis(
            as_of=min(as_of, self.case.symptom.end),
            occurrences=len(self.occurrences),
            ongoing=sum(one.ended_at is None for one in self.occurrences),
            components=tuple(sorted({one.component for one in self.occurrences})),
        )


class IncidentCases:
    """Reads incident contexts of one workspace; telemetry comes up to `lateness_s` late."""

    def __init__(self, graph: Graph, telemetry: TelemetryReader, lateness_s: float) -> None:
        self._graph = graph
        self.telemetry = telemetry
        self.lateness = timedelta(seconds=lateness_s)

    async def load(self, incident: Incident, as_of: datetime | None = None) -> IncidentCase:
        """What was known `as_of` then, by default now.

        Raises NotFound while the incident has no occurrences, Unavailable.
        """
        held = await occurrences.find_first(self._graph, [incident.id], MAX_OCCURRENCES)
        included = [o for o in held[incident.id] if not is_seen(o.dedup_key)]
        if not included:
            raise NotFound("the incident has no occurrences yet", where=incident.id)
        first = included[0].component
        around = await components.neighbourhood(self._graph, first)
        calls = [(link.source, link.target) for link in around.dependencies]
        # What lasts is to be explained, also where an incident that was over was reopened by it.
        lasting = [one for one in included if one.ended_at is None]
        target = choose_target(lasting or included, calls)
        if target.component != first:
            around = await components.neighbourhood(self._graph, target.component)
        before = episode_before(included, target)
        case = await self._case(incident, target, around, as_of or datetime.now(UTC), before)
        return IncidentCase(incident, target, case, tuple(included))

    async def _case(
        self,
        incident: Incident,
        target: Occurrence,
        around: Neighbourhood,
        as_of: datetime,
        before: Window | None,
    ) -> Case:
        names = {component.key: component.name for component in around.components}
        symptom = symptom_window(target, as_of)
        baseline = baseline_window(symptom)
        window = replace(baseline, end=symptom.end)
        component_names = set(names.values())
        query = SeriesQuery(
            self._graph.workspace, incident.system, window, components=frozenset(component_names)
        )
        series = await self.telemetry.series(query)
        case = Case(
            name=incident.id,
            target=names[target.component],
            symptom=symptom,
            baseline=baseline,
            topology=Topology(
                tuple(names.values()),
                tuple((names[d.source], names[d.target]) for d in around.dependencies),
            ),
            series=dict(series),
            roles={component.name: component.role for component in around.components},
            traces=await self._traces(incident.system, symptom, component_names),
            system=incident.system,
            problem=target.problem,
        )
        others = [*await self._others(incident, window), *filter(None, [before])]
        case = after_trouble(as_watched(case, target.started_at), target.started_at, others)
        case = with_complete_rates(case, as_of - self.lateness)
        return await asyncio.to_thread(lambda: without_trouble(with_signals(case), others))

    async def _others(self, incident: Incident, window: Window) -> list[Window]:
        """When the system had other incidents in this window."""
        page = await incidents.find_page(
            self._graph, limit=MAX_OTHERS, after=(window.end, ""), system=incident.system
        )
        others = [trouble_window(one) for one in page if one.id != incident.id]
        return [one for one in others if one.end > window.start]

    async def _traces(self, system: str, symptom: Window, known: set[str]) -> tuple[TimedSpan, ...]:
        """Spans of exemplar traces during the symptom and in the hours before it."""
        before = Window(symptom.start - TRACES_BEFORE, symptom.start)
        traces = [
            trace
            for window in (before, symptom)
            for trace in await self.telemetry.traces(
                self._graph.workspace, system, window, limit=MAX_TRACES
            )
        ]
        return await asyncio.to_thread(_spans, [trace.body for trace in traces], known)


def _spans(bodies: Sequence[str], known: set[str]) -> tuple[TimedSpan, ...]:
    spans: list[TimedSpan] = []
    for body in bodies:
        try:
            spans.extend(timed_spans(json.loads(body)))
        except ValueError:
            continue  # an exemplar that is not valid OTLP/JSON: the page that shows it says so
    return tuple(span for span in spans if span.component in known)
