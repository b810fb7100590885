"""The life cycle of incidents, as people and later stages move them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from graph import incidents
from graph.client import Graph
from labo.domain.incidents.incidents import TRANSITIONS, Incident, IncidentStatus
from labo.errors import Conflict


class IncidentService:
    """Every move checks the version that it decided on."""

    def __init__(self, graph: Graph, publish: Callable[[str], Awaitable[None]]) -> None:
        self._graph = graph
        self._publish = publish

    async def resolve(
        self, incident_id: str, *, by: str, reason: str = "", version: int | None = None
    ) -> Incident:
        """End an incident by a human's word; a resolved one stays as it is.

        Raises NotFound, and Conflict when it is closed or no longer at `version`.
        """
        return await self.move(
            incident_id,
            IncidentStatus.RESOLVED,
            by=by,
            resolution=reason or None,
            version=version,
        )

    async def move(
        self,
        incident_id: str,
        status: IncidentStatus,
        *,
        by: str | None = None,
        resolution: str | None = None,
        version: int | None = None,
    ) -> Incident:
        """The incident in its new status; moving it where it is changes nothing.

        Raises NotFound, and Conflict when the life cycle has no such step, or the incident is no
        longer at `version` (by default: changed while this ran).
        """
        incident = await incidents.get(self._graph, incident_id)
        if version is not None and incident.version != version:
            raise Conflict(
                "the incident changed meanwhile", where=incident_id, hint="read it again"
            )
        if incident.status is status:
            return incident
        if status not in TRANSITIONS[incident.status]:
            raise Conflict(
                f"an incident that is {incident.status} cannot become {status}", where=incident_id
            )
        moved = await incidents.set_status(
            self._graph, incident, status, at=datetime.now(UTC), by=by, resolution=resolution
        )
        await self._publish(incident_id)
        return moved
