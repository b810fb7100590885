"""What the diagnosis of an incident, and a lesson from it, look at."""

from __future__ import annotations

from dataclasses import dataclass, replace

from graph import components
from graph.client import Graph
from graph.components import Neighbourhood
from graph.occurrences import Occurrences
from labo.domain.incidents import Incident, Occurrence
from labo.domain.observed import SEEN_PREFIX
from labo.domain.scope import baseline_window, choose_target, symptom_window
from labo.domain.series import Case, Topology
from labo.errors import NotFound
from labo.ports.telemetry import TelemetryReader


@dataclass(frozen=True, slots=True)
class Scene:
    """An incident with its target and its surroundings as a case."""

    incident: Incident
    target: Occurrence
    case: Case


class Scenes:
    """Reads scenes of one workspace."""

    def __init__(self, graph: Graph, telemetry: TelemetryReader) -> None:
        self._graph = graph
        self._telemetry = telemetry

    async def look(self, incident: Incident) -> Scene:
        """Raises NotFound while the incident has no occurrences, Unavailable."""
        held = await Occurrences(self._graph).find_by_incidents([incident.id])
        occurrences = [o for o in held[incident.id] if not o.dedup_key.startswith(SEEN_PREFIX)]
        if not occurrences:
            raise NotFound("the incident has no occurrences yet", where=incident.id)
        first = occurrences[0].component
        around = await components.neighbourhood(self._graph, first)
        calls = [(link.source, link.target) for link in around.dependencies]
        target = choose_target(occurrences, calls)
        if target.component != first:
            around = await components.neighbourhood(self._graph, target.component)
        return Scene(incident, target, await self._case(incident, target, around))

    async def _case(self, incident: Incident, target: Occurrence, around: Neighbourhood) -> Case:
        names = {component.key: component.name for component in around.components}
        symptom = symptom_window(target)
        baseline = baseline_window(symptom)
        window = replace(baseline, end=symptom.end)
        series = await self._telemetry.series(self._graph.workspace, incident.system, window)
        known = set(names.values())
        return Case(
            name=incident.id,
            target=names[target.component],
            symptom=symptom,
            baseline=baseline,
            topology=Topology(
                tuple(names.values()),
                tuple((names[d.source], names[d.target]) for d in around.dependencies),
            ),
            series={key: values for key, values in series.items() if key.component in known},
            roles={component.name: component.role for component in around.components},
        )
