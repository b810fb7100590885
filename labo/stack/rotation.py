"""Bounds the size of the children's log files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MAX_BYTES = 10_000_000
KEEP = 3


def log_file(data_dir: Path, name: str) -> Path:
    """Where the child `name` writes."""
    return data_dir / "logs" / f"{name}.log"


def rotate(log: Path, *, max_bytes: int = MAX_BYTES, keep: int = KEEP) -> bool:
    """Move `log` to `log.1` (and that to `log.2` …) once it is over `max_bytes`.

    The child retains its descriptor, so the content is copied and the file truncated; the child
    appends, hence continues at the start. What is written between the two steps is lost.
    """
    try:
        if log.stat().st_size <= max_bytes:
            return False
    except FileNotFoundError:
        return False
    for number in range(keep - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    os.truncate(log, 0)
    return True
