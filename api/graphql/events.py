"""Events: the monitors' messages, as accepted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.errors import ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.pagination import IdArgument, NodeType, key_of
from api.graphql.permissions import described, guarded
from graph.events import Events
from labo.domain.entities.severity import Severity
from labo.domain.entities.tokens import Scope
from labo.domain.incidents.events import EventStatus, StoredEvent


@strawberry.type(name="Label", description="A name and its value.")
class LabelType:
    name: str
    value: str


def label_list(labels: Mapping[str, object]) -> list[LabelType]:
    """Sorted by name."""
    return [LabelType(name=name, value=str(labels[name])) for name in sorted(labels)]


@strawberry.type(name="Event", description="One message of one source, in the canonical form.")
class EventType(NodeType):
    source: str
    source_event_id: str
    dedup_key: str = strawberry.field(description="The same for an alert and its resolution.")
    status: EventStatus
    severity: Severity
    title: str
    description: str
    starts_at: datetime | None
    ends_at: datetime | None
    received_at: datetime | None
    linked_at: datetime | None = strawberry.field(description="When it was linked; null: not yet.")
    labels: list[LabelType]
    resource: list[LabelType]
    links: list[str]

    @classmethod
    def from_domain(cls, event: StoredEvent) -> EventType:
        return cls(
            key=event.id,
            source=event.source,
            source_event_id=event.source_event_id,
            dedup_key=event.dedup_key,
            status=event.status,
            severity=event.severity,
            title=event.title,
            description=event.description,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            received_at=event.received_at,
            linked_at=event.linked_at,
            labels=label_list(event.labels),
            resource=label_list(event.resource),
            links=list(event.links),
        )

    @described("The message as received, redacted, as JSON text.")
    async def raw(self, info: Info) -> str:
        return await info.context.loaders.cases.raw.load(self.key) or "{}"


EventResult = Annotated[
    EventType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("EventResult"),
]


@strawberry.type
class EventsQuery:
    @guarded(Scope.READ, "One event.")
    async def event(self, info: Info, id_: IdArgument) -> EventResult:
        events = Events(info.context.services.graph)
        return EventType.from_domain(await events.get(key_of(EventType, id_)))
