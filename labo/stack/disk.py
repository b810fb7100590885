"""Room on the disk: when to take nothing more, and what is kept back to recover with.

Three lines, from the top: below the reserve nothing more is taken in (the API answers 503); below
`FULL_BYTES` the supervisor gives up the file that it kept back, and starts no server again until
there is room, since one that starts on a full disk can leave a log that it can't read.
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from labo.errors import Unavailable

FULL_BYTES = 32 * 2**20
"""Recovery after a kill writes a checkpoint and a log file: some megabytes were seen."""
KEPT_BACK_BYTES = 64 * 2**20
"""Twice that: what `FULL_BYTES` asks for is there again once it is given up."""
_ROOM_TO_KEEP_BACK = 4 * KEPT_BACK_BYTES  # below it, the file would itself be the shortage
_LOOK_EVERY_S = 1.0  # a look costs two microseconds, but events come by the thousand a second
_RETRY_AFTER_S = 30  # room is made by people
_FILE = "kept-back"


def free_bytes(folder: Path) -> int:
    """What this user may still write on the folder's file system, which need not exist yet."""
    return shutil.disk_usage(existing_folder(folder)).free


def existing_folder(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())


@dataclass
class DiskReserve:
    """What the intake leaves free for the servers' own files. Cheap to ask often."""

    folder: Path
    reserve_bytes: int
    _looked_at: float = field(default=float("-inf"), init=False)
    _free: int = field(default=0, init=False)

    def check(self) -> None:
        """Raise Unavailable when less than the reserve is free."""
        now = time.monotonic()
        if now - self._looked_at > _LOOK_EVERY_S:
            self._free, self._looked_at = free_bytes(self.folder), now
        if self._free < self.reserve_bytes:
            kept = f"LABO_DISK__RESERVE_MB keeps {self.reserve_bytes / 1e6:.0f} MB free"
            raise Unavailable(
                "the disk is nearly full", hint=f"make room: {kept}", retry_after=_RETRY_AFTER_S
            )


class KeptBack:
    """A file that takes room while there is some, to be given up when there is none."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir
        self._file = data_dir / _FILE

    def step(self) -> str | None:
        """Keep room back or give it up; why no server may be started now, None when one may."""
        free = free_bytes(self._folder)
        if free < FULL_BYTES and self._file.exists():
            self._file.unlink()
            free = free_bytes(self._folder)
        elif free > _ROOM_TO_KEEP_BACK and not self._file.exists():
            self._take()
        if free < FULL_BYTES:
            return f"the disk is full: {free / 1e6:.0f} MB free at {self._folder}; make room"
        return None

    def _take(self) -> None:
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, KEPT_BACK_BYTES)
        except OSError:
            self._file.unlink()  # somebody else was quicker, or the file system can't
        finally:
            os.close(descriptor)
