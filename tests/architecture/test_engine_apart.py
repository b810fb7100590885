"""Teacher and pupil stay apart: Labo neither imports the engine nor knows of its truth, be it the
file of a run or the true mechanisms of a system."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LABO = ("api", "graph", "workers", "labo")
WORDS = ("truth", "mechanisms")
READERS = {"engine/cli/mechanisms.py"}
"""Modules of the engine that use its true mechanisms: the command that prints them."""


def modules(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    """Root packages that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def docstrings(tree: ast.AST) -> set[ast.AST]:
    """Texts that are a statement by themselves: nothing reads them."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def names_the_truth(text: str) -> list[int]:
    """Lines on which code, not its comments, names the truth in a text or a name."""
    if not any(word in text.lower() for word in WORDS):
        return []
    tree = ast.parse(text)
    silent = docstrings(tree)
    found = []
    for node in ast.walk(tree):
        named = ""
        if isinstance(node, ast.Constant) and node not in silent and isinstance(node.value, str):
            named = node.value
        elif isinstance(node, ast.Name):
            named = node.id
        elif isinstance(node, ast.Attribute):
            named = node.attr
        elif isinstance(node, ast.alias | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            named = node.name
        elif isinstance(node, ast.arg | ast.keyword):
            named = node.arg or ""
        if any(word in named.lower() for word in WORDS):
            found.append(getattr(node, "lineno", 0))
    return sorted(found)


def test_no_module_of_labo_imports_the_engine_or_names_its_truth() -> None:
    """Neither `import engine`, nor a path, option or module name with the word in it."""
    texts = {path: path.read_text(encoding="utf-8") for path in modules(*LABO)}
    importing = [
        path
        for path, text in texts.items()
        if "engine" in text and "engine" in imported(ast.parse(text))
    ]
    naming = {str(path): lines for path, text in texts.items() if (lines := names_the_truth(text))}

    assert len(texts) > 100
    assert (importing, naming) == ([], {})


def test_the_engine_imports_nothing_of_labo() -> None:
    """It is a system like any other, which happens to run here."""
    foreign = {
        str(path): found
        for path in modules("engine")
        if (found := {*imported(ast.parse(path.read_text(encoding="utf-8")))} & {*LABO, "neo4j"})
    }
    assert foreign == {}


def test_no_part_of_the_engine_that_labo_starts_knows_the_mechanisms() -> None:
    """Only the command that prints them imports them; runs, arms and senders do not."""
    measurement = {
        path.relative_to(ROOT).as_posix()
        for path in modules("engine")
        if "engine.mechanisms" in path.read_text(encoding="utf-8")
    }
    own = {name for name in measurement if name.startswith("engine/mechanisms/")}

    assert measurement - own == READERS


@pytest.mark.parametrize(
    "text",
    [
        'open("truth.json")',
        'subprocess.run(["python", "-m", "engine", "mechanisms", "streaming"])',
        "from engine.mechanisms.truth import mechanisms",
        'subprocess.run(["python", "-m", "engine.cli.truth"])',
        "from engine.cli.truth import write_truth",
        "def score(truth): ...",
        "run(truth_file=1)",
        "settings.truth_path",
    ],
)
def test_the_check_sees_each_way_of_naming_it(text: str) -> None:
    """Texts, modules, arguments, keywords and attributes."""
    assert names_the_truth(text) != []


def test_comments_and_docstrings_may_use_the_word() -> None:
    """They are read by people only."""
    assert names_the_truth('"""Guards the truth."""  # the truth\nx = 1') == []
