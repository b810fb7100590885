"""What the house consists of: read from the import graph and from the first lines of its files."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grimp
import networkx as nx

from tools.lint.rooms import rule_of
from tools.lint.sources import PRODUCT

ROOT = Path(__file__).parents[2]
FURNISHED = ("labo.services", "labo.domain", "engine")
"""What is drawn with its rooms and the arrows between them."""


@dataclass(frozen=True, slots=True)
class Room:
    """A package or a module. `inside` are the packages it holds, by their last names."""

    name: str
    rule: str
    inside: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class House:
    """`layers` from the top as the import contract has them; the engine stands apart.

    Each graph of `arrows` has rooms' short names as nodes, and an edge from importer to imported.
    """

    layers: tuple[tuple[Room, ...], ...]
    engine: Room
    rooms: dict[str, dict[str, Room]]
    arrows: dict[str, nx.DiGraph[str]]


def read_house(root: Path = ROOT) -> House:
    """The house under `root`, whose packages must be the importable ones."""
    graph = grimp.build_graph(*PRODUCT, cache_dir=None)
    rooms = {
        name: {
            room.short: room
            for room in (_room(root, child) for child in sorted(graph.find_children(name)))
        }
        for name in FURNISHED
    }
    return House(
        layers=tuple(
            tuple(_room(root, name) for name in layer) for layer in _contract_layers(root)
        ),
        engine=_room(root, "engine"),
        rooms=rooms,
        arrows={name: _arrows(graph, name) for name in FURNISHED},
    )


def _contract_layers(root: Path) -> Iterator[list[str]]:
    """The layers of the product, from the top; what only works on it is left out."""
    config = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (
        each for each in config["tool"]["importlinter"]["contracts"] if each["id"] == "layers"
    )
    for layer in contract["layers"]:
        names = [name.strip() for name in layer.split("|")]
        product = [name for name in names if name.partition(".")[0] in PRODUCT]
        if product:
            yield product


def _room(root: Path, name: str) -> Room:
    folder = root.joinpath(*name.split("."))
    file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    rule = rule_of(ast.parse(file.read_text(encoding="utf-8")))
    inside = sorted(path.parent.name for path in folder.glob("*/__init__.py"))
    return Room(name, rule, tuple(inside))


def _arrows(graph: grimp.ImportGraph, container: str) -> nx.DiGraph[str]:
    """Who imports whom among the children of `container`, descendants included."""
    arrows: nx.DiGraph[str] = nx.DiGraph()
    prefix = container + "."
    arrows.add_nodes_from(
        name.removeprefix(prefix) for name in sorted(graph.find_children(container))
    )
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            if importer.startswith(prefix) and imported.startswith(prefix):
                one = importer.removeprefix(prefix).partition(".")[0]
                other = imported.removeprefix(prefix).partition(".")[0]
                if one != other:
                    arrows.add_edge(one, other)
    return arrows
