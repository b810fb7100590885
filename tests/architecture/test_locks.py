"""The lock files pin everything by hash, name no index, and belong together."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.lint.sources import project_sources

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def pinned(lock: str) -> dict[str, str]:
    """Version by package; raises when a line is no exact pin with at least one hash."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    versions = {}
    for line in text.splitlines():
        head, *hashes = line.split("--hash=sha256:")
        requirement = Requirement(head.strip())
        (exact,) = requirement.specifier
        assert (exact.operator, requirement.extras) == ("==", set()), line
        assert hashes, line
        assert all(re.fullmatch(r"[0-9a-f]{64}\s*", each) for each in hashes), line
        versions[canonicalize_name(requirement.name)] = exact.version
    return versions


@pytest.mark.parametrize("lock", [*LOCKS, "tools/package-lock.json"])
def test_a_lock_names_no_place(lock: str) -> None:
    """Where a package comes from is the machine's matter: no URL, no index, no folder."""
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert re.findall(r"://|--index|--extra-index|--find-links|\"resolved\"", text) == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    """Every dependency, and the build backend, is pinned at a version that is allowed."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = config["project"]["optional-dependencies"]
    runtime = [
        *config["project"]["dependencies"],
        *config["build-system"]["requires"],
        *extras["postgres"],
    ]
    for lock, asked in zip(LOCKS, (runtime, [*runtime, *extras["dev"]]), strict=True):
        versions = pinned(lock)
        for requirement in map(Requirement, asked):
            assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)])


def test_everything_imported_is_declared() -> None:
    """A package that merely came along with another may leave with it: each import is declared,
    by the product itself or by one of its extras."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = config["project"]["optional-dependencies"]
    asked = [*config["project"]["dependencies"], "labo"]
    asked += [each for extra, names in extras.items() if extra != "dev" for each in names]
    declared = {canonicalize_name(Requirement(each).name) for each in asked}
    owners = packages_distributions()

    undeclared = {
        (source.path, name)
        for source in project_sources(ROOT)
        if source.is_product
        for name in imported(source.tree)
        if name in owners and not {canonicalize_name(each) for each in owners[name]} & declared
    }
    assert undeclared == set()


def imported(tree: ast.Module) -> Iterator[str]:
    """The first part of every module that is imported by its full name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_the_development_lock_adds_to_the_runtime_lock() -> None:
    """What is tested is what is shipped: shared packages have one version."""
    runtime, development = map(pinned, LOCKS)

    assert {name: development.get(name) for name in runtime} == runtime


def test_the_node_lock_pins_by_hash() -> None:
    """Each package of the Cypher lint has an integrity hash, the parser one exact version."""
    wanted = json.loads((ROOT / "tools/package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "tools/package-lock.json").read_text(encoding="utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}

    assert [name for name, each in packages.items() if "integrity" not in each] == []
    for name, version in wanted["dependencies"].items():
        assert packages[f"node_modules/{name}"]["version"] == version
