"""What goes wrong in a process, switched from outside by a file that no telemetry mentions."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

LOOK_S = 0.2
"""How often the file is looked at: well under the interval of any telemetry."""


class Control:
    """The file's numbers by name; what it does not name is 0. A thread of its own reads it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, float] = {}
        self._held: list[bytearray] = []
        threading.Thread(target=self._follow, daemon=True).start()

    def __getitem__(self, name: str) -> float:
        return self._values.get(name, 0.0)

    def _follow(self) -> None:
        burning = 0
        while True:
            self._values = self._read()
            while burning < self["burning_threads"]:
                threading.Thread(target=self._burn, args=(burning,), daemon=True).start()
                burning += 1
            burning = min(burning, int(self["burning_threads"]))
            self._leak(self["leak_mb_per_s"] * LOOK_S)
            time.sleep(LOOK_S)

    def _read(self) -> dict[str, float]:
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return self._values  # not there yet
        return {str(name): float(value) for name, value in values.items()}

    def _burn(self, number: int) -> None:
        while self["burning_threads"] > number:
            sum(range(20_000))

    def _leak(self, megabytes: float) -> None:
        if megabytes <= 0:
            self._held.clear()
        else:
            # Written to, since memory that nobody touched is not resident.
            self._held.append(bytearray(b"x") * int(megabytes * 1_000_000))
