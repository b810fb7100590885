"""Every part of the product: Python packages of the lock that are installed, and the jars."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packageurl import PackageURL
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
_PINNED = re.compile(r"^[A-Za-z0-9][^ ]*==.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """`purl` names it everywhere (package URL); `sha256` of its one file, where it has one."""

    name: str
    version: str
    purl: PackageURL
    licence: str = ""
    sha256: str = ""


def python_parts(lock: str) -> list[Part]:
    """Of the text of a lock file, those whose marker holds here."""
    parts = []
    for line in _PINNED.findall(lock):
        requirement = Requirement(line.rstrip(" \\"))
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        name, version = requirement.name, str(requirement.specifier).removeprefix("==")
        purl = PackageURL("pypi", None, name.lower().replace("_", "-"), version)
        parts.append(Part(name, version, purl, _licence(name)))
    return parts


def jar_parts(lock: str) -> list[Part]:
    """Of the text of the lock of Neo4j's jars: `group:artifact:version[:classifier]`.

    >>> lock = '[jars]\\n"org.neo4j:neo4j:5.26.24" = { size = 1, sha256 = "ab" }'
    >>> [str(part.purl) for part in jar_parts(lock)]
    ['pkg:maven/org.neo4j/neo4j@5.26.24']
    """
    parts = []
    for coordinates, file in tomllib.loads(lock)["jars"].items():
        group, name, version, *classifier = coordinates.split(":")
        qualifiers = {"classifier": classifier[0]} if classifier else None
        purl = PackageURL("maven", group, name, version, qualifiers)
        parts.append(Part(name, version, purl, sha256=file["sha256"]))
    return parts


def all_parts() -> list[Part]:
    """Neo4j's browser is one of the jars; the product has no other files of a browser."""
    locks = (ROOT / "requirements.lock", ROOT / "labo" / "stack" / "neo4j.lock.toml")
    python, jars = (path.read_text("utf-8") for path in locks)
    return [*python_parts(python), *jar_parts(jars)]


def _licence(name: str) -> str:
    """An SPDX expression, where the installed package states one."""
    try:
        stated = metadata(name)
    except PackageNotFoundError:
        return ""
    named = "License-Expression"
    return stated[named] if named in stated else ""  # noqa: SIM401 - its type has no `get`
