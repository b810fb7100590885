"""Components and their dependencies in the graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Literal

from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.entities.components import Component, Dependency
from labo.domain.entities.keys import component_key
from labo.errors import InvalidInput, NotFound

UPSERT_COMPONENTS = load("components/upsert_components", row=NoneType)
LINK_DEPENDENCIES = load("components/link_dependencies", row=int)
GET_COMPONENT = load("components/get_component", row=Component)
FIND_COMPONENTS = load("components/find_components", row=Component)
FIND_COMPONENTS_BY_KEYS = load("components/find_components_by_keys", row=Component)
FIND_CALLEES = load("components/find_callees", row=Dependency)
FIND_CALLERS = load("components/find_callers", row=Dependency)

MAX_HOPS = 20
MOST_CALLS = 500
"""Of one component, in one direction, that a walk follows."""
BATCH = 1_000

Direction = Literal["callees", "callers"]


@dataclass(frozen=True, slots=True)
class ComponentProblem:
    """`problem` (key) occurred so often on `component` (key)."""

    component: str
    problem: str
    occurrences: int


FIND_PROBLEMS_OF_COMPONENTS = load("components/find_problems_of_components", row=ComponentProblem)


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What is reachable from `start` (key), itself included, nearest first.

    `hops[i]` is the distance of `components[i]`. `truncated` when a limit cut something off.
    """

    start: str
    components: tuple[Component, ...]
    hops: tuple[int, ...]
    dependencies: tuple[Dependency, ...]
    truncated: bool


async def upsert(
    tx: Transaction,
    components: Iterable[Component],
    dependencies: Iterable[Dependency] = (),
    *,
    written_by: str = "import",
) -> int:
    """Create or refresh components, then link; returns how many dependencies were linked.

    A dependency between components that the graph does not know is left out.
    """
    by_key = {component.key: component for component in components}
    rows = [properties(by_key[key]) for key in sorted(by_key)]
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        await tx.run(UPSERT_COMPONENTS, rows=batch, written_by=written_by)
    pairs = {(d.source, d.target): d for d in dependencies}
    links = [properties(pairs[pair]) for pair in sorted(pairs)]
    linked = 0
    for start in range(0, len(links), BATCH):
        linked += sum(await tx.run(LINK_DEPENDENCIES, rows=links[start : start + BATCH]))
    return linked


async def get(graph: Graph, key: str) -> Component:
    """Raises NotFound."""
    rows = await graph.fetch(GET_COMPONENT, key=key)
    if not rows:
        raise NotFound("no such component", where=key)
    return rows[0]


async def find_by_keys(graph: Graph, keys: Iterable[str]) -> dict[str, Component]:
    """Components by key; an unknown one is absent."""
    rows = await graph.fetch(FIND_COMPONENTS_BY_KEYS, keys=sorted(set(keys)))
    return {row.key: row for row in rows}


async def find(
    graph: Graph,
    *,
    system: str | None = None,
    role: str | None = None,
    after: str = "",
    limit: int = 50,
) -> list[Component]:
    """A page in the order of keys, beginning behind the key `after`."""
    prefix = component_key(system, "") if system else ""
    return await graph.fetch(FIND_COMPONENTS, prefix=prefix, role=role, after=after, limit=limit)


async def find_dependencies(
    graph: Graph, keys: Iterable[str], direction: Direction = "callees", *, limit: int = MOST_CALLS
) -> list[Dependency]:
    """Direct dependencies of `keys`: whom they call, or who calls them; at most `limit` each."""
    statement = FIND_CALLEES if direction == "callees" else FIND_CALLERS
    return await graph.fetch(statement, keys=sorted(set(keys)), limit=limit)


async def problems_of(
    graph: Graph, keys: Iterable[str], *, limit: int = 50
) -> list[ComponentProblem]:
    """Which problems occurred on `keys`, per component the most frequent first."""
    return await graph.fetch(FIND_PROBLEMS_OF_COMPONENTS, keys=sorted(set(keys)), limit=limit)


async def neighbourhood(
    graph: Graph,
    start: str,
    *,
    hops: int = 6,
    direction: Direction = "callees",
    limit: int = 2_000,
) -> Neighbourhood:
    """What `start` reaches: `callees` is what it depends on, `callers` its blast radius.

    Breadth first, one statement per hop, so that dense graphs cost their edges and not their
    paths. Raises NotFound for an unknown start, InvalidInput outside 0 to 20 hops.
    """
    if not 0 <= hops <= MAX_HOPS:
        raise InvalidInput(f"hops must be from 0 to {MAX_HOPS}", where="hops")
    await get(graph, start)
    distance = {start: 0}
    links: dict[tuple[str, str], Dependency] = {}
    frontier: Sequence[str] = (start,)
    truncated = False
    # One query beyond the last hop finds the calls among the components of that hop.
    for hop in range(1, hops + 2):
        found, cut = await _calls(graph, frontier, direction)
        truncated = truncated or cut
        links.update({(d.source, d.target): d for d in found})
        if hop > hops:
            break
        ends = sorted({d.target if direction == "callees" else d.source for d in found})
        new = [end for end in ends if end not in distance]
        room = limit - len(distance)
        truncated = truncated or len(new) > room
        frontier = new[:room]
        distance.update(dict.fromkeys(frontier, hop))
        if not frontier:
            break
    inside = [d for d in links.values() if d.source in distance and d.target in distance]
    return await _described(graph, distance, inside, truncated=truncated)


async def _calls(
    graph: Graph, keys: Sequence[str], direction: Direction
) -> tuple[list[Dependency], bool]:
    """The calls of each key, `MOST_CALLS` and one more at most, and whether any has so many."""
    found = await find_dependencies(graph, keys, direction, limit=MOST_CALLS + 1)
    counts = Counter(d.source if direction == "callees" else d.target for d in found)
    return found, max(counts.values(), default=0) > MOST_CALLS


async def _described(
    graph: Graph, distance: dict[str, int], inside: list[Dependency], *, truncated: bool
) -> Neighbourhood:
    by_key = await find_by_keys(graph, distance)
    reached = [(by_key[key], hop) for key, hop in distance.items() if key in by_key]
    return Neighbourhood(
        next(iter(distance)),
        tuple(component for component, _ in reached),
        tuple(hop for _, hop in reached),
        tuple(inside),
        truncated,
    )
