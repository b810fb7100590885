"""Full-text search, and similar incidents."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import strawberry

from api.graphql.confirmed_causes import load_problem
from api.graphql.context import Info
from api.graphql.incidents import IncidentType
from api.graphql.pagination import DEFAULT_PAGE, First, key_of, window
from api.graphql.permissions import described, guarded
from api.graphql.problems import ProblemType
from graph.search import Hit, KeyedName, find_by_prefix, find_by_text
from labo.domain.entities.keys import KeyKind
from labo.domain.entities.tokens import Scope
from labo.domain.knowledge.similar_incidents import SimilarIncident
from labo.errors import InvalidInput
from labo.services.escalation.memory import MOST

MAX_TEXT = 1_000
SIMILAR = 3
Similar = Annotated[int, strawberry.argument(description=f"How many, 1 to {MOST}.")]


@strawberry.enum
class HitKind(Enum):
    PROBLEM = "problem"
    INCIDENT = "incident"
    FINDING = "finding"


@strawberry.type(
    name="SearchHit", description="A problem, incident or finding that matches the words."
)
class SearchHitType:
    kind: HitKind
    key: str = strawberry.field(description="Of the problem or incident; a finding's incident.")
    title: str
    score: float = strawberry.field(description="Comparable within one answer only.")

    @classmethod
    def from_domain(cls, hit: Hit) -> SearchHitType:
        return cls(kind=HitKind(hit.kind), key=hit.key, title=hit.title, score=hit.score)

    @described("The matching incident, or the one that a matching finding is about.")
    async def incident(self, info: Info) -> IncidentType | None:
        if self.kind is HitKind.PROBLEM:
            return None
        found = await info.context.loaders.cases.incident.load(self.key)
        return IncidentType.from_domain(found) if found else None

    @described("The matching problem.")
    async def problem(self, info: Info) -> ProblemType | None:
        return await load_problem(info, self.key if self.kind is HitKind.PROBLEM else None)


@strawberry.type(name="KeyedName", description="What has this key, in words.")
class KeyedNameType:
    kind: KeyKind
    key: str
    title: str

    @classmethod
    def from_domain(cls, keyed: KeyedName) -> KeyedNameType:
        return cls(kind=keyed.kind, key=keyed.key, title=keyed.title)


@strawberry.type(name="SimilarIncident", description="Another incident that was similar.")
class SimilarIncidentType:
    incident_key: str
    title: str
    same_component: bool
    score: float = strawberry.field(description="Comparable within one answer only.")
    cause: str | None = strawberry.field(description="Confirmed, else the leading suspect.")
    cause_confirmed: bool
    action: str | None = strawberry.field(description="The action that was approved.")
    finding: str | None = strawberry.field(description="The newest finding.")

    @classmethod
    def from_domain(cls, similar: SimilarIncident) -> SimilarIncidentType:
        past = similar.incident
        return cls(
            incident_key=past.id,
            title=past.title,
            same_component=similar.same_component,
            score=similar.score,
            cause=past.cause,
            cause_confirmed=past.cause_confirmed,
            action=past.action,
            finding=past.finding,
        )

    @described("The incident itself.")
    async def incident(self, info: Info) -> IncidentType | None:
        found = await info.context.loaders.cases.incident.load(self.incident_key)
        return IncidentType.from_domain(found) if found else None


@strawberry.type
class SearchQuery:
    @guarded(Scope.READ, "Problems, incidents and findings that hold any of the words, best first.")
    async def search(
        self, info: Info, text: str, first: First = DEFAULT_PAGE
    ) -> list[SearchHitType]:
        if not text.strip() or len(text) > MAX_TEXT:
            raise InvalidInput(f"give 1 to {MAX_TEXT} characters", where="text")
        limit = window(first).first
        hits = await find_by_text(info.context.services.graph, text, limit)
        return [SearchHitType.from_domain(hit) for hit in hits]

    @guarded(
        Scope.READ,
        "What has a key that begins with `prefix`, by key: of each of the `kinds` at most `first`.",
    )
    async def keys_by_prefix(
        self, info: Info, prefix: str, kinds: list[KeyKind], first: First = DEFAULT_PAGE
    ) -> list[KeyedNameType]:
        limit = window(first).first
        rows = await find_by_prefix(info.context.services.graph, kinds, prefix, limit)
        return [KeyedNameType.from_domain(row) for row in rows]

    @guarded(
        Scope.READ,
        "The other incidents most like an incident or a text (give one of the two): the same "
        "component first, then those with a confirmed cause, an action or a finding.",
    )
    async def similar_incidents(
        self,
        info: Info,
        incident: strawberry.ID | None = None,
        text: str | None = None,
        first: Similar = SIMILAR,
    ) -> list[SimilarIncidentType]:
        if text is not None and len(text) > MAX_TEXT:
            raise InvalidInput(f"give at most {MAX_TEXT} characters", where="text")
        similar = await info.context.services.memory.similar(
            key_of(IncidentType, incident) if incident else None,
            text=text,
            limit=first,
        )
        return [SimilarIncidentType.from_domain(one) for one in similar]
