"""Child processes that never outlive their parent, and probes that return why one is not ready."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from labo.errors import Unavailable

Probe = Callable[[], str | None]
"""None when ready, else why not, in words for an operator. Returns within about two seconds."""

_PR_SET_PDEATHSIG = 1
_FOR_THE_OWNER = 0o077  # the umask of children: what they write holds customers' telemetry
_SERVER_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH")
_libc = ctypes.CDLL(None)


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    parent_death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, its output appended to `log`.

    The kernel sends `parent_death_signal` when the calling *thread* ends, so call it from the
    main thread. A session of its own keeps a terminal's Ctrl-C for the caller, who then stops its
    children in order.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            start_new_session=True,
            umask=_FOR_THE_OWNER,
            preexec_fn=_bound_to_parent(parent_death_signal),
        )
    except OSError as error:
        raise Unavailable(f"cannot start {command[0]}: {error.strerror}") from error
    finally:
        os.close(descriptor)


def _bound_to_parent(parent_death_signal: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def bind() -> None:
        # Runs between fork and exec: only calls into a library that is already loaded.
        _libc.prctl(_PR_SET_PDEATHSIG, int(parent_death_signal))
        if os.getppid() != parent:
            os._exit(1)

    return bind


def stop(process: subprocess.Popen[bytes], *, timeout_s: float = 10) -> bool:
    """SIGTERM, then after `timeout_s` SIGKILL; what is left of its session goes too.

    True when the process ended by itself in time.
    """
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout_s)
        in_time = True
    except subprocess.TimeoutExpired:
        in_time = False
    kill_group(process.pid)
    process.wait()
    return in_time


def kill_group(leader: int) -> None:
    """Kill whatever is left of the process group that `leader` led."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_until_ready(
    probe: Probe,
    process: subprocess.Popen[bytes],
    *,
    name: str,
    log: Path,
    timeout_s: float = 60,
) -> None:
    """Return once `probe` is content; `Unavailable` with the log's tail when it never is."""
    deadline = time.monotonic() + timeout_s
    while (reason := probe()) is not None:
        if process.poll() is not None:
            raise Unavailable(
                f"{name} ended with code {process.returncode}\n{tail(log)}", hint=f"see {log}"
            )
        if time.monotonic() > deadline:
            raise Unavailable(
                f"{name} is not ready after {timeout_s:.0f} s: {reason}\n{tail(log)}",
                hint=f"see {log}",
            )
        time.sleep(0.05)


def run_to_end(command: Sequence[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a tool and capture what it prints; the files that it makes are the owner's alone."""
    return subprocess.run(
        list(command),
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        umask=_FOR_THE_OWNER,
        preexec_fn=_bound_to_parent(signal.SIGKILL),
    )


def server_environment() -> dict[str, str]:
    """What servers and tools that are not ours get of the environment: no setting, no secret."""
    return {name: os.environ[name] for name in _SERVER_ENVIRONMENT if name in os.environ}


def tail(log: Path, lines: int = 15) -> str:
    """The last `lines` lines of a log file; empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 400 * lines))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def free_port() -> int:
    """A TCP port on the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_port_open(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something accepts TCP connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
