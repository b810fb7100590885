"""The house as text: layers from the top, rooms with their rules, and what each imports."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx

from tools.house.rooms import House, Room


def house_text(house: House) -> str:
    """One line a room; `->` names the rooms beside it that it imports."""
    lines: list[str] = []
    for layer in house.layers:
        for room in layer:
            lines.extend(_room_lines(room, house))
        lines.append("")
    lines.extend(_furnished(house.engine, house))
    return "\n".join(lines) + "\n"


def _room_lines(room: Room, house: House) -> Iterator[str]:
    if room.name in house.rooms:
        yield from _furnished(room, house)
        return
    inside = f" [{', '.join(room.inside)}]" if room.inside else ""
    yield f"{room.name}: {room.rule}{inside}"


def _furnished(room: Room, house: House) -> Iterator[str]:
    arrows = house.arrows[room.name]
    yield f"{room.name}: {room.rule} ({arrows.number_of_edges()} arrows)"
    for name in _from_the_top(arrows):
        imports = ", ".join(sorted(arrows.successors(name)))
        yield f"  {name}: {house.rooms[room.name][name].rule}{' -> ' + imports if imports else ''}"


def _from_the_top(arrows: nx.DiGraph[str]) -> Iterator[str]:
    condensed = nx.condensation(arrows)
    key = {number: min(data["members"]) for number, data in condensed.nodes(data=True)}
    for number in nx.lexicographical_topological_sort(condensed, key=lambda each: key[each]):
        yield from sorted(condensed.nodes[number]["members"])
