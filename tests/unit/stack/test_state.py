"""The state file and what is read from it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from labo.errors import Unavailable
from labo.stack.state import (
    PASSWORD_FILE,
    VALKEY_PASSWORD_FILE,
    ChildState,
    Phase,
    Ports,
    StackState,
    connection_env,
    read_state,
    running,
    write_state,
)

CHILD = ChildState("api", Phase.READY, pid=7, started_at=1.5, restarts=2, url="http://x")


def a_state() -> StackState:
    return StackState(
        stack_id="s",
        supervisor_pid=os.getpid(),
        supervisor_started_at=psutil.Process().create_time(),
        ports=Ports(1, 2, 3, 4),
        urls={"GraphQL": "http://x/graphql"},
        children=(CHILD,),
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """The file keeps every field."""
    write_state(tmp_path, a_state())

    assert read_state(tmp_path) == a_state()


def test_nothing_runs_on_an_empty_folder(tmp_path: Path) -> None:
    """No file means no stack."""
    assert running(tmp_path) is None


def test_a_reused_pid_is_not_a_running_stack(tmp_path: Path) -> None:
    """A process with the recorded pid that started at another time is somebody else's."""
    write_state(tmp_path, replace(a_state(), supervisor_started_at=1.0))

    assert running(tmp_path) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"children": 3}', '{"children": [{"phase": 1}]}']
)
def test_unreadable_state_says_where(tmp_path: Path, text: str) -> None:
    """A damaged file is named, with what to do."""
    (tmp_path / "stack.json").write_text(text)

    with pytest.raises(Unavailable) as caught:
        read_state(tmp_path)

    assert caught.value.where == str(tmp_path / "stack.json")


def test_connection_names_what_is_embedded(tmp_path: Path) -> None:
    """A command learns the ports from the state and the password from its own file."""
    write_state(tmp_path, a_state())
    (tmp_path / PASSWORD_FILE).write_text("a-secret\n")
    (tmp_path / VALKEY_PASSWORD_FILE).write_text("another\n")

    assert connection_env(tmp_path) == {
        "LABO_DATA_DIR": str(tmp_path),
        "LABO_API__PORT": "4",
        "LABO_NEO4J__URI": "bolt://127.0.0.1:1",
        "LABO_NEO4J__USER": "neo4j",
        "LABO_NEO4J__PASSWORD": "a-secret",
        "LABO_NEO4J__DATABASE": "neo4j",
        "LABO_REDIS__URL": "redis://:another@127.0.0.1:3/0",
    }


def test_connection_leaves_out_what_runs_elsewhere(tmp_path: Path) -> None:
    """The operator's own coordinates are not overwritten."""
    write_state(tmp_path, replace(a_state(), embeds_neo4j=False, embeds_redis=False))

    assert connection_env(tmp_path).keys() == {"LABO_DATA_DIR", "LABO_API__PORT"}


def test_connection_to_nothing_says_how_to_start(tmp_path: Path) -> None:
    """Without a running stack the caller is told what to run."""
    with pytest.raises(Unavailable, match="labo up"):
        connection_env(tmp_path)


def test_ready_means_every_child(tmp_path: Path) -> None:
    """One child that starts again makes the stack not ready; a finished one-shot does not."""
    done = replace(CHILD, phase=Phase.DONE)

    assert replace(a_state(), children=(CHILD, done)).is_ready
    assert not replace(a_state(), children=(CHILD, replace(CHILD, phase=Phase.BACKOFF))).is_ready
    assert not replace(a_state(), children=()).is_ready
