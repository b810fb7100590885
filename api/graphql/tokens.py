"""Causal tokens: the executions that show an occurrence, hop by hop."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.errors import ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.incidents import IncidentType
from api.graphql.occurrences import OccurrenceType
from api.graphql.pagination import DEFAULT_PAGE, First, head, key_of, window
from api.graphql.permissions import described, guarded
from labo.domain.entities.tokens import Scope
from labo.domain.telemetry.spans.bodies import Hop
from labo.domain.telemetry.spans.span import SpanKind
from labo.domain.telemetry.traces import CausalTrace
from labo.errors import InvalidInput

_DEFAULT = 5
_KINDS = {kind.value: kind.name.lower() for kind in SpanKind}


@strawberry.type(name="HopAttribute", description="An attribute of the span, such as `cache.hit`.")
class HopAttributeType:
    name: str
    value: str


@strawberry.type(name="Hop", description="One span of an execution.")
class HopType:
    span_id: str
    parent_span_id: str | None = strawberry.field(description="Null for a root.")
    component: str
    name: str
    kind: str
    offset_ms: float = strawberry.field(description="After the execution's first span began.")
    duration_ms: float
    is_error: bool
    attributes: list[HopAttributeType]

    @classmethod
    def from_domain(cls, hop: Hop) -> HopType:
        return cls(
            span_id=hop.span,
            parent_span_id=hop.parent or None,
            component=hop.component,
            name=hop.name,
            kind=_KINDS.get(hop.kind, _KINDS[0]),
            offset_ms=hop.offset_ms,
            duration_ms=hop.duration_ms,
            is_error=hop.is_error,
            attributes=[HopAttributeType(name=k, value=v) for k, v in hop.attributes.items()],
        )


@strawberry.type(name="CausalToken", description="An execution; a trace of OpenTelemetry.")
class CausalTokenType:
    trace_id: str
    occurrence_key: str = strawberry.field(description="The occurrence that it shows.")
    at: datetime
    duration_ms: float
    is_error: bool
    is_noted: bool = strawberry.field(
        description="Attached to the occurrence when its incident was diagnosed."
    )
    path: list[str] = strawberry.field(
        description="Components, in the order in which it reached them."
    )
    all_hops: strawberry.Private[tuple[Hop, ...]]

    @classmethod
    def from_domain(cls, token: CausalTrace) -> CausalTokenType:
        return cls(
            trace_id=token.trace_id,
            occurrence_key=token.occurrence,
            at=token.at,
            duration_ms=token.duration_ms,
            is_error=token.is_error,
            is_noted=token.is_noted,
            path=list(token.path),
            all_hops=token.hops,
        )

    @described("Parents before their children.")
    async def hops(self, first: First = DEFAULT_PAGE) -> list[HopType]:
        return head(self.all_hops, first, HopType.from_domain)


@strawberry.type(
    name="CausalTokenConnection",
    description="Each execution once: failed ones first, then the longest.",
)
class CausalTokensType:
    nodes: list[CausalTokenType]


TokensResult = Annotated[
    CausalTokensType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("TokensResult"),
]


@strawberry.type
class TokensQuery:
    @guarded(
        Scope.READ,
        "Executions that began while an occurrence or an incident lasted, by its component, or by "
        "those of the incident's first twenty occurrences.",
    )
    async def tokens(
        self,
        info: Info,
        occurrence: strawberry.ID | None = None,
        incident: strawberry.ID | None = None,
        first: First = _DEFAULT,
    ) -> TokensResult:
        service = info.context.services.causal_traces
        limit = window(first).first
        if occurrence is not None and incident is None:
            traces = await service.of_occurrence(key_of(OccurrenceType, occurrence), limit=limit)
        elif incident is not None and occurrence is None:
            traces = await service.of_incident(key_of(IncidentType, incident), limit=limit)
        else:
            raise InvalidInput("name one of the two", where="occurrence, incident")
        return CausalTokensType(nodes=[CausalTokenType.from_domain(token) for token in traces])
