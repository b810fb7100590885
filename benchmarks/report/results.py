"""What a part of the report gave, and where it is kept until the page is written."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Result:
    """A part's table, and the code, the day and the time that it took to make it."""

    title: str
    table: str
    """Markdown without the heading, from the table's first line to its last note."""
    commit: str
    """The code's, as `revision.code_commit` names it."""
    date: str
    """YYYY-MM-DD, UTC."""
    took: str
    """For people, such as `12 min`; empty where it was not noted."""


@dataclass(frozen=True, slots=True)
class Results:
    """A folder with a JSON file a part: the last result, whatever code it is of."""

    folder: Path

    def find(self, part: str) -> Result | None:
        path = self._path(part)
        return Result(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def save(self, part: str, result: Result) -> None:
        """Whole or not at all, since a run may be killed at any moment."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(part)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(asdict(result), indent=1), encoding="utf-8")
        new.replace(path)

    def _path(self, part: str) -> Path:
        return self.folder / f"{part}.json"


def duration(seconds: float) -> str:
    """A duration as it is told.

    >>> duration(7.4), duration(150), duration(4000)
    ('7 s', '2.5 min', '67 min')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 600 else f"{seconds / 60:.0f} min"
