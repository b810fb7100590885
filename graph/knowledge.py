"""All knowledge of a workspace, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from graph import edges, problems
from graph.client import Graph
from graph.statements import load
from labo.domain.causality.edges import CausalEdge
from labo.domain.entities.problems import Problem
from labo.domain.knowledge.knowledge import KnownProblem

FIND_KNOWN_PROBLEMS = load("knowledge/find_known_problems", row=KnownProblem)
COUNT_RESOLVED_INCIDENTS = load("knowledge/count_resolved_incidents", row=int)

PAGE = 500


async def count_resolved(graph: Graph) -> int:
    """How many incidents were resolved."""
    return (await graph.fetch(COUNT_RESOLVED_INCIDENTS))[0]


async def find_known(graph: Graph, roles: Iterable[str], *, limit: int) -> list[KnownProblem]:
    """Problems on components of `roles` that have a signature, the `limit` most often met."""
    return await graph.fetch(FIND_KNOWN_PROBLEMS, roles=sorted(set(roles)), limit=limit)


async def all_problems(graph: Graph) -> AsyncIterator[list[Problem]]:
    """Every problem that is neither merged nor retired, in pages."""
    before: datetime | None = None
    after_key = ""
    while page := await problems.find(graph, before=before, after_key=after_key, limit=PAGE):
        yield page
        before, after_key = page[-1].last_seen, page[-1].key


async def all_edges(graph: Graph) -> AsyncIterator[list[CausalEdge]]:
    """Every causal edge whatever its status, in pages."""
    after = ""
    while page := await edges.find(graph, after=after, limit=PAGE):
        yield page
        after = page[-1].key
