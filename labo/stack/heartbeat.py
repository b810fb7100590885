"""What a child of ours says about its work, in the file that `READY_FILE_VARIABLE` names.

A record of fixed length, written in place: that needs no room on a full disk. Times are seconds of
the machine's monotonic clock, which its processes share and nobody sets.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from labo.stack.state import READY_FILE_VARIABLE

BEAT_EVERY_S = 5
_RECORD_BYTES = 4_096
_MAX_TEXT = 500


@dataclass(frozen=True)
class Heartbeat:
    """`done` counts what was finished since the start; `waiting` was taken and is not finished.

    `moved_at`: when something was last finished, or nothing waited. `done_at`: when something was
    last finished, at first the start. `ticked_at`: the schedule's last round, where it runs here.
    A process that knows more says what its work consists of (`detail`), why only a restart helps
    (`stuck`) and what else is wrong (`trouble`).
    """

    at: float
    done: int
    waiting: int
    moved_at: float
    done_at: float
    ticked_at: float | None = None
    detail: str = ""
    stuck: str = ""
    trouble: str = ""


class Pulse:
    """Writes the heartbeat of this process; nothing where no supervisor waits for it."""

    def __init__(self) -> None:
        name = os.environ.get(READY_FILE_VARIABLE)
        self._file = Path(name) if name else None
        now = time.monotonic()
        self._last = Heartbeat(now, 0, 0, now, now)

    def beat(
        self, *, done: int = 0, waiting: int = 0, ticked_at: float | None = None, **said: str
    ) -> None:
        """Write where the work stands; `said` are a heartbeat's texts. The first one says that the
        process is ready."""
        now, last = time.monotonic(), self._last
        done_at = now if done != last.done else last.done_at
        moved_at = now if done != last.done or not waiting else last.moved_at
        texts = {name: text[:_MAX_TEXT] for name, text in said.items()}
        self._last = Heartbeat(now, done, waiting, moved_at, done_at, ticked_at, **texts)
        if self._file is not None:
            record = json.dumps(asdict(self._last)).encode().ljust(_RECORD_BYTES)
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.pwrite(descriptor, record, 0)
            finally:
                os.close(descriptor)


def read_heartbeat(file: Path) -> Heartbeat | None:
    """The last one; None before the first, and of a process that says only that it is ready."""
    try:
        return Heartbeat(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None
