"""The page of walks names what is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "walks.md"
_STEP = re.compile(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|cypher))(?::([A-Za-z_.]+))?`")


def defined(file: Path, name: str) -> bool:
    """Whether the module defines `name`, a function, class or `Class.method`, at its top level."""
    body: list[ast.stmt] = ast.parse(file.read_text(encoding="utf-8")).body
    for part in name.split("."):
        found = [
            node
            for node in body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and node.name == part
        ]
        if not found:
            return False
        body = found[0].body
    return True


def missing(page: str) -> list[str]:
    """Each step of the page whose file, or whose name in it, does not exist."""
    return [
        f"{path}:{name}" if name else path
        for path, name in _STEP.findall(page)
        if not (ROOT / path).is_file() or (name and not defined(ROOT / path, name))
    ]


def test_every_step_exists() -> None:
    """A function that is renamed or moved takes its step along."""
    assert missing(PAGE.read_text(encoding="utf-8")) == []


def test_the_five_walks_are_there() -> None:
    """Each with its steps, the first one at a door of the house."""
    walks = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    first = [_STEP.findall(walk)[0][0] for walk in walks]

    assert len(walks) == 5
    assert all(len(_STEP.findall(walk)) >= 8 for walk in walks)
    assert {path.partition("/")[0] for path in first} <= {"api", "workers", "labo"}


@pytest.mark.parametrize(
    "step",
    [
        "graph/none.py:commit",
        "graph/events.py:comit",
        "graph/events.py:Events.fetch",
        "cypher/edges/find_none.cypher",
    ],
)
def test_finds_a_step_that_is_gone(step: str) -> None:
    """A wrong file, function or method is named."""
    assert missing(f"| 1 | `{step}` | – |") == [step]
