"""Walking the causal graph: causes, effects and the chains between two problems.

A popular problem has thousands of causes, and paths multiply. So the walk goes level by level, one
statement each, takes the likeliest edges of a problem in the order of an index, retains those that
give the likeliest chains of a level, and drops what can no longer enter the answer: its cost is
bounded whatever the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph import problems
from graph.client import Graph, Transaction
from graph.edges import CURRENT
from graph.statements import load
from labo.domain.causality.chains import CausalChain, Link, Spread, strongest_paths
from labo.domain.causality.edges import EdgeStatus, Relation
from labo.domain.entities.problems import Problem
from labo.errors import InvalidInput, NotFound


@dataclass(frozen=True, slots=True)
class LinkColumns:
    """A level's links in parallel columns: one record, since the async driver costs by the record.

    The likeliest chains first.
    """

    causes: tuple[str, ...]
    effects: tuple[str, ...]
    edges: tuple[str, ...]
    probabilities: tuple[float, ...]
    strengths: tuple[float, ...]
    statuses: tuple[EdgeStatus, ...]
    relations: tuple[Relation, ...]

    def links(self) -> list[Link]:
        columns = (
            self.causes,
            self.effects,
            self.edges,
            self.probabilities,
            self.strengths,
            self.statuses,
            self.relations,
        )
        return [Link(*row) for row in zip(*columns, strict=True)]


@dataclass(frozen=True, slots=True)
class NamedChains:
    """Chains, the likeliest first, and the problems on them by key."""

    chains: list[CausalChain]
    problems: Mapping[str, Problem]


FIND_CAUSES = load("edges/find_causes", row=LinkColumns)
FIND_EFFECTS = load("edges/find_effects", row=LinkColumns)

MAX_DEPTH = 10
"""Links in a chain at most: ten at a belief of 0.65 each, the most that observation gives, are
0.013."""
FAN_OUT = 50
"""Edges followed from one problem, the likeliest ones."""
WIDTH = 200
"""Edges followed from one level, those that give the likeliest chains."""
PATH_FAN_OUT = 20
"""The same between two given problems, where the answer's size does not bound the walk's."""


async def causes(
    graph: Graph,
    problem: str,
    *,
    max_depth: int = 5,
    min_probability: float = 0.01,
    statuses: Iterable[EdgeStatus] = CURRENT,
    limit: int = 50,
    backwards: bool = True,
) -> list[CausalChain]:
    """The strongest chain from each problem that can cause `problem` (key), likeliest first.

    Not `backwards`: the strongest chain from `problem` to each that it can cause. A chain's
    probability is the product of its edges'. Raises InvalidInput for a depth outside 1 to 10, a
    probability outside 0 to 1, a limit below 1.
    """
    _check(max_depth, min_probability, limit)
    allowed = tuple(statuses)

    async def unit(tx: Transaction) -> Spread:
        spread = Spread(problem, backwards, min_probability, limit)
        await _walk(tx, spread, max_depth, allowed, FAN_OUT)
        return spread

    return (await graph.read(unit, name="causality.causes")).chains(limit)


async def named_causes(
    graph: Graph,
    problem: str,
    *,
    max_depth: int = 5,
    min_probability: float = 0.01,
    limit: int = 50,
    backwards: bool = True,
) -> NamedChains:
    """As `causes`, over current edges, with the problems on the chains; `problem` may be merged.

    One transaction, in which the start is looked up with all others, after the walk: each look-up
    of its own would cost a caller as much as two levels of the walk. Raises NotFound for an unknown
    problem.
    """
    _check(max_depth, min_probability, limit)

    async def unit(tx: Transaction) -> NamedChains:
        ranked = await _from(tx, problem)
        merged_into = ranked.problems[problem].merged_into
        return await _from(tx, merged_into) if merged_into else ranked

    async def _from(tx: Transaction, start: str) -> NamedChains:
        spread = Spread(start, backwards, min_probability, limit)
        await _walk(tx, spread, max_depth, CURRENT, FAN_OUT)
        chains = spread.chains(limit)
        problems_by_key = await problems.read_by_keys(
            tx, {start, *(k for c in chains for k in c.problems)}
        )
        if start not in problems_by_key:
            raise NotFound("no such problem", where=problem)
        return NamedChains(chains, problems_by_key)

    return await graph.read(unit, name="causality.named_causes")


async def paths(
    graph: Graph,
    cause: str,
    effect: str,
    *,
    max_depth: int = 6,
    min_probability: float = 0.001,
    statuses: Iterable[EdgeStatus] = CURRENT,
    limit: int = 10,
) -> list[CausalChain]:
    """The strongest simple chains from `cause` to `effect` (keys), likeliest first.

    Spreads half the depth from either end, so that both neighbourhoods are small. None from a
    problem to itself. Raises InvalidInput as `causes` does.
    """
    _check(max_depth, min_probability, limit)
    allowed = tuple(statuses)
    behind, ahead = max_depth // 2, max_depth - max_depth // 2

    async def unit(tx: Transaction) -> list[Link]:
        onward = Spread(cause, False, min_probability)
        back = Spread(effect, True, min_probability)
        links = await _walk(tx, onward, ahead, allowed, PATH_FAN_OUT)
        return links + await _walk(tx, back, behind, allowed, PATH_FAN_OUT)

    links = await graph.read(unit, name="causality.paths")
    seen = {link.edge: link for link in links}
    return strongest_paths(
        seen.values(), cause, effect, max_depth=max_depth, floor=min_probability, limit=limit
    )


async def _walk(
    tx: Transaction, spread: Spread, depth: int, statuses: Iterable[EdgeStatus], fan_out: int
) -> list[Link]:
    """Let `spread` go `depth` levels; returns every edge examined."""
    statement = FIND_CAUSES if spread.backwards else FIND_EFFECTS
    allowed = [status.value for status in statuses]
    seen: list[Link] = []
    frontier = [spread.start]
    for _ in range(depth):
        rows = spread.seeds(frontier)
        [columns] = await tx.run(
            statement, rows=rows, statuses=allowed, fan_out=fan_out, width=WIDTH
        )
        links = columns.links()
        seen.extend(links)
        frontier = spread.advance(links, WIDTH)
        if not frontier:
            break
    return seen


def _check(max_depth: int, min_probability: float, limit: int) -> None:
    if not 1 <= max_depth <= MAX_DEPTH:
        raise InvalidInput(f"the depth must be from 1 to {MAX_DEPTH}", where="maxDepth")
    if not 0 <= min_probability <= 1:
        raise InvalidInput("a probability from 0 to 1 is expected", where="minProbability")
    if limit < 1:
        raise InvalidInput("ask for at least one", where="first")
