"""Walking the causal graph: causes, effects and the chains between two problems.

A popular problem has thousands of causes, and paths multiply. So the walk goes level by level,
one statement each, takes the likeliest `FAN_OUT` edges of a problem and the likeliest `WIDTH`
problems of a level, and drops what falls under the floor: its cost is bounded whatever the
graph. Measured figures are in docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from graph.client import Graph
from graph.edges import CURRENT
from graph.statements import load
from labo.domain.chains import CausalChain, Link, Spread, strongest_paths
from labo.domain.edges import EdgeStatus
from labo.errors import InvalidInput

FIND_CAUSES = load("edges/find_causes", row=Link)
FIND_EFFECTS = load("edges/find_effects", row=Link)

MAX_DEPTH = 10
FAN_OUT = 50
WIDTH = 100


async def causes(
    graph: Graph,
    problem: str,
    *,
    max_depth: int = 5,
    min_probability: float = 0.01,
    statuses: Iterable[EdgeStatus] = CURRENT,
    limit: int = 50,
) -> list[CausalChain]:
    """The strongest chain from each problem that can cause `problem` (key), likeliest first.

    A chain's probability is the product of its edges'. Raises InvalidInput for a depth outside
    1 to 10, a probability outside 0 to 1, a limit below 1.
    """
    _check(max_depth, min_probability, limit)
    spread, _ = await _spread(graph, problem, max_depth, min_probability, statuses, backwards=True)
    return spread.chains(limit)


async def effects(
    graph: Graph,
    problem: str,
    *,
    max_depth: int = 5,
    min_probability: float = 0.01,
    statuses: Iterable[EdgeStatus] = CURRENT,
    limit: int = 50,
) -> list[CausalChain]:
    """The strongest chain from `problem` to each problem that it can cause; see `causes`."""
    _check(max_depth, min_probability, limit)
    spread, _ = await _spread(graph, problem, max_depth, min_probability, statuses, backwards=False)
    return spread.chains(limit)


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

    Spreads half the depth from either end, so that both neighbourhoods are small.
    """
    _check(max_depth, min_probability, limit)
    allowed = tuple(statuses)
    behind, ahead = max_depth // 2, max_depth - max_depth // 2
    _, onward = await _spread(graph, cause, ahead, min_probability, allowed, backwards=False)
    seen = {link.edge: link for link in onward}
    if behind:
        _, back = await _spread(graph, effect, behind, min_probability, allowed, backwards=True)
        seen.update({link.edge: link for link in back})
    return strongest_paths(
        seen.values(), cause, effect, max_depth=max_depth, floor=min_probability, limit=limit
    )


async def _spread(
    graph: Graph,
    start: str,
    depth: int,
    floor: float,
    statuses: Iterable[EdgeStatus],
    *,
    backwards: bool,
) -> tuple[Spread, list[Link]]:
    statement = FIND_CAUSES if backwards else FIND_EFFECTS
    allowed = [status.value for status in statuses]
    spread = Spread(start, backwards, floor)
    seen: list[Link] = []
    frontier = [start]
    for _ in range(depth):
        rows = spread.seeds(frontier)
        links = await graph.fetch(statement, rows=rows, statuses=allowed, fan_out=FAN_OUT)
        seen.extend(links)
        frontier = spread.advance(links, WIDTH)
        if not frontier:
            break
    return spread, seen


def _check(max_depth: int, min_probability: float, limit: int) -> None:
    if not 1 <= max_depth <= MAX_DEPTH:
        raise InvalidInput(f"the depth must be from 1 to {MAX_DEPTH}", where="maxDepth")
    if not 0 <= min_probability <= 1:
        raise InvalidInput("a probability from 0 to 1 is expected", where="minProbability")
    if limit < 1:
        raise InvalidInput("ask for at least one", where="first")
