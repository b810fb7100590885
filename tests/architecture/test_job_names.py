"""A task's name stands in one place: a sender that spells it anew sends what nobody runs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from labo.domain.entities.jobs import JobKind, PeriodicKind

ROOT = Path(__file__).parents[2]
NAMES = {kind.value for kind in (*JobKind, *PeriodicKind)}
SPELT = {"cypher/events/upsert_events.cypher": {JobKind.LINK_EVENTS.value}}
"""Events and their job are one statement for speed: its one name is held against the enum here."""
HOME = ROOT / "labo" / "domain" / "entities" / "jobs.py"


def literals(path: Path) -> set[str]:
    """Texts in a module, docstrings' words aside; in Cypher what is quoted."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".cypher":
        return set(re.findall(r"'([^']*)'", re.sub(r"//[^\n]*", "", text)))
    nodes = ast.walk(ast.parse(text))
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def test_no_task_is_named_by_a_literal() -> None:
    """Python says `JobKind`, Cypher gets it as a parameter."""
    packages = ("api", "benchmarks", "cypher", "graph", "labo", "workers")
    files = [
        path
        for package in packages
        for path in (ROOT / package).rglob("*")
        if path.suffix in (".py", ".cypher") and path != HOME
    ]
    spelt = {str(path.relative_to(ROOT)): literals(path) & NAMES for path in files}

    assert literals(HOME) >= NAMES
    assert {path: names for path, names in spelt.items() if names} == SPELT
