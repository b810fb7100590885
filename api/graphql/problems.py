"""Problems: kinds of failure that occurred, their symptoms, and claims about their causes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.edges import CausalEdgeType
from api.graphql.errors import ConflictType, ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.pagination import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    IdArgument,
    NodeType,
    connection,
    head,
    key_of,
    window,
)
from api.graphql.permissions import described, guarded
from graph import problems
from labo.domain.entities.conditions import Direction
from labo.domain.entities.problems import Problem, ProblemKind, ProblemStatus
from labo.domain.entities.severity import Severity
from labo.domain.entities.tokens import Scope
from labo.domain.knowledge.signatures import Signature


@strawberry.type(name="Signature", description="A condition that shows a problem.")
class SignatureType:
    condition: str = strawberry.field(description="Key of the condition.")
    metric: str
    direction: Direction
    role: str
    hits: int = strawberry.field(description="Episodes of the problem that showed it.")
    misses: int = strawberry.field(description="Episodes of the problem that did not.")
    false_hits: int = strawberry.field(description="Shown in episodes without the problem.")
    quiets: int = strawberry.field(
        description="Episodes with neither the condition nor the problem."
    )

    @classmethod
    def from_domain(cls, signature: Signature) -> SignatureType:
        return cls(
            condition=signature.condition,
            metric=signature.metric,
            direction=signature.direction,
            role=signature.role,
            hits=signature.hits,
            misses=signature.misses,
            false_hits=signature.false_hits,
            quiets=signature.quiets,
        )


@strawberry.type(name="Problem", description="A kind of problem that occurred.")
class ProblemType(NodeType):
    title: str
    role: str = strawberry.field(description="Role of the components that it occurred on.")
    kind: ProblemKind
    status: ProblemStatus
    severity: Severity
    summary: str
    occurrences: int = strawberry.field(
        description="How often it occurred here, or in labelled incidents if these are more."
    )
    first_seen: datetime | None
    last_seen: datetime | None
    aliases: list[str] = strawberry.field(description="Keys of problems merged into this one.")
    version: int
    named_by: str | None = strawberry.field(
        description="Who gave the title; none where it was derived from what was observed."
    )
    named_at: datetime | None
    former_titles: list[str] = strawberry.field(
        description="What it was called before, the latest last; a search finds it by these too."
    )

    @classmethod
    def from_domain(cls, problem: Problem) -> ProblemType:
        return cls(
            key=problem.key,
            title=problem.title,
            role=problem.role,
            kind=problem.kind,
            status=problem.status,
            severity=problem.severity,
            summary=problem.summary,
            occurrences=problem.occurrences,
            first_seen=problem.first_seen,
            last_seen=problem.last_seen,
            aliases=list(problem.aliases),
            version=problem.version,
            named_by=problem.named_by,
            named_at=problem.named_at,
            former_titles=list(problem.former_titles),
        )

    @described("Claims that something causes it, likeliest first; refuted ones are left out.")
    async def causes(self, info: Info, first: First = DEFAULT_PAGE) -> list[CausalEdgeType]:
        edges = await info.context.loaders.knowledge.edges_to.load(self.key)
        return head(edges, first, CausalEdgeType.from_domain)

    @described("Claims that it causes something, likeliest first; refuted ones are left out.")
    async def effects(self, info: Info, first: First = DEFAULT_PAGE) -> list[CausalEdgeType]:
        edges = await info.context.loaders.knowledge.edges_from.load(self.key)
        return head(edges, first, CausalEdgeType.from_domain)

    @described("Conditions that show it, the most often seen first.")
    async def signature(self, info: Info, first: First = DEFAULT_PAGE) -> list[SignatureType]:
        signatures = await info.context.loaders.knowledge.signatures.load(self.key)
        return head(signatures, first, SignatureType.from_domain)


async def load_problems(info: Info, keys: list[str]) -> list[ProblemType]:
    """Those of `keys` that exist, in their order, over the request's loader."""
    problems = await info.context.loaders.knowledge.problem.load_many(keys)
    return [ProblemType.from_domain(problem) for problem in problems if problem]


ProblemResult = Annotated[
    ProblemType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("ProblemResult"),
]
ProblemChange = Annotated[
    ProblemType | NotFoundType | ConflictType | InvalidInputType | ForbiddenType,
    strawberry.union("ProblemChange"),
]


@strawberry.type
class ProblemsQuery:
    @guarded(
        Scope.READ, "One problem; the key of a merged one returns the problem it was merged into."
    )
    async def problem(self, info: Info, id_: IdArgument) -> ProblemResult:
        key = key_of(ProblemType, id_)
        return ProblemType.from_domain(await problems.get(info.context.services.graph, key))

    @guarded(Scope.READ, "Problems, the last seen first; merged and retired ones on demand.")
    async def problems(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        status: list[ProblemStatus] | None = None,
        role: str | None = None,
    ) -> Connection[ProblemType]:
        page = window(first, after)
        before, after_key = page.moment or (None, "")
        rows = await problems.find(
            info.context.services.graph,
            statuses=problems.LIVE if status is None else status,
            role=role,
            before=before,
            after_key=after_key,
            limit=page.limit,
        )
        return connection(rows, page, node=ProblemType.from_domain, position=_position)


def _position(problem: Problem) -> tuple[str, str]:
    return (problem.last_seen.isoformat() if problem.last_seen else "", problem.key)


# Strawberry hands the parent over under the name `source`, so that no parameter may have it.
Source = Annotated[
    strawberry.ID, strawberry.argument(name="source", description="Becomes the alias.")
]
Reason = Annotated[str, strawberry.argument(description="Why; stored with the decision.")]


ProblemName = Annotated[
    str,
    strawberry.argument(description="What people call it: one line of at most 120 characters."),
]


@strawberry.type
class ProblemsMutation:
    @guarded(
        Scope.OPERATE,
        "The problem that people call so on components of `role`; created unless it exists. "
        "Recorded with your token's name.",
    )
    async def create_problem(
        self, info: Info, name: ProblemName, role: str, summary: str = ""
    ) -> ProblemChange:
        created = await info.context.services.problems.create(
            name, role, by=info.context.caller.name, summary=summary
        )
        return ProblemType.from_domain(created)

    @guarded(
        Scope.OPERATE,
        "Call a problem otherwise; its former title stays findable. Idempotent. With `version`, "
        "only if it is still at that version. Recorded with your token's name.",
    )
    async def rename_problem(
        self, info: Info, id_: IdArgument, name: ProblemName, version: int | None = None
    ) -> ProblemChange:
        renamed = await info.context.services.problems.rename(
            key_of(ProblemType, id_), name, by=info.context.caller.name, version=version
        )
        return ProblemType.from_domain(renamed)

    @guarded(Scope.OPERATE, "Make one problem an alias of another. Idempotent.")
    async def merge_problems(
        self, info: Info, merged: Source, into: strawberry.ID, reason: Reason
    ) -> ProblemChange:
        problem = await info.context.services.problems.merge(
            key_of(ProblemType, merged),
            key_of(ProblemType, into),
            by=info.context.caller.name,
            reason=reason,
        )
        return ProblemType.from_domain(problem)

    @guarded(Scope.OPERATE, "Hide a problem; nothing of it is deleted.")
    async def retire_problem(
        self,
        info: Info,
        problem: strawberry.ID,
        reason: Reason,
        version: int | None = None,
    ) -> ProblemChange:
        retired = await info.context.services.problems.retire(
            key_of(ProblemType, problem),
            by=info.context.caller.name,
            reason=reason,
            version=version,
        )
        return ProblemType.from_domain(retired)
