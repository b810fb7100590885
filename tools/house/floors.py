"""From floors and an order to boxes and the ends of arrows, in the picture's units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from tools.house.drawing import wrapped
from tools.house.layout import Layout, Stop, lay_out

ROW_GAP, PORT_GAP = 36.0, 26.0
SMALL = 100.0
"""Width of a room that shows its name alone."""


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    top: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.left + self.width / 2


@dataclass(frozen=True, slots=True)
class Step:
    """A part of an arrow, from one floor to the next: `start` and `end` are x, the others y."""

    start: float
    top: float
    end: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Plan:
    rooms: dict[str, Box]
    routes: tuple[tuple[Step, ...], ...]
    circles: tuple[tuple[Box, Box], ...]
    bottom: float


def plan(
    arrows: nx.DiGraph[str], rules: Mapping[str, str], x: float, y: float, width: float
) -> Plan:
    """Boxes of all rooms inside `width`, from `y` down; without rules they are small.

    A room alone on the lowest floor is the ground: as wide as the house.
    """

    def width_of(count: int) -> float:
        most = (width - 16 * (count - 1)) / count
        return min(most, {1: 360.0, 2: 300.0}.get(count, 210.0)) if rules else min(most, SMALL)

    layout = lay_out(arrows, width, width_of)
    boxes: dict[Stop, Box] = {}
    for floor in layout.floors:
        names = [stop for stop in floor if isinstance(stop, str)]
        is_ground = floor is layout.floors[-1] and len(names) == 1
        wide = width if is_ground else width_of(len(names))
        lines = max((len(wrapped(rules[name], wide - 14)) for name in names if rules), default=0)
        tall = 30.0 + 15 * lines + (2 if lines else 0)
        for stop in floor:
            own = wide if isinstance(stop, str) else 0.0
            boxes[stop] = Box(x + layout.x[stop] - own / 2, y, own, tall)
        y += tall + ROW_GAP
    return Plan(
        rooms={name: box for name, box in boxes.items() if isinstance(name, str)},
        routes=_steps(layout, boxes, width),
        circles=tuple((boxes[a], boxes[b]) for a, b in layout.circles),
        bottom=y - ROW_GAP,
    )


def _steps(layout: Layout, boxes: dict[Stop, Box], width: float) -> tuple[tuple[Step, ...], ...]:
    """Arrows leave and meet a box side by side, in the order of where they come from and go."""
    leaving: dict[Stop, list[Stop]] = defaultdict(list)
    meeting: dict[Stop, list[Stop]] = defaultdict(list)
    for a, b in sorted({step for route in layout.routes for step in pairwise(route)}, key=str):
        leaving[a].append(b)
        meeting[b].append(a)

    def port(stop: Stop, others: list[Stop], other: Stop) -> float:
        box = boxes[stop]
        others.sort(key=lambda each: boxes[each].middle)
        gap = min(PORT_GAP, box.width / (len(others) + 1))
        return box.middle + gap * (others.index(other) - (len(others) - 1) / 2)

    def step(a: Stop, b: Stop) -> Step:
        start = port(a, leaving[a], b)
        end = start if boxes[b].width == width else port(b, meeting[b], a)
        return Step(start, boxes[a].top + boxes[a].height, end, boxes[b].top)

    return tuple(tuple(step(a, b) for a, b in pairwise(route)) for route in layout.routes)
