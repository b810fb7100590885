"""One parsed log line and its normalised level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from labo.domain.telemetry.logs.levels import Level, level_of, level_of_severity

__all__ = ["Level", "ParsedLine", "SourceLine", "level_of", "level_of_severity"]


class ParsedLine(NamedTuple):
    """`line` is the text as read; parts that the line lacks are None.

    `timestamp` is aware and retains the line's own offset; UTC where the line has none. Where the
    line has a time that can't be read, `time_problem` is the reason. `status` is the HTTP status
    where the line reports a request. `envelopes` are the formats around `format`, outermost first.
    The three rules name what the level, the time and the component were read from; empty: from
    nothing. `message_below`: this line is the head of a record whose message stands below.
    A tuple, which takes a third of a frozen data class's time to make.
    """

    line: str
    timestamp: datetime | None
    level: Level | None
    component: str | None
    message: str
    format: str
    status: int | None = None
    time_problem: str | None = None
    envelopes: tuple[str, ...] = ()
    level_rule: str = ""
    time_rule: str = ""
    component_rule: str = ""
    message_below: bool = False


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One raw line with its position: the digest that identifies the file, and the offset.

    `writer` tells apart what wrote into the same file, where the reader knows it. `is_rest`: the
    line goes on from the one before, which was too long to be read at once.
    """

    file: str
    offset: int
    text: str
    writer: str = ""
    is_rest: bool = False

    @property
    def id(self) -> str:
        """The line's identity; ids of one file sort in the order of its lines."""
        return f"{self.file}:{self.offset:016d}"
