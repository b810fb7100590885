"""Incidents: what happened, since when, and how far its handling got."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.errors import ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.pagination import IdArgument, NodeType, key_of
from api.graphql.permissions import guarded
from labo.domain.events import Severity
from labo.domain.incidents import Incident, IncidentStatus
from labo.domain.proposals import Rung
from labo.domain.tokens import Scope
from labo.errors import NotFound


@strawberry.type(name="Incident", description="Occurrences that belong together.")
class IncidentType(NodeType):
    title: str
    status: IncidentStatus
    severity: Severity
    system: str
    opened_at: datetime
    resolved_at: datetime | None
    ticket: str | None
    rung: Rung = strawberry.field(description="How far the escalation ladder went.")

    @classmethod
    def from_domain(cls, incident: Incident) -> IncidentType:
        return cls(
            key=incident.id,
            title=incident.title,
            status=incident.status,
            severity=incident.severity,
            system=incident.system,
            opened_at=incident.opened_at,
            resolved_at=incident.resolved_at,
            ticket=incident.ticket,
            rung=Rung(incident.rung),
        )


IncidentResult = Annotated[
    IncidentType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("IncidentResult"),
]


@strawberry.type
class IncidentsQuery:
    @guarded(Scope.READ, "One incident.")
    async def incident(self, info: Info, id_: IdArgument) -> IncidentResult:
        key = key_of(IncidentType, id_)
        found = await info.context.loaders.incident.load(key)
        if found is None:
            raise NotFound("no such incident", where="id")
        return IncidentType.from_domain(found)
