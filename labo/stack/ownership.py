"""Who holds a data folder, and what a killed supervisor left behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from labo.errors import Conflict
from labo.stack.state import STACK_ID_VARIABLE

_LOCK_FILE = "stack.lock"


@contextmanager
def hold_data_folder(data_dir: Path) -> Iterator[None]:
    """Hold the folder's lock for one supervisor; the kernel frees it however that one ends.

    `Conflict` names the process that holds it.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data_dir / _LOCK_FILE).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                f"the data folder is held by {_describe(data_dir)}",
                where=str(data_dir),
                hint="stop it with `labo down`, or choose another folder with --data",
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def holder(data_dir: Path) -> str | None:
    """A description of the process that holds the folder, None when it is free."""
    try:
        with (data_dir / _LOCK_FILE).open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return _describe(data_dir)
    return None


def _describe(data_dir: Path) -> str:
    try:
        pid = int((data_dir / _LOCK_FILE).read_text())
        return f"pid {pid} ({' '.join(psutil.Process(pid).cmdline())})"
    except (ValueError, OSError, psutil.Error):
        return "another process"


def processes_of(stack_id: str) -> list[psutil.Process]:
    """Every living process that was started inside this stack, grandchildren included.

    They are known by a variable in their environment, so a reused pid is never taken for ours.
    """
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    processes = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(STACK_ID_VARIABLE) == stack_id and process.pid not in own:
                processes.append(process)
        except (psutil.Error, OSError):
            continue  # gone meanwhile, or another user's
    return processes


def end_leftovers(stack_id: str, *, timeout_s: float = 10) -> list[int]:
    """End what a killed supervisor left of this stack; return the pids that were ended."""
    leftovers = processes_of(stack_id)
    for process in leftovers:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(leftovers, timeout=timeout_s)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=5)
    return [process.pid for process in leftovers]
