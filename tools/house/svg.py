"""The house as a picture: layers as bands, rooms as boxes on floors, imports as arrows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

from tools.house.drawing import ALARM, Drawing, chip_rows, wrapped
from tools.house.floors import Plan, plan
from tools.house.rooms import House, Room

PICTURE = "docs/house.svg"
MAIN, ANNEX, MARGIN, BETWEEN = 840.0, 330.0, 24.0, 32.0
PAD, ROOF = 16.0, 74.0
TINTS = ("#fdf0d5", "#eceff3", "#dfeaf7", "#e2f1e4", "#efe7f6", "#efe7f6", "#fbf3e4", "#eceff3")
"""Of the layers, from the top."""
ENGINE, ROOF_TILES, WHITE = "#f7e6e6", "#dcbfa5", "#ffffff"
MANY = 5
"""Rooms from which on a card is drawn twice as wide as its neighbours."""


def house_svg(house: House) -> str:
    """The whole product from its edges down to what lies below all; the engine beside it."""
    drawing = Drawing()
    y = _roof(drawing, MARGIN, MARGIN, MAIN, "Labo", "imports point down, never up or sideways")
    for tint, layer in zip(cycle(TINTS), house.layers, strict=False):
        (first, *others) = layer
        if not others and first.name in house.rooms:
            y = _band(drawing, house, first, MARGIN, y, tint)
        else:
            y = _cards(drawing, layer, y, tint)
    _legend(drawing, house)
    _annex(drawing, house, y)
    return drawing.document(2 * MARGIN + MAIN + BETWEEN + ANNEX, y + MARGIN)


def _roof(drawing: Drawing, x: float, y: float, width: float, title: str, below: str) -> float:
    eaves, middle = y + ROOF, x + width / 2
    drawing.area(
        f"M{x:.1f} {eaves:.1f}L{middle:.1f} {y:.1f}L{x + width:.1f} {eaves:.1f}z", ROOF_TILES
    )
    drawing.text(middle, eaves - 27, title, "title", middle=True)
    drawing.text(middle, eaves - 10, below, "rule", middle=True)
    return eaves


def _cards(drawing: Drawing, layer: Sequence[Room], y: float, tint: str) -> float:
    """A layer whose rooms stand side by side, each with its rule and what is inside."""
    shares = [2 if len(room.inside) > MANY else 1 for room in layer]
    share = (MAIN - PAD * (len(layer) + 1)) / sum(shares)
    widths = [share * each for each in shares]
    rules = [wrapped(room.rule, w - 20) for room, w in zip(layer, widths, strict=True)]
    chips = [chip_rows(room.inside, w - 20) for room, w in zip(layer, widths, strict=True)]
    tall = 32 + max(15 * len(a) + 24 * len(b) for a, b in zip(rules, chips, strict=True))
    drawing.box(MARGIN, y, MAIN, tall + 16, tint)
    x = MARGIN + PAD
    for room, width, rule, rows in zip(layer, widths, rules, chips, strict=True):
        drawing.box(x, y + 8, width, tall, WHITE)
        drawing.text(x + 10, y + 28, room.name, "name")
        drawing.lines(x + 10, y + 46, rule)
        for number, row in enumerate(rows):
            drawing.chips(x + 10, y + 38 + 15 * len(rule) + 24 * number, row, tint)
        x += width + PAD
    return y + tall + 16


def _legend(drawing: Drawing, house: House) -> None:
    x, y = MARGIN + MAIN + BETWEEN, MARGIN + ROOF + 18
    counts = [
        f"{name}: {len(rooms)} rooms, {house.arrows[name].number_of_edges()} arrows"
        for name, rooms in house.rooms.items()
    ]
    drawing.text(x, y, "How to read it", "name")
    lines = (
        "A band is a layer of the product, a white box a room;",
        "below its name stands its rule, which is the first line",
        "of its __init__.py.",
        "An arrow leads from a room to one that it imports.",
        "Left out: what follows from other arrows. Red: a circle.",
        "",
        *counts,
        "",
        "Drawn from the imports by python -m tools.house;",
        "with --text it names every arrow.",
    )
    drawing.lines(x, y + 22, lines)


def _annex(drawing: Drawing, house: House, ground: float) -> None:
    """The engine beside the house, on the same ground."""
    x = MARGIN + MAIN + BETWEEN
    height = _band(Drawing(), house, house.engine, x, 0.0, ENGINE) + ROOF
    y = _roof(drawing, x, ground - height, ANNEX, "The engine", "no import in either direction")
    _band(drawing, house, house.engine, x, y, ENGINE)


def _band(drawing: Drawing, house: House, layer: Room, x: float, y: float, tint: str) -> float:
    """A layer with its rooms on floors; the engine's go by name alone."""
    width = ANNEX if layer is house.engine else MAIN
    rooms, arrows = house.rooms[layer.name], house.arrows[layer.name]
    rule = wrapped(layer.rule, width - 2 * PAD)
    rules = {} if layer is house.engine else {name: room.rule for name, room in rooms.items()}
    found = plan(arrows, rules, x + PAD, y + 38 + 15 * len(rule), width - 2 * PAD)
    drawing.box(x, y, width, found.bottom + PAD - y, tint)
    drawing.text(x + PAD, y + 24, layer.name, "title")
    drawing.lines(x + PAD, y + 42, rule)
    _arrows(drawing, found)
    for name, box in found.rooms.items():
        imports = ", ".join(sorted(arrows.successors(name))) or "nothing beside it"
        title = f"{name}: {rooms[name].rule} Imports {imports}."
        drawing.box(box.left, box.top, box.width, box.height, WHITE, title)
        kind = "name" if rules else "small"
        drawing.text(box.middle, box.top + 20, name, kind, middle=True)
        if rules:
            drawing.lines(
                box.middle, box.top + 37, wrapped(rules[name], box.width - 14), middle=True
            )
    return found.bottom + PAD


def _arrows(drawing: Drawing, found: Plan) -> None:
    for route in found.routes:
        path = ""
        for step in route:
            start = f"{step.start:.1f} {step.top:.1f}"
            path += f"L{start}" if path else f"M{start}"
            bend = (step.top + step.bottom) / 2
            path += f"C{step.start:.1f} {bend:.1f} {step.end:.1f} {bend:.1f} "
            path += f"{step.end:.1f} {step.bottom:.1f}"
        drawing.arrow(path)
    for one, other in found.circles:
        low = one.top + one.height
        path = f"M{one.middle:.1f} {low:.1f}Q{(one.middle + other.middle) / 2:.1f} {low + 40:.1f} "
        drawing.arrow(path + f"{other.middle:.1f} {other.top + other.height:.1f}", ALARM)
