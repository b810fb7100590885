"""`labo up --detach`: start the supervisor in the background and wait until all is ready."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from labo.children import python_module
from labo.cli.output import error_console, fetch_progress
from labo.errors import Conflict, Unavailable
from labo.stack.jars import are_fetched, default_jar_dir, ensure_jars
from labo.stack.launch import StackRequest
from labo.stack.ownership import holder
from labo.stack.processes import tail
from labo.stack.rotation import log_file
from labo.stack.state import Phase, StackState, read_state
from labo.stack.supervisor import Observer


def start_detached(request: StackRequest, *, observe: Observer) -> StackState:
    """Return the state of a stack that is ready; `Unavailable` names the child that failed and
    why."""
    if held_by := holder(request.data_dir):
        raise Conflict(
            f"the data folder is held by {held_by}",
            where=str(request.data_dir),
            hint="stop it with `labo down`, or choose another folder with --data",
        )
    # Fetched here, to show how far it is; what is there, the supervisor verifies.
    if not request.neo4j_uri and not are_fetched(default_jar_dir()):
        with fetch_progress("Fetching Neo4j") as on_fetch:
            ensure_jars(default_jar_dir(), on_progress=on_fetch)
    log = log_file(request.data_dir, "supervisor")
    process = _spawn(request, log)
    try:
        state = _await_ready(request.data_dir, process, log, observe)
    except KeyboardInterrupt:
        error_console.print("\nStopping what was started; this takes some seconds.")
        process.terminate()
        process.wait()
        raise
    # It is meant to outlive this process; without a code the interpreter would warn about that.
    process.returncode = 0
    return state


def _await_ready(
    data_dir: Path, process: subprocess.Popen[bytes], log: Path, observe: Observer
) -> StackState:
    seen: dict[str, Phase] = {}
    while True:
        # Checked first, so that the state read next is the last one of a process that ended.
        has_ended = process.poll() is not None
        state = read_state(data_dir)
        if state and state.supervisor_pid == process.pid:
            if has_ended and state.failure:
                raise Unavailable(state.failure)
            for child in state.children:
                if seen.get(child.name) is not child.phase and child.phase is not Phase.STOPPED:
                    seen[child.name] = child.phase
                    observe(child)
            if state.is_ready and not has_ended:
                return state
        if has_ended:
            raise Unavailable(f"the start failed\n{tail(log)}", hint=f"see {log}")
        time.sleep(0.1)


def _spawn(request: StackRequest, log: Path) -> subprocess.Popen[bytes]:
    request.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    log.parent.mkdir(mode=0o700, exist_ok=True)
    words = ["up", "--no-banner", "--data", str(request.data_dir.resolve())]
    words += ["--ports", request.port_choice.value, *["--light"] * request.is_light]
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            python_module("labo.cli.main", *words),
            cwd=request.data_dir,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
