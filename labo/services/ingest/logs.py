"""Log line ingestion: parse, name the template, detect errors, raise events, save the lines.

The order is what makes it safe: events into the graph, then lines into telemetry, and only
then may the caller move its offset. All three may be repeated without effect.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import structlog

from labo.domain.entities.keys import digest
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus
from labo.domain.telemetry.batches import StoredLine, TelemetryBatch
from labo.domain.telemetry.logs.errors import assess
from labo.domain.telemetry.logs.lines import Level, ParsedLine, SourceLine
from labo.domain.telemetry.logs.parser import LineParser, is_continuation
from labo.domain.telemetry.logs.redaction import redact
from labo.domain.telemetry.logs.templates import Template
from labo.domain.telemetry.logs.thresholds import ThresholdCounts
from labo.errors import Unavailable
from labo.ports.telemetry import TelemetrySink

Accept = Callable[[Sequence[Event]], Awaitable[object]]
NameTemplates = Callable[[Sequence[str]], Sequence[Template]]

_TITLE = 200
_DESCRIPTION = 4_000
_MAX_EVENTS = 500

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LogOrigin:
    """Whose lines these are. `component` None: each line's own, else `fallback`."""

    workspace: str
    system: str
    fallback: str
    component: str | None = None


@dataclass(slots=True)
class LogTally:
    """What was ingested so far."""

    lines: int = 0
    errors: int = 0
    warnings: int = 0
    events: int = 0
    unparsed: int = 0
    templates: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Line:
    source: SourceLine
    parsed: ParsedLine
    template: Template
    at: datetime
    dated: bool
    component: str


class LogService:
    """Ingests the lines of one file. `patience_s` bounds the wait for what is unavailable."""

    def __init__(
        self,
        origin: LogOrigin,
        parser: LineParser,
        name_templates: NameTemplates,
        accept: Accept,
        sink: TelemetrySink,
        *,
        counts: ThresholdCounts | None = None,
        patience_s: float = float("inf"),
    ) -> None:
        self._origin = origin
        self._parser = parser
        self._name_templates = name_templates
        self._accept = accept
        self._sink = sink
        self._counts = counts or ThresholdCounts()
        self._patience_s = patience_s
        self._last_stamp: datetime | None = None
        self.tally = LogTally()

    async def ingest(self, sources: Sequence[SourceLine]) -> None:
        """Take a batch in. When it returns, events and lines are safe and the offset may move.

        Raises Unavailable when the graph or the stream stay away for longer than `patience_s`.
        """
        parsed = [(source, self._parser.parse(source.text)) for source in sources]
        events, lines = self.read(parsed, datetime.now(UTC))
        for start in range(0, len(events), _MAX_EVENTS):
            chunk = events[start : start + _MAX_EVENTS]
            await self._patiently(partial(self._accept, chunk))
        batch = TelemetryBatch(self._origin.workspace, lines=tuple(lines))
        await self._patiently(partial(self._sink.append, batch))
        self.tally.lines += len(lines)
        self.tally.events += len(events)

    def read(
        self, parsed: Sequence[tuple[SourceLine, ParsedLine]], now: datetime
    ) -> tuple[list[Event], list[StoredLine]]:
        """The events that the lines raise, and the lines as they are stored; nothing is written.

        A line without a time of its own has that of the line before it, the first of all `now`.
        """
        lines = self._read(parsed, now)
        events = [event for line in lines if (event := self._raise(line)) is not None]
        return events, [self._stored(line) for line in lines]

    def date_from(self, reference: datetime) -> None:
        """From now on, date stamps without a year by this moment."""
        self._parser.reference = reference

    def _read(self, parsed: Sequence[tuple[SourceLine, ParsedLine]], now: datetime) -> list[_Line]:
        templates = self._name_templates([one.message for _, one in parsed])
        lines = []
        for (source, one), template in zip(parsed, templates, strict=True):
            self._last_stamp = one.timestamp or self._last_stamp
            component = self._origin.component or one.component or self._origin.fallback
            at = self._last_stamp or now
            lines.append(_Line(source, one, template, at, self._last_stamp is not None, component))
        return lines

    def _raise(self, line: _Line) -> Event | None:
        """The event that this line completes, if any."""
        if is_continuation(line.parsed):
            return None
        self.tally.unparsed += line.parsed.format == "plain"
        assessment = assess(line.parsed)
        if assessment.severity is None:
            return None
        self.tally.errors += assessment.is_error
        self.tally.warnings += not assessment.is_error
        self.tally.templates.add(line.template.id)
        key = f"{self._origin.system}/{line.component}:{line.template.id}"
        window = self._counts.window_of(line.at.timestamp())
        if not self._counts.reaches(key, assessment.severity, window):
            return None
        # A dated line's window is the same whenever it is read; an undated one has its position.
        moment = str(window) if line.dated else line.source.id
        identity = digest("log", line.source.file, key, assessment.severity.value, moment)
        return self._event(line, key, identity, assessment.severity, assessment.evidence)

    def _event(
        self, line: _Line, key: str, identity: str, severity: Severity, evidence: str
    ) -> Event:
        text = redact(line.parsed.line)
        labels = {
            "component": line.component,
            "system": self._origin.system,
            "log.template": line.template.text,
            "log.template_id": line.template.id,
            "log.evidence": evidence[:_TITLE],
        }
        if line.parsed.level is not None:
            labels["log.level"] = line.parsed.level.value
        if line.parsed.component is not None:
            labels["log.logger"] = line.parsed.component
        return Event(
            source="logs",
            source_event_id=identity,
            dedup_key=key,
            status=EventStatus.FIRING,
            severity=severity,
            title=line.template.text[:_TITLE],
            description=text[:_DESCRIPTION],
            starts_at=line.at.astimezone(UTC),
            labels=labels,
            resource={"service.name": line.component},
            raw=json.dumps({"line": text[:_DESCRIPTION], "id": line.source.id}),
        )

    def _stored(self, line: _Line) -> StoredLine:
        return StoredLine(
            id=line.source.id,
            system=self._origin.system,
            component=line.component,
            timestamp=line.at.timestamp(),
            level=(line.parsed.level or Level.INFO).value,
            body=redact(line.parsed.line),
            template_id=line.template.id,
        )

    async def _patiently(self, call: Callable[[], Awaitable[object]]) -> None:
        """Wait out an outage: what was read is not forgotten, and nothing more is read."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience_s
        while True:
            try:
                await call()
            except Unavailable as error:
                if loop.time() + error.retry_after > deadline:
                    raise
                log.warning("logs.waiting", error=str(error), seconds=error.retry_after)
                await asyncio.sleep(error.retry_after)
            else:
                return
