"""What runs on a data folder: `<data>/stack.json`, written by the supervisor, read by everyone.

The file holds ports, pids and URLs, and no secret; those lie beside it, readable by the owner.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

import psutil

from labo.errors import Unavailable

STATE_FILE = "stack.json"
PASSWORD_FILE = "neo4j.password"  # noqa: S105 - a file name
VALKEY_PASSWORD_FILE = "valkey.password"  # noqa: S105 - a file name
WORKING_FOLDER = "run"
"""Where every child works: empty, since Celery imports what lies in the working directory first."""

STACK_ID_VARIABLE = "LABO_STACK_ID"
READY_FILE_VARIABLE = "LABO_READY_FILE"
"""Names the file that a child writes once it is ready, where it can't be asked."""


class Phase(StrEnum):
    """Where a child stands. `DONE` is a one-shot that succeeded."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    BACKOFF = "backoff"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Ports:
    """TCP ports on the loopback interface."""

    bolt: int = 7687
    neo4j_http: int = 7474
    valkey: int = 6379
    api: int = 8080
    otlp_grpc: int = 4317


@dataclass(frozen=True)
class ChildState:
    """`started_at` is in epoch seconds; `detail` is why it isn't ready."""

    name: str
    phase: Phase
    pid: int | None = None
    started_at: float | None = None
    restarts: int = 0
    url: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class StackState:
    """One supervisor and its children. `failure` is set when a start was given up."""

    stack_id: str
    supervisor_pid: int
    supervisor_started_at: float
    ports: Ports
    urls: dict[str, str]
    children: tuple[ChildState, ...] = ()
    failure: str | None = None
    embeds_neo4j: bool = True
    embeds_redis: bool = True

    @property
    def is_ready(self) -> bool:
        return bool(self.children) and all(
            child.phase in (Phase.READY, Phase.DONE) for child in self.children
        )

    @property
    def is_supervised(self) -> bool:
        """Whether the supervisor that wrote this is alive; a reused pid does not count."""
        return is_process(self.supervisor_pid, self.supervisor_started_at)


def write_state(data_dir: Path, state: StackState) -> None:
    """Replace the file in one step, so that a reader never sees half of it."""
    partial = data_dir / f".{STATE_FILE}.{os.getpid()}"
    partial.write_text(json.dumps(asdict(state), indent=1) + "\n")
    partial.replace(data_dir / STATE_FILE)


def read_state(data_dir: Path) -> StackState | None:
    """The last state written, whether or not anything runs; None when there is none."""
    try:
        raw = json.loads((data_dir / STATE_FILE).read_text())
        children = tuple(
            replace(ChildState(**child), phase=Phase(child["phase"])) for child in raw["children"]
        )
        return StackState(**(raw | {"ports": Ports(**raw["ports"]), "children": children}))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(
            f"the state file is unreadable: {error}",
            where=str(data_dir / STATE_FILE),
            hint="stop what still runs, delete the file, and start again with `labo up`",
        ) from error


def running(data_dir: Path) -> StackState | None:
    """The state of the stack that runs on this folder now; None when none does."""
    state = read_state(data_dir)
    return state if state and state.is_supervised else None


def connection_env(data_dir: Path) -> dict[str, str]:
    """The settings, as environment, that reach the stack running on this folder.

    Parts that are not embedded are left out: their coordinates are the caller's own. Raises
    `Unavailable` when nothing runs.
    """
    state = running(data_dir)
    if state is None:
        raise Unavailable(
            "no stack runs on this data folder", where=str(data_dir), hint="start it with `labo up`"
        )
    return stack_env(data_dir, state)


def stack_env(data_dir: Path, state: StackState) -> dict[str, str]:
    """Data folder, API address, and the coordinates of what is embedded."""
    env = {"LABO_DATA_DIR": str(data_dir.resolve()), "LABO_API__PORT": str(state.ports.api)}
    neo4j_password = stored_password(data_dir)
    if state.embeds_neo4j and neo4j_password:
        env["LABO_NEO4J__URI"] = f"bolt://127.0.0.1:{state.ports.bolt}"
        env["LABO_NEO4J__USER"] = "neo4j"
        env["LABO_NEO4J__PASSWORD"] = neo4j_password
        env["LABO_NEO4J__DATABASE"] = "neo4j"
    if state.embeds_redis:
        password = stored_password(data_dir, VALKEY_PASSWORD_FILE)
        env["LABO_REDIS__URL"] = valkey_url(state.ports.valkey, password)
    return env


def valkey_url(port: int, password: str | None) -> str:
    """Of the embedded server; without a password only where an older Labo started it."""
    login = f":{quote(password, safe='')}@" if password else ""
    return f"redis://{login}127.0.0.1:{port}/0"


def stored_password(data_dir: Path, file: str = PASSWORD_FILE) -> str | None:
    """The embedded Neo4j's password, or that in another `file`; None before the first start."""
    try:
        return (data_dir / file).read_text().strip()
    except FileNotFoundError:
        return None


def is_process(pid: int, started_at: float) -> bool:
    """Whether `pid` is alive and is the process that started then, not a later one."""
    try:
        process = psutil.Process(pid)
        alive = process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        return alive and abs(process.create_time() - started_at) < 1
    except psutil.Error:
        return False
