"""What was begun and how it ended, on disk: for executors whose other side remembers no id.

One file an id, made before anything is begun and locked while its process lives. So an id that was
begun and has neither an end nor a holder is UNKNOWN, whatever killed the process.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from labo.adapters.executor.reports import Unreadable, read_object, read_report, unknown
from labo.domain.escalation.executions import ExecutionReport

Note = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """`note` is what the executor needs to go on; `report` is how it ended, None until then."""

    note: Note
    report: ExecutionReport | None
    is_held: bool
    """By a process that still works on it."""


class Held:
    """A record that this process works on."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def end(self, report: ExecutionReport) -> ExecutionReport:
        """Record how it ended; the report itself."""
        outcome = {
            "status": report.status.value,
            "detail": report.detail,
            "before": dict(report.before),
        }
        self._append({"report": outcome})
        return report

    def note(self, note: Note) -> None:
        """Record what is needed to go on."""
        self._append({"note": dict(note)})

    def _append(self, line: Mapping[str, object]) -> None:
        os.write(self._descriptor, json.dumps(line).encode() + b"\n")
        os.fsync(self._descriptor)


class Records:
    """The records of one executor. Only processes that share the folder share what was begun."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def begin(self, key: str) -> Iterator[Held | None]:
        """Hold a new record; None where there is one by this key. Raises OSError: nothing may be
        begun then."""
        path = self._path(key)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o600)
        except FileExistsError:
            yield None
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.fsync(descriptor)
            _sync_folder(self._folder)
            yield Held(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def resume(self, key: str) -> Iterator[Held | None]:
        """Hold a record that nobody holds; None where it is held, or not there."""
        try:
            descriptor = os.open(self._path(key), os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        except FileNotFoundError:
            yield None
            return
        try:
            yield Held(descriptor) if _is_locked(descriptor) else None
        finally:
            os.close(descriptor)

    def find(self, key: str) -> Record | None:
        """What is known of a key; None where it was never begun. Raises OSError."""
        try:
            descriptor = os.open(self._path(key), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            is_held = not _is_locked(descriptor, fcntl.LOCK_SH)
            return _read(file.read().splitlines(), is_held=is_held)

    def _path(self, key: str) -> Path:
        # An id is foreign text as far as a file's name goes.
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.jsonl"


def _is_locked(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    """Whether we have the lock now."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(lines: list[bytes], *, is_held: bool) -> Record:
    note: dict[str, str] = {}
    report = None
    for line in lines:
        try:
            part = read_object(line)
            found = part.get("note")
            if isinstance(found, dict):
                note = {str(name): str(value) for name, value in found.items()}
            elif "report" in part:
                report = read_report(json.dumps(part["report"]).encode())
        except Unreadable:  # the last line of a process that was killed as it wrote
            report = unknown("its record was cut off")
    return Record(note, report, is_held)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
