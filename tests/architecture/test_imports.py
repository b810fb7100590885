"""The import contracts of pyproject.toml hold, and they refuse what the design forbids."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
ROOTS = ("api", "benchmarks", "engine", "graph", "labo", "tests", "tools", "workers")
FORBIDDEN = {
    "labo/domain": "labo.services",
    "labo/ports": "graph",
    "labo/services": "labo.bootstrap",
    "labo/stack": "labo.adapters",
    "labo/adapters": "graph",
    "labo/bootstrap": "workers",
    "labo/cli": "api",
    "api": "workers",
    "engine": "labo.domain",
    "graph": "engine",
    "graph/edges": "benchmarks",
    "tools": "tests",
    "benchmarks": "api",
}
FORBIDDEN_BETWEEN_ROOMS = {
    "labo/domain/entities": "labo.domain.incidents",
    "labo/domain/causality": "labo.domain.incidents",
    "labo/domain/knowledge": "labo.domain.diagnosis",
    "labo/domain/detection": "labo.domain.knowledge",
    "labo/domain/learning": "labo.domain.escalation",
    "labo/domain/lab": "labo.domain.knowledge",
    "labo/domain/diagnosis/localisation": "labo.domain.diagnosis.classification",
    "labo/services/learning": "labo.services.knowledge",
    "labo/services/lab": "labo.services.incidents",
    "labo/adapters/llm": "labo.adapters.embedder",
    "labo/adapters/cases": "labo.adapters.engine",
    "labo/cli/lab": "labo.cli.metrics",
    "labo/cli/output": "labo.cli.stack",
    "engine/simulation": "engine.faults",
    "engine/description": "engine.generator",
    "workers/stream": "workers.tasks",
    "workers/runtime": "workers.app",
    "api/rest": "api.graphql",
}
FORBIDDEN_TO_EXPERTS = {
    "labo/prompts/expert_report": "labo.ports.executor",
    "labo/prompts/first_opinion": "labo.domain.escalation.decisions",
    "labo/adapters/llm/anthropic": "labo.ports.executor",
    "labo/services/escalation/reports": "labo.services.escalation.escalation",
    "labo/domain/escalation/reports": "labo.domain.escalation.decisions",
}
FORBIDDEN_OUTSIDE = {
    "api/errors": "neo4j",
    "labo/domain/keys": "pydantic",
    "labo/services/events": "celery",
    "labo/services/jobs": "labo.settings",
    "labo/services/llm": "labo.adapters",
    "labo/ports/llm": "httpx",
    "graph/cache": "redis",
}


def lint_imports(folder: Path, imports: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the project's contracts over its own tree, emptied of all but these imports."""
    for path in (path for root in ROOTS for path in (ROOT / root).rglob("*.py")):
        empty = folder / path.relative_to(ROOT)
        empty.parent.mkdir(parents=True, exist_ok=True)
        empty.touch()
    for module, imported in imports.items():
        target = folder / module
        file = target / "__init__.py" if target.is_dir() else target.with_suffix(".py")
        file.write_text(f"import {imported}\n", encoding="utf-8")
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--no-logo", "--config", ROOT / "pyproject.toml"],
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
    )


def unnamed(output: str, imports: dict[str, str]) -> list[str]:
    """Of the forbidden imports, those that the output does not name."""
    words = " ".join(output.split())  # long lines are wrapped
    arrows = [
        f"{importer.replace('/', '.')} -> {imported}" for importer, imported in imports.items()
    ]
    return [arrow for arrow in arrows if arrow not in words]


def test_an_empty_frame_keeps_every_contract(tmp_path: Path) -> None:
    """The contracts refuse imports, not folders."""
    result = lint_imports(tmp_path, {})
    assert (result.returncode, "0 broken" in result.stdout) == (0, True), result.stdout


@pytest.mark.parametrize(
    "imports",
    [FORBIDDEN, FORBIDDEN_BETWEEN_ROOMS, FORBIDDEN_TO_EXPERTS, FORBIDDEN_OUTSIDE],
    ids=["between layers", "between rooms", "to experts", "of foreign packages"],
)
def test_refuses_what_the_design_forbids(tmp_path: Path, imports: dict[str, str]) -> None:
    """Each import is named: of a higher layer or room, of a sibling, of what is known elsewhere."""
    result = lint_imports(tmp_path, imports)
    assert (result.returncode, unnamed(result.stdout, imports)) == (1, []), result.stdout


def test_refuses_a_circle_inside_a_room(tmp_path: Path) -> None:
    """Two modules of one room that import each other are refused too."""
    circle = {
        "labo/domain/incidents/events": "labo.domain.incidents.incidents",
        "labo/domain/incidents/incidents": "labo.domain.incidents.events",
    }
    result = lint_imports(tmp_path, circle)
    assert result.returncode == 1
    assert "No cycles are allowed in labo.domain.incidents." in result.stdout


def test_a_new_room_must_find_its_floor(tmp_path: Path) -> None:
    """A folder that no contract names is refused; one whose name was given beforehand is not."""
    rooms = ("labo/domain/weather", "labo/services/weather", "labo/adapters/weather")
    for room in ("labo/domain/governance", *rooms):
        (tmp_path / room).mkdir(parents=True)
        (tmp_path / room / "__init__.py").touch()

    result = lint_imports(tmp_path, {})

    assert result.returncode == 1
    assert [room for room in rooms if f"- {room.replace('/', '.')}" not in result.stdout] == []
    assert "governance" not in result.stdout


def test_no_root_folder_is_named_like_a_dependency() -> None:
    """A root package called like an installed one would shadow it, or be shadowed by it."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = config["tool"]["setuptools"]["packages"]["find"]["include"]
    installed = packages_distributions()

    owners = {pattern: set(installed.get(pattern.rstrip("*"), ())) for pattern in patterns}
    assert {name: found for name, found in owners.items() if found - {"labo"}} == {}
