"""Where each room stands: floors by what it imports, and an order with few crossing arrows.

A layered drawing (Sugiyama, Tagawa and Toda, IEEE Trans. SMC 11, 1981): floors by longest path,
an arrow that passes a floor gets a narrow slot there, and neighbours are swapped while that makes
the arrows shorter or takes a crossing away. The same graph always gives the same drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import networkx as nx

SLOT = 12.0
"""Width that an arrow needs to pass between the rooms of a floor."""
CROSSING = 1e5
"""What a crossing costs, in squared lengths: more than a detour over half of the house."""

Stop = tuple[str, str, int] | str
"""A room by its name, or the slot of the arrow (importer, imported) on one floor."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`floors` from the top; `x` are centres; `routes` lists each arrow's stops from the top.

    `circles` are the arrows between rooms that import each other, however indirectly.
    """

    floors: tuple[tuple[Stop, ...], ...]
    x: dict[Stop, float]
    routes: tuple[tuple[Stop, ...], ...]
    circles: tuple[tuple[str, str], ...]


def lay_out(arrows: nx.DiGraph[str], width: float, width_of: Callable[[int], float]) -> Layout:
    """`width_of` is a room's width on a floor of so many rooms.

    Arrows that follow from others (a room imports what its import imports) are left out.
    """
    circles = _circles(arrows)
    tree = arrows.copy()
    tree.remove_edges_from(circles)
    floor_of = _floors(arrows)
    routes = tuple(_route(a, b, floor_of) for a, b in sorted(nx.transitive_reduction(tree).edges))
    count = max(floor_of.values()) + 1
    floors: list[list[Stop]] = [[] for _ in range(count)]
    for room in sorted(floor_of):
        floors[count - 1 - floor_of[room]].append(room)
    for route in routes:
        for stop in route[1:-1]:
            if isinstance(stop, tuple):
                floors[count - 1 - stop[2]].append(stop)

    def placed(order: Sequence[Sequence[Stop]]) -> dict[Stop, float]:
        return dict(_spread(order, width, width_of))

    _shorten(floors, routes, placed)
    return Layout(tuple(map(tuple, floors)), placed(floors), routes, circles)


def _circles(arrows: nx.DiGraph[str]) -> tuple[tuple[str, str], ...]:
    home = {
        room: number
        for number, rooms in enumerate(nx.strongly_connected_components(arrows))
        for room in rooms
    }
    return tuple(sorted((a, b) for a, b in arrows.edges if home[a] == home[b]))


def _floors(arrows: nx.DiGraph[str]) -> dict[str, int]:
    """Floor of each room, 0 for those that import none; a circle shares one floor."""
    condensed = nx.condensation(arrows)
    floors: dict[str, int] = {}
    for number in reversed(list(nx.topological_sort(condensed))):
        rooms = condensed.nodes[number]["members"]
        below = {b for a in rooms for b in arrows.successors(a)} - rooms
        floors.update(dict.fromkeys(rooms, 1 + max((floors[b] for b in below), default=-1)))
    return floors


def _route(importer: str, imported: str, floor_of: dict[str, int]) -> tuple[Stop, ...]:
    between = range(floor_of[importer] - 1, floor_of[imported], -1)
    return (importer, *((importer, imported, floor) for floor in between), imported)


def _spread(
    floors: Sequence[Sequence[Stop]], width: float, width_of: Callable[[int], float]
) -> Iterator[tuple[Stop, float]]:
    """Centres that leave equal gaps on each floor."""
    for floor in floors:
        wide = width_of(sum(isinstance(stop, str) for stop in floor))
        widths = [wide if isinstance(stop, str) else SLOT for stop in floor]
        gap = (width - sum(widths)) / (len(floor) + 1)
        left = gap
        for stop, each in zip(floor, widths, strict=True):
            yield stop, left + each / 2
            left += each + gap


def _cost(x: dict[Stop, float], routes: Sequence[Sequence[Stop]], rank: dict[Stop, int]) -> float:
    steps = [step for route in routes for step in pairwise(route)]
    crossings = sum(
        rank[a] == rank[c] and (x[a] - x[c]) * (x[b] - x[d]) < 0
        for (a, b), (c, d) in combinations(steps, 2)
    )
    return CROSSING * crossings + sum((x[a] - x[b]) ** 2 for a, b in steps)


def _shorten(
    floors: list[list[Stop]],
    routes: Sequence[Sequence[Stop]],
    placed: Callable[[Sequence[Sequence[Stop]]], dict[Stop, float]],
) -> None:
    """Swap any two of a floor while it pays."""
    rank = {stop: number for number, floor in enumerate(floors) for stop in floor}
    best, paid = _cost(placed(floors), routes, rank), True
    while paid:
        paid = False
        for floor in floors:
            for i, j in combinations(range(len(floor)), 2):
                floor[i], floor[j] = floor[j], floor[i]
                cost = _cost(placed(floors), routes, rank)
                if cost < best - 1e-6:
                    best, paid = cost, True
                else:
                    floor[i], floor[j] = floor[j], floor[i]
