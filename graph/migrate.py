"""Ordered, immutable schema changes, recorded with checksum and time on a `:Migration` chain.

Files are `migrations/V0001__name.cypher`, statements separated by `;` at a line's end, each
idempotent: a migration that died half-way is simply run again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from types import NoneType

from neo4j import AsyncDriver
from neo4j.exceptions import ClientError

from graph.client import Graph
from graph.failures import is_schema_race
from graph.statements import load
from labo.errors import Conflict

_NAME = re.compile(r"^V(\d{4})__([a-z0-9_]+)\.cypher$")


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    checksum: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AppliedMigration:
    version: int
    checksum: str


@dataclass(frozen=True, slots=True)
class GraphSize:
    """`migration` is the last that was applied."""

    nodes: int
    relationships: int
    migration: int


@dataclass(frozen=True, slots=True)
class _Count:
    kind: str
    count: int


FIND_SIZE = load("migrations/find_size", row=_Count)
FIND_APPLIED = load("migrations/find_applied", row=AppliedMigration)
UPSERT_APPLIED = load("migrations/upsert_applied", row=NoneType)


def available() -> tuple[Migration, ...]:
    """All migrations in order. Raises Conflict when a version is missing or named twice."""
    migrations = []
    for entry in files("migrations").iterdir():
        match = _NAME.match(entry.name)
        if match:
            text = entry.read_text(encoding="utf-8")
            checksum = hashlib.sha256(text.encode()).hexdigest()
            migrations.append(Migration(int(match[1]), match[2], checksum, _split(text)))
    migrations.sort(key=lambda migration: migration.version)
    if [m.version for m in migrations] != list(range(1, len(migrations) + 1)):
        raise Conflict("migration versions must be 1, 2, 3 … without gaps", where="migrations/")
    return tuple(migrations)


async def inspect(graph: Graph) -> GraphSize:
    """How much a graph holds and how far its schema is. Raises Conflict as `level` does."""
    applied = level(await graph.fetch(FIND_APPLIED))
    counts = {row.kind: row.count for row in await graph.fetch(FIND_SIZE)}
    return GraphSize(counts["nodes"], counts["relationships"], applied)


def level(applied: Sequence[AppliedMigration]) -> int:
    """The last migration that a graph records. Raises Conflict for one that this version of Labo
    can't use: another product's, a newer version's, one with an altered migration."""
    if not applied:
        raise Conflict("this graph was not made by Labo: it records no migration")
    known = {migration.version: migration for migration in available()}
    for row in applied:
        if row.version not in known:
            raise Conflict(
                f"this graph was made by a newer Labo: it has migration {row.version}, "
                f"this version knows {max(known)}"
            )
        if row.checksum != known[row.version].checksum:
            raise Conflict(f"migration {row.version} of this graph is not the one known here")
    return max(row.version for row in applied)


async def migrate(
    driver: AsyncDriver,
    graph: Graph,
    *,
    database: str = "neo4j",
    steps: Mapping[int, Callable[[], Awaitable[object]]] | None = None,
) -> list[int]:
    """Apply what is missing; return the applied versions. Safe to run twice at once.

    `steps` are what a version (its number) needs beyond Cypher: done after its statements and
    before it is recorded, hence again when it failed half-way. Raises Conflict when a recorded file
    has changed.
    """
    applied = {row.version: row.checksum for row in await graph.fetch(FIND_APPLIED)}
    done = []
    for migration in available():
        recorded = applied.get(migration.version)
        if recorded is not None and recorded != migration.checksum:
            raise Conflict(
                "this migration was changed after it was applied",
                where=f"migrations/V{migration.version:04d}__{migration.name}.cypher",
                hint="restore the file and write a new migration",
            )
        if recorded is None:
            await _apply(driver, database, migration)
            if steps and (step := steps.get(migration.version)):
                await step()
            await graph.execute(
                UPSERT_APPLIED,
                version=migration.version,
                name=migration.name,
                checksum=migration.checksum,
            )
            done.append(migration.version)
    return done


async def _apply(driver: AsyncDriver, database: str, migration: Migration) -> None:
    # Schema changes and data changes may not share a transaction, hence auto-commit per statement.
    async with driver.session(database=database) as session:
        for statement in migration.statements:
            try:
                result = await session.run(statement)
                await result.consume()
            except ClientError as error:
                if not is_schema_race(error):
                    raise


def _split(text: str) -> tuple[str, ...]:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("//"))
    parts = re.split(r";\s*(?:\n|$)", "\n".join(lines))
    return tuple(part.strip() for part in parts if part.strip())
