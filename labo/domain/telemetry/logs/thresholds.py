"""When lines of one template become an event: from a number within a window, per severity.

Windows are aligned to the epoch and based on the lines' own time, so that reading the same file
again, from the start or from anywhere, gives the same windows.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from labo.domain.entities.severity import Severity

_MAX_BYTES = 4_000_000
"""Of all counts of a file or a workspace: some ten thousand keys. By judgement."""
_BUCKET_BYTES = 300
"""About what a count takes, without its key's text."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The number of a template's lines within `window_s` seconds that makes an event."""

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
    """Counts lines per key and window; beyond a limit the least recently used are dropped."""

    thresholds: Thresholds = Thresholds()
    _counts: OrderedDict[tuple[str, Severity, int], int] = field(default_factory=OrderedDict)
    _bytes: int = 0

    def window_of(self, at: float) -> int:
        """The number of the window that contains the moment `at`, in epoch seconds."""
        return int(at // self.thresholds.window_s)

    def reaches(self, key: str, severity: Severity, window: int) -> bool:
        """Count one more line; True only for the one that makes the window's event."""
        bucket = (key, severity, window)
        if bucket not in self._counts:
            self._bytes += _size(key)
        count = self._counts.pop(bucket, 0) + 1
        self._counts[bucket] = count
        while self._bytes > _MAX_BYTES and len(self._counts) > 1:
            (oldest, _, _), _ = self._counts.popitem(last=False)
            self._bytes -= _size(oldest)
        return count == self.thresholds.of(severity)


def _size(key: str) -> int:
    return _BUCKET_BYTES + 4 * len(key)


@dataclass
class RevocableCounts(ThresholdCounts):
    """Counts that are rolled back when the lines' events could not be stored."""

    _staged: list[tuple[str, Severity, int]] = field(default_factory=list)

    def reaches(self, key: str, severity: Severity, window: int) -> bool:
        self._staged.append((key, severity, window))
        return super().reaches(key, severity, window)

    def commit(self) -> None:
        """The counted lines were stored."""
        self._staged.clear()

    def rollback(self) -> None:
        """They were not: the same lines will arrive again."""
        for bucket in self._staged:
            if bucket in self._counts:
                self._counts[bucket] -= 1
        self._staged.clear()
