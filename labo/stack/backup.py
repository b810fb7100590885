"""The embedded graph as one file: dumped by Neo4j's own admin command, offline, and put back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from labo.errors import Conflict, NotFound
from labo.stack.backup_file import DUMP, write_backup
from labo.stack.jars import default_jar_dir, ensure_jars
from labo.stack.neo4j_server import is_initialised, run_admin
from labo.stack.ownership import end_leftovers, hold_data_folder
from labo.stack.restore import HOME, GraphCheck, Restored, T, finish_restore, restore
from labo.stack.state import PASSWORD_FILE, read_state


def dump_graph(data_dir: Path, target: Path) -> int:
    """Write the graph of a stopped stack to `target`; returns its size in bytes.

    The file appears when it is whole, readable by its owner alone. `Conflict` when the stack runs
    or the file exists, `NotFound` when there is no graph.
    """
    if target.exists():
        raise Conflict("the file exists already", where=str(target))
    with _stopped(data_dir), _folder_beside(target) as folder:
        home = data_dir / HOME
        if not is_initialised(home):
            raise NotFound(
                "there is no embedded graph in this data folder",
                where=str(data_dir),
                hint="start and stop it once with `labo up` and `labo down`",
            )
        where = f"--to-path={folder}"
        run_admin(home, ensure_jars(default_jar_dir()), "database", "dump", "neo4j", where)
        write_backup(folder / DUMP, folder / "packed", version=version("labo"))
        (folder / "packed").rename(target)
    return target.stat().st_size


def load_graph(data_dir: Path, source: Path, check: GraphCheck[T]) -> Restored[T]:
    """Replace the graph of a stopped stack, or of a new folder, by a backup that passes `check`.

    The graph before it stays beside the new one. `InvalidInput`, `Conflict` or `Unavailable` when
    the backup can't be used: then nothing has changed.
    """
    if not source.is_file():
        raise NotFound("there is no such file", where=str(source))
    with _stopped(data_dir):
        refuse_lost_password(data_dir)
        return restore(data_dir, source, check)


def refuse_lost_password(folder: Path) -> None:
    """`NotFound` for a graph that could only be started to be refused."""
    if is_initialised(folder / HOME) and not (folder / PASSWORD_FILE).exists():
        raise NotFound(
            "the graph's password file is gone",
            where=str(folder / PASSWORD_FILE),
            hint=f"put it back, or move the folder `{HOME}` beside it away to start afresh",
        )


@contextmanager
def _stopped(data_dir: Path) -> Iterator[None]:
    """While nobody else can start it; what a killed stack or restore left is put in order."""
    with hold_data_folder(data_dir):
        state = read_state(data_dir)
        if state:
            end_leftovers(state.stack_id)
        finish_restore(data_dir)
        yield


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """On the same file system, so that a move is one step."""
    parent = path.resolve().parent
    if not parent.is_dir():
        raise NotFound("there is no such folder", where=str(parent))
    with tempfile.TemporaryDirectory(prefix=".labo-", dir=parent) as folder:
        yield Path(folder)
