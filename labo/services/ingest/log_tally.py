"""What was ingested, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

_MAX_TEMPLATES = 5_000
"""Distinct templates that are counted; as many as are learnt (see `LogTemplates`)."""


@dataclass(slots=True)
class LogTally:
    """What was ingested so far. `unparsed`: records in no known format; `unreadable`: those that
    a parser failed on."""

    lines: int = 0
    errors: int = 0
    warnings: int = 0
    events: int = 0
    unparsed: int = 0
    unreadable: int = 0
    templates: set[str] = field(default_factory=set)

    def add(self, other: LogTally) -> None:
        """Count what another counted, too."""
        self.lines += other.lines
        self.errors += other.errors
        self.warnings += other.warnings
        self.events += other.events
        self.unparsed += other.unparsed
        self.unreadable += other.unreadable
        if len(self.templates) < _MAX_TEMPLATES:
            self.templates |= other.templates
