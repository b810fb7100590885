"""The import contracts of pyproject.toml hold, and they refuse what the design forbids."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
FRAME = (
    "api", "engine", "graph", "workers", "labo", "labo/adapters", "labo/bootstrap", "labo/cli",
    "labo/domain", "labo/errors", "labo/logs", "labo/ports", "labo/prompts", "labo/services",
    "labo/settings", "labo/stack",
)  # fmt: skip
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
    """Run the project's contracts over an empty frame that holds these imports only."""
    for module in FRAME:
        (folder / module).mkdir(parents=True, exist_ok=True)
        (folder / module / "__init__.py").touch()
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


def test_an_empty_frame_keeps_every_contract(tmp_path: Path) -> None:
    """The contracts refuse imports, not folders."""
    result = lint_imports(tmp_path, {})
    assert (result.returncode, "0 broken" in result.stdout) == (0, True), result.stdout


def test_refuses_imports_that_point_up_or_sideways(tmp_path: Path) -> None:
    """Each layer that imports a higher one, or its sibling, is named."""
    result = lint_imports(tmp_path, FORBIDDEN)

    seen = {
        f"{importer.replace('/', '.')} -> {imported}" in result.stdout
        for importer, imported in FORBIDDEN.items()
    }
    assert (result.returncode, seen) == (1, {True}), result.stdout


def test_refuses_foreign_packages_where_they_do_not_belong(tmp_path: Path) -> None:
    """neo4j outside graph, frameworks in the core, settings and adapters below bootstrap."""
    result = lint_imports(tmp_path, FORBIDDEN_OUTSIDE)

    missing = [
        importer
        for importer, imported in FORBIDDEN_OUTSIDE.items()
        if f"{importer.replace('/', '.')} -> {imported}" not in result.stdout
    ]
    assert (result.returncode, missing) == (1, []), result.stdout


def test_no_root_folder_is_named_like_a_dependency() -> None:
    """A root package called like an installed one would shadow it, or be shadowed by it."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = config["tool"]["setuptools"]["packages"]["find"]["include"]
    installed = packages_distributions()

    owners = {pattern: set(installed.get(pattern.rstrip("*"), ())) for pattern in patterns}
    assert {name: found for name, found in owners.items() if found - {"labo"}} == {}
