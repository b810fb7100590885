"""Resolve the embedded Neo4j afresh and write `labo/stack/neo4j.lock.toml`.

Run by hand when the version changes: `python tools/lock_neo4j.py`. The resolver takes minutes and
does not honour its own lock, so the product fetches by the file written here instead.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import jgo

ENDPOINT = "org.neo4j:neo4j:5.26.24+org.neo4j.client:neo4j-browser:5.24.0"
LOCK = Path(__file__).parents[1] / "labo" / "stack" / "neo4j.lock.toml"


def coordinate(jar: Path, repository: Path) -> str:
    """`group:artifact:version[:classifier]` of a jar in a Maven repository folder."""
    *group, artifact, version, file = jar.relative_to(repository).parts
    classifier = file.removeprefix(f"{artifact}-{version}").removesuffix(".jar").removeprefix("-")
    return ":".join(filter(None, [".".join(group), artifact, version, classifier]))


def main() -> None:
    """Write one line per jar, sorted, with its size in bytes and its SHA-256."""
    names = {jar.name for jar in jgo.build(ENDPOINT).all_jars}
    repository = Path.home() / ".m2" / "repository"
    lines = []
    for jar in repository.rglob("*.jar"):
        if jar.name in names:
            content = jar.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            key = coordinate(jar, repository)
            lines.append(f'"{key}" = {{ size = {len(content)}, sha256 = "{digest}" }}')
    if len(lines) != len(names):
        raise SystemExit(f"{len(names)} jars resolved, {len(lines)} found in {repository}")
    head = f'# Written by tools/lock_neo4j.py\nendpoint = "{ENDPOINT}"\n\n[jars]\n'
    LOCK.write_text(head + "\n".join(sorted(lines)) + "\n")
    print(f"{len(lines)} jars written to {LOCK}")


if __name__ == "__main__":
    main()
