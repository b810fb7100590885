"""What is learnt from the cause that a person confirmed, and what the incident is called by it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from graph import components, diagnoses
from graph.client import Graph
from labo.domain.entities.diagnoses import Analysis
from labo.domain.incidents.incidents import Incident, Occurrence
from labo.domain.incidents.titles import behaviour_at, cause_title
from labo.domain.knowledge.experiences import LabelledIncident
from labo.domain.learning.labelled_incidents import Cause, claims, labelled_incident_about
from labo.errors import NotFound
from labo.services.diagnosis.cases import IncidentCase, IncidentCases
from labo.services.diagnosis.titles import own_name
from labo.services.incidents.named_causes import NamedCause
from labo.services.knowledge.reader import KnowledgeReader


class CauseLabels:
    """Reads only."""

    def __init__(self, graph: Graph, incident_cases: IncidentCases, known: KnowledgeReader) -> None:
        self._graph = graph
        self._incident_cases = incident_cases
        self._known = known

    async def told(
        self, about: Incident, named: NamedCause, occurrence: Occurrence | None
    ) -> tuple[list[LabelledIncident] | None, str | None]:
        """What is learnt from the cause, and the title that the incident has by it; None where its
        component is unknown."""
        context = await self.context(about)
        place, shown = await self._place(named, occurrence), await self.shown(context)
        labelled_incidents = await self._labelled_incidents(named, place, context, shown)
        if place is None and labelled_incidents:
            place = labelled_incidents[0].component
        return labelled_incidents, _title(named, place, context, shown) if place else None

    async def context(self, incident: Incident) -> IncidentCase | None:
        """The incident as a case; None while the incident has no occurrences."""
        try:
            return await self._incident_cases.load(incident)
        except NotFound:
            return None

    async def _place(self, named: NamedCause, occurrence: Occurrence | None) -> str | None:
        """The name of the cause's component; None where nobody said it."""
        if named.component is not None or occurrence is None:
            return named.component.name if named.component else None
        return (await components.get(self._graph, occurrence.component)).name

    async def shown(self, context: IncidentCase | None) -> Analysis | None:
        """The findings of the diagnosis that the incident has; None without one."""
        if context is None:
            return None
        found = await diagnoses.find_by_incidents(self._graph, [context.incident.id])
        return found[0].analysis if found else None

    async def _labelled_incidents(
        self,
        named: NamedCause,
        place: str | None,
        incident_case: IncidentCase | None,
        shown: Analysis | None,
    ) -> list[LabelledIncident] | None:
        """The labelled incidents from the telemetry of the incident's time: one, or none where
        nothing deviates. None when there is no telemetry: earlier labelled incidents remain."""
        cause = Cause(None, place)
        if named.problem is not None:
            kind = named.problem
            cause = Cause(kind.title, place, key=kind.key, role=kind.role, kind=kind.kind)
        if incident_case is None or not incident_case.case.series:
            return None
        knowledge = await self._known.of_case(incident_case.case)

        def compute() -> LabelledIncident | None:
            return labelled_incident_about(
                incident_case.case,
                cause,
                replace(claims(incident_case.case, knowledge, self._known.learnt), shown=shown),
            )

        labelled_incident = await asyncio.to_thread(compute)
        return [labelled_incident] if labelled_incident else []


def _title(
    named: NamedCause, place: str, context: IncidentCase | None, shown: Analysis | None
) -> str | None:
    """What the incident is called by the cause on the component `place` (name)."""
    return cause_title(
        place,
        problem=own_name(named.problem),
        behaviour=behaviour_at(place, shown) if shown else None,
        seen_at=context.case.target if context else None,
    )
