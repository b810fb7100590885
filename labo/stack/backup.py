"""The embedded graph as one file: dumped and loaded by Neo4j's own admin command, offline."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labo.errors import Conflict, NotFound
from labo.stack.jars import default_jar_dir, ensure_jars
from labo.stack.neo4j_server import is_initialised, run_admin
from labo.stack.ownership import end_leftovers, hold_data_folder
from labo.stack.state import read_state

_DUMP = "neo4j.dump"  # the admin command takes folders and chooses the name itself


def dump_graph(data_dir: Path, target: Path) -> int:
    """Write the graph of a stopped stack to `target`; returns its size in bytes.

    `Conflict` when the stack runs or the file exists, `NotFound` when there is no graph.
    """
    if target.exists():
        raise Conflict("the file exists already", where=str(target))
    with _stopped_graph(data_dir) as home, _folder_beside(target) as folder:
        where = f"--to-path={folder}"
        run_admin(home, ensure_jars(default_jar_dir()), "database", "dump", "neo4j", where)
        (folder / _DUMP).replace(target)
    return target.stat().st_size


def load_graph(data_dir: Path, source: Path) -> None:
    """Replace the graph of a stopped stack by a dump. What was in the graph is gone."""
    if not source.is_file():
        raise NotFound("there is no such file", where=str(source))
    with _stopped_graph(data_dir) as home, _folder_beside(home) as folder:
        shutil.copyfile(source, folder / _DUMP)
        options = (f"--from-path={folder}", "--overwrite-destination=true")
        run_admin(home, ensure_jars(default_jar_dir()), "database", "load", "neo4j", *options)


@contextmanager
def _stopped_graph(data_dir: Path) -> Iterator[Path]:
    """The home of Neo4j while nobody else can start it."""
    home = data_dir / "neo4j"
    if not is_initialised(home):
        raise NotFound(
            "there is no embedded graph in this data folder",
            where=str(data_dir),
            hint="start and stop it once with `labo up` and `labo down`",
        )
    with hold_data_folder(data_dir):
        state = read_state(data_dir)
        if state:
            end_leftovers(state.stack_id)
        yield home


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """On the same file system, so that a move is one step."""
    parent = path.resolve().parent
    if not parent.is_dir():
        raise NotFound("there is no such folder", where=str(parent))
    with tempfile.TemporaryDirectory(prefix=".labo-", dir=parent) as folder:
        yield Path(folder)
