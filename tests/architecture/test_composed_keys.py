"""Texts of two parts are taken apart where they are put together, and nowhere else."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARKS = {":", "/", "@", "~"}
SPLITTING = {"partition", "rpartition", "split", "rsplit"}
HOMES = {
    "labo/domain/entities/keys.py",
    "labo/domain/entities/conditions.py",
    "labo/domain/governance/templates.py",
    "labo/domain/diagnosis/classification/feature_vectors.py",
    # addresses and ARNs that others wrote, no keys of ours
    "labo/domain/incidents/linking/resource_names.py",
    # URLs and lines of credential files, likewise
    "labo/domain/entities/masking/places.py",
    # offsets of clocks, likewise
    "labo/domain/telemetry/logs/zones.py",
}


def _splits(path: Path) -> list[str]:
    """Calls such as `key.partition(":")`, as file:line."""
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SPLITTING
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value in MARKS
    ]


def test_a_key_is_taken_apart_by_the_module_that_writes_it() -> None:
    """`component:metric` was split at the first colon in one place and at the last in another, so
    that a component such as `AWS::ECS` was found by some and lost by others."""
    files = [
        path for room in ("domain", "services") for path in (ROOT / "labo" / room).rglob("*.py")
    ]
    outside = [path for path in files if str(path.relative_to(ROOT)) not in HOMES]
    found = [where for path in sorted(outside) for where in _splits(path)]

    assert found == []
