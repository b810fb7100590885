"""A backup takes the graph's place once it has proven itself; killed at any moment, one is whole.

The graph of a data folder is its folder `neo4j`. A restore builds another one beside it:

1. `neo4j.staged-*`: the backup is loaded there, started, and checked. Whatever fails, or a kill,
   leaves `neo4j` untouched; the next start removes what was staged.
2. `neo4j.checked`: it is proven, the swap begins.
3. `neo4j` → `neo4j.before-<time>`, then `neo4j.checked` → `neo4j`: between these two steps there is
   no `neo4j`, which the next start notices and completes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

from labo.errors import InvalidInput, Unavailable
from labo.stack.backup_file import DUMP, unpack_backup
from labo.stack.jars import default_jar_dir, ensure_jars
from labo.stack.neo4j_server import Neo4jProcess, prepare_neo4j, run_admin, start_neo4j
from labo.stack.private_files import stored_secret
from labo.stack.state import PASSWORD_FILE

HOME = "neo4j"
_STAGED = "neo4j.staged-"
_CHECKED = "neo4j.checked"
_KEPT = "neo4j.before-"

T = TypeVar("T")
GraphCheck = Callable[[Neo4jProcess], T]
"""What it finds in the loaded graph. Raises a LaboError for a graph that is not to be used."""


@dataclass(frozen=True)
class Restored(Generic[T]):
    """`kept` is the folder of the graph that was there before, None where there was none."""

    found: T
    is_verified: bool
    kept: Path | None


def restore(data_dir: Path, source: Path, check: GraphCheck[T]) -> Restored[T]:
    """Replace the graph by a backup that loads and passes `check`. The caller holds the folder.

    `InvalidInput` for a file that is not one; the graph is as before then, and after any error.
    """
    staged = data_dir / f"{_STAGED}{os.getpid()}"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(mode=0o700)
    try:
        found, is_verified = _load(data_dir, staged, source, check)
        staged.rename(data_dir / _CHECKED)
    except OSError as error:
        raise Unavailable(f"the backup cannot be loaded: {error}", where=str(data_dir)) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return Restored(found, is_verified, _swap(data_dir))


def finish_restore(data_dir: Path) -> str | None:
    """Complete or undo what a killed restore left; says what was done. The caller holds the
    folder."""
    for staged in data_dir.glob(f"{_STAGED}*"):
        shutil.rmtree(staged, ignore_errors=True)
    checked = data_dir / _CHECKED
    if not checked.is_dir():
        return None
    if (data_dir / HOME).exists():
        shutil.rmtree(checked)
        return "a restore was interrupted before it took place; the graph is the one before it"
    checked.rename(data_dir / HOME)
    _sync(data_dir)
    return "a restore was interrupted while it took place; it is complete now"


def kept_graphs(data_dir: Path) -> list[Path]:
    """The graphs that earlier restores set aside, the oldest first."""
    return sorted(data_dir.glob(f"{_KEPT}*"))


def _load(data_dir: Path, home: Path, source: Path, check: GraphCheck[T]) -> tuple[T, bool]:
    incoming = home / "incoming"
    incoming.mkdir(mode=0o700)
    manifest = unpack_backup(source, incoming)
    jars = ensure_jars(default_jar_dir())
    password = stored_secret(data_dir / PASSWORD_FILE)
    prepare_neo4j(home, jars, bolt_port=1, http_port=2, password=password)
    try:
        options = (f"--from-path={incoming}", "--overwrite-destination=true")
        run_admin(home, jars, "database", "load", "neo4j", *options)
        (incoming / DUMP).unlink()
        incoming.rmdir()
        server = start_neo4j(home, jars, password=password)
    except Unavailable as error:
        raise InvalidInput(
            f"Neo4j cannot use it: {error.message}",
            where=str(source),
            hint="the graph is as it was; take another backup",
        ) from error
    try:
        return check(server), manifest is not None
    finally:
        server.stop()


def _swap(data_dir: Path) -> Path | None:
    home, kept = data_dir / HOME, None
    if home.exists():
        kept = data_dir / f"{_KEPT}{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
        home.rename(kept)
    (data_dir / _CHECKED).rename(home)
    _sync(data_dir)
    return kept


def _sync(folder: Path) -> None:
    """Renames are on the disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
