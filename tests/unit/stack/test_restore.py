"""A restore that is killed at any step leaves one whole graph: the old one or the new one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labo.stack import restore as restoring
from labo.stack.restore import finish_restore, kept_graphs


def graph(folder: Path, content: str) -> None:
    folder.mkdir()
    (folder / "content").write_text(content)


def content(data_dir: Path) -> str:
    return (data_dir / "neo4j" / "content").read_text()


def swap_until(data_dir: Path, steps: int) -> None:
    """Swap in a process that is gone after so many renames."""
    pid = os.fork()
    if pid == 0:
        rename, done = Path.rename, 0

        def dying(self: Path, target: Path) -> Path:
            nonlocal done
            if done == steps:
                os._exit(9)
            done += 1
            return rename(self, target)

        Path.rename = dying  # type: ignore[method-assign]
        restoring._swap(data_dir)
        os._exit(0)
    os.waitpid(pid, 0)


@pytest.mark.parametrize(("steps", "left"), [(0, "old"), (1, "new"), (2, "new")])
def test_a_kill_between_any_two_steps_leaves_one_whole_graph(
    tmp_path: Path, steps: int, left: str
) -> None:
    """Before the first rename it is the old graph, after it the new one; the old one is kept."""
    graph(tmp_path / "neo4j", "old")
    graph(tmp_path / "neo4j.checked", "new")

    swap_until(tmp_path, steps)
    finish_restore(tmp_path)

    assert content(tmp_path) == left
    assert not (tmp_path / "neo4j.checked").exists()
    assert [(kept / "content").read_text() for kept in kept_graphs(tmp_path)] == (
        [] if left == "old" else ["old"]
    )
    assert finish_restore(tmp_path) is None


def test_what_was_staged_is_removed(tmp_path: Path) -> None:
    """A graph that was not proven when the process was killed is no graph."""
    graph(tmp_path / "neo4j", "old")
    graph(tmp_path / "neo4j.staged-1", "unproven")

    assert finish_restore(tmp_path) is None

    assert content(tmp_path) == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["neo4j"]


def test_an_interrupted_restore_is_reported(tmp_path: Path) -> None:
    """Whether it took place or not."""
    graph(tmp_path / "neo4j.checked", "new")
    assert finish_restore(tmp_path) == (
        "a restore was interrupted while it took place; it is complete now"
    )
    graph(tmp_path / "neo4j.checked", "newer")
    assert finish_restore(tmp_path) == (
        "a restore was interrupted before it took place; the graph is the one before it"
    )
    assert content(tmp_path) == "new"
