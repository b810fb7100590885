"""How far each log file was ingested, stored on disk between runs."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict
from pathlib import Path

from labo.adapters.log_files.segments import Position
from labo.adapters.log_files.templates import LogTemplates
from labo.domain.entities.keys import digest
from labo.errors import Conflict


class LogBookmark:
    """One file's position and templates for one system, locked for the time it is open."""

    def __init__(self, folder: Path, path: Path, *, workspace: str, system: str) -> None:
        """Raises Conflict when another process is ingesting the same file."""
        folder.mkdir(parents=True, exist_ok=True)
        name = digest("bookmark", workspace, system, str(path.absolute()), length=24)
        self._position = folder / f"{name}.json"
        self._templates = folder / f"{name}.templates.json"
        self._lock = os.open(folder / f"{name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise Conflict(
                "is being ingested by another process", where=str(path), hint="stop that one first"
            ) from error

    def close(self) -> None:
        os.close(self._lock)

    def position(self) -> Position | None:
        """Where to go on; None for a file never read, or a bookmark that can't be read."""
        try:
            return Position(**json.loads(self._position.read_text("utf-8"))["position"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def templates(self) -> LogTemplates:
        """The templates learnt so far, with their names."""
        try:
            return LogTemplates.load(self._templates.read_text("utf-8"))
        except (OSError, ValueError, TypeError, AttributeError):
            return LogTemplates()

    def save(self, position: Position, path: Path) -> None:
        """Replace the position, at once and durably."""
        _replace(self._position, json.dumps({"path": str(path), "position": asdict(position)}))

    def save_templates(self, templates: LogTemplates) -> None:
        _replace(self._templates, templates.dump())


def _replace(path: Path, text: str) -> None:
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
