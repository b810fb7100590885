"""When lines of one template become an event: so many within a window, per severity.

Windows are aligned to the epoch and counted in the lines' own time, so that reading the same
file again, from the start or from anywhere, names the same windows.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from labo.domain.entities.severity import Severity

_MAX_COUNTS = 50_000


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How many lines of a template within `window_s` seconds make an event."""

    critical: int = 1
    error: int = 1
    warning: int = 20
    window_s: int = 300

    def of(self, severity: Severity) -> int:
        """The number for that severity; 0 for info, which never becomes an event."""
        return {
            Severity.CRITICAL: self.critical,
            Severity.ERROR: self.error,
            Severity.WARNING: self.warning,
        }.get(severity, 0)


@dataclass
class ThresholdCounts:
    """Counts lines per key and window; the least recently counted are forgotten when many."""

    thresholds: Thresholds = Thresholds()
    _counts: OrderedDict[tuple[str, Severity, int], int] = field(default_factory=OrderedDict)

    def window_of(self, at: float) -> int:
        """The number of the window that holds the moment `at`, in epoch seconds."""
        return int(at // self.thresholds.window_s)

    def reaches(self, key: str, severity: Severity, window: int) -> bool:
        """Count one more line; True for the one that makes the window's event, once."""
        bucket = (key, severity, window)
        count = self._counts.pop(bucket, 0) + 1
        self._counts[bucket] = count
        if len(self._counts) > _MAX_COUNTS:
            self._counts.popitem(last=False)
        return count == self.thresholds.of(severity)


@dataclass
class RevocableCounts(ThresholdCounts):
    """Counts that are taken back when what the lines came to could not be stored."""

    _staged: list[tuple[str, Severity, int]] = field(default_factory=list)

    def reaches(self, key: str, severity: Severity, window: int) -> bool:
        self._staged.append((key, severity, window))
        return super().reaches(key, severity, window)

    def commit(self) -> None:
        """It is stored."""
        self._staged.clear()

    def rollback(self) -> None:
        """It was not: the same lines will come again."""
        for bucket in self._staged:
            if bucket in self._counts:
                self._counts[bucket] -= 1
        self._staged.clear()
