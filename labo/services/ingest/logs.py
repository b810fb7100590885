"""Log line ingestion: parse, name the template, detect errors, raise events, save the lines.

The order is what makes it safe: events into the graph, then lines into telemetry, and only
then may the caller move its offset. All three may be repeated without effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial

import structlog

from labo.domain.incidents.events import Event
from labo.domain.telemetry.batches import TelemetryBatch
from labo.domain.telemetry.logs.lines import SourceLine
from labo.domain.telemetry.logs.parser import LineParser
from labo.errors import Unavailable
from labo.ports.telemetry import TelemetrySink
from labo.services.ingest.log_reader import (
    LogReader,
    ReadLines,
)
from labo.services.ingest.log_tally import LogTally

Accept = Callable[[Sequence[Event]], Awaitable[object]]

_MAX_EVENTS = 500

log = structlog.get_logger()


class LogService:
    """Ingests the lines of one file, which `reader` reads by `parser`. `patience_s` bounds the wait
    for what is unavailable; `has_room` raises Unavailable while there is no room for more."""

    def __init__(
        self,
        reader: LogReader,
        parser: LineParser,
        accept: Accept,
        sink: TelemetrySink,
        *,
        has_room: Callable[[], None],
        patience_s: float = float("inf"),
    ) -> None:
        self._workspace = reader.workspace
        self._parser = parser
        self._reader = reader
        self._accept = accept
        self._sink = sink
        self._has_room = has_room
        self._patience_s = patience_s
        self.tally = LogTally()

    @property
    def open(self) -> SourceLine | None:
        """The first line of the records that wait for their next lines: the offset may move up to
        it, and no further."""
        return self._reader.open

    @property
    def unfinished(self) -> SourceLine | None:
        """The first line of what is known to lack its end, if anything is: the earliest record that
        waits, since the position is one."""
        return self._reader.open if self._reader.is_incomplete else None

    @property
    def latest(self) -> SourceLine | None:
        """The first line of the record that the latest line belongs to, if it waits."""
        return self._reader.latest

    async def ingest(self, sources: Sequence[SourceLine]) -> None:
        """Take a batch in. When it returns, events and lines of every record that ended are safe.

        Raises Unavailable when the graph, the stream or room stay away for longer than
        `patience_s`.
        """
        await self._save(self._reader.read([(one, None) for one in sources], self._now()))

    async def flush(self) -> None:
        """Nothing came for a while, or nothing will: take in what waits. Raises Unavailable."""
        await self._save(self._reader.flush(self._now()))

    def date_from(self, reference: datetime) -> None:
        """From now on, date stamps without a year by this moment."""
        self._parser.reference = reference

    def _now(self) -> datetime:
        """A file's lines may be as late as the file."""
        return max(datetime.now(UTC), self._parser.reference)

    async def _save(self, read: ReadLines) -> None:
        for start in range(0, len(read.events), _MAX_EVENTS):
            chunk = read.events[start : start + _MAX_EVENTS]
            await self._patiently(partial(self._accept, chunk))
        if read.lines:
            batch = TelemetryBatch(self._workspace, lines=tuple(read.lines))
            await self._patiently(partial(self._sink.append, batch))
        self.tally.add(read.tally)

    async def _patiently(self, call: Callable[[], Awaitable[object]]) -> None:
        """Wait out an outage: what was read is not forgotten, and nothing more is read."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience_s
        while True:
            try:
                self._has_room()
                await call()
            except Unavailable as error:
                if loop.time() + error.retry_after > deadline:
                    raise
                log.warning("logs.waiting", error=str(error), seconds=error.retry_after)
                await asyncio.sleep(error.retry_after)
            else:
                return
