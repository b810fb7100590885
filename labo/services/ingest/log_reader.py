"""From log lines to events and stored lines: nothing is written here.

Lines are joined to records, and a record raises one event, on the component of its head. What
can't be read is stored as it came and counted; no line ends a source's reading.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import structlog

from labo.domain.entities.keys import digest
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import MAX_AHEAD, Event, EventStatus
from labo.domain.telemetry.batches import StoredLine
from labo.domain.telemetry.logs.assembling import (
    AssemblerState,
    Record,
    RecordAssembler,
    assess_record,
)
from labo.domain.telemetry.logs.lines import Level, ParsedLine, SourceLine
from labo.domain.telemetry.logs.open_record import Parse
from labo.domain.telemetry.logs.stack_traces import headline
from labo.domain.telemetry.logs.templates import Template
from labo.domain.telemetry.logs.thresholds import ThresholdCounts
from labo.services.ingest.log_secrets import shown_text, without_secrets
from labo.services.ingest.log_tally import LogTally

NameTemplates = Callable[[Sequence[str]], Sequence[Template]]

SOURCE = "logs"
"""Of the events of log lines."""

_TITLE = 200
_DESCRIPTION = 4_000
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LogOrigin:
    """Whose lines these are. `component` None: each line's own, else `fallback`."""

    workspace: str
    system: str
    fallback: str
    component: str | None = None


@dataclass(slots=True)
class ReadLines:
    """What lines come to."""

    events: list[Event] = field(default_factory=list)
    lines: list[StoredLine] = field(default_factory=list)
    tally: LogTally = field(default_factory=LogTally)


class _Placed(NamedTuple):
    """A record with what it belongs to; `bodies` are its lines as they are stored."""

    record: Record
    bodies: Sequence[str]
    template: Template
    at: datetime
    dated: bool
    component: str


ReaderState = tuple[AssemblerState, datetime | None]


class LogReader:
    """Reads the lines of one source in their order.

    The record that the latest line belongs to stays open for the lines to come, until `flush`:
    `open` is its first line, and everything before that was handed out.
    """

    def __init__(
        self,
        origin: LogOrigin,
        parse: Parse,
        name_templates: NameTemplates,
        counts: ThresholdCounts | None = None,
    ) -> None:
        self._origin = origin
        self._parse_line = parse
        self._name_templates = name_templates
        self._counts = counts or ThresholdCounts()
        self._records = RecordAssembler(self._parse)
        self._last_stamp: datetime | None = None
        self._unreadable = 0

    @property
    def workspace(self) -> str:
        """Whose lines these are."""
        return self._origin.workspace

    @property
    def open(self) -> SourceLine | None:
        """The first line that was not handed out yet."""
        return self._records.open

    @property
    def latest(self) -> SourceLine | None:
        """The first line of the record that the latest line belongs to, if it is open."""
        return self._records.latest

    @property
    def is_incomplete(self) -> bool:
        """Whether what is open is known to lack its end."""
        return self._records.is_incomplete

    def read(
        self, sources: Iterable[tuple[SourceLine, ParsedLine | None]], now: datetime
    ) -> ReadLines:
        """What the records that these lines complete come to.

        A line without a time of its own has that of the record before it, the first of all `now`.
        """
        records: list[Record] = []
        for source, parsed in sources:
            records += self._records.add(source, parsed)
        return self._read(records, now)

    def flush(self, now: datetime) -> ReadLines:
        """What is open, as if it were complete; lines that still follow raise no event."""
        return self._read(self._records.flush(), now)

    def state(self) -> ReaderState:
        """For `restore`, once nothing is open."""
        return self._records.state(), self._last_stamp

    def restore(self, state: ReaderState) -> None:
        """As if what was read since had not been."""
        records, self._last_stamp = state
        self._records.restore(records)

    def _parse(self, line: str) -> ParsedLine:
        try:
            parsed = self._parse_line(line)
        except Exception as error:  # noqa: BLE001 - a line that breaks a format costs itself only
            self._unreadable += 1
            log.warning("logs.unreadable", line=digest(line), reason=type(error).__name__)
            return ParsedLine(line, None, None, None, _encodable(line), "plain")
        message = _encodable(parsed.message)
        component = _encodable(parsed.component) if parsed.component else None
        if message is parsed.message and component is parsed.component:
            return parsed
        return parsed._replace(message=message, component=component)

    def _read(self, records: Sequence[Record], now: datetime) -> ReadLines:
        read = ReadLines()
        read.tally.unreadable, self._unreadable = self._unreadable, 0
        shown = [without_secrets(record) for record in records]
        heads = [headline(record.head.message) for record, _ in shown if not record.continues]
        names = iter(self._name_templates(heads))
        for record, bodies in shown:
            template = Template("", "") if record.continues else next(names)
            placed = self._place(record, bodies, template, now)
            if not record.continues and (event := self._raise(placed, read.tally)):
                read.events.append(event)
            read.lines += self._stored(placed)
        read.tally.lines = len(read.lines)
        read.tally.events = len(read.events)
        return read

    def _place(
        self, record: Record, bodies: Sequence[str], template: Template, now: datetime
    ) -> _Placed:
        stamp = _plausible(record.head.timestamp, now)
        self._last_stamp = stamp or self._last_stamp
        at = self._last_stamp or now
        component = self._origin.component or record.head.component or self._origin.fallback
        return _Placed(record, bodies, template, at, self._last_stamp is not None, component)

    def _raise(self, placed: _Placed, tally: LogTally) -> Event | None:
        """The event that this record completes, if any."""
        tally.unparsed += placed.record.head.format == "plain"
        assessment = assess_record(placed.record)
        if assessment.severity is None:
            return None
        tally.errors += assessment.is_error
        tally.warnings += not assessment.is_error
        tally.templates.add(placed.template.id)
        key = log_key(self._origin.system, placed.component, placed.template.id)
        window = self._counts.window_of(placed.at.timestamp())
        if not self._counts.reaches(key, assessment.severity, window):
            return None
        # A dated record's window is the same whenever it is read; an undated one has its position.
        first = placed.record.lines[0]
        moment = str(window) if placed.dated else first.id
        identity = digest("log", first.file, key, assessment.severity.value, moment)
        return self._event(placed, key, identity, assessment.severity, assessment.evidence)

    def _event(
        self, placed: _Placed, key: str, identity: str, severity: Severity, evidence: str
    ) -> Event:
        record, head = placed.record, placed.record.head
        text = _encodable(shown_text(record, placed.bodies))
        labels = {
            "component": placed.component,
            "system": self._origin.system,
            "log.template": placed.template.text,
            "log.template_id": placed.template.id,
            "log.evidence": evidence[:_TITLE],
        }
        if head.level is not None:
            labels["log.level"] = head.level.value
        if head.component is not None:
            labels["log.logger"] = head.component
        return Event(
            source=SOURCE,
            source_event_id=identity,
            dedup_key=key,
            status=EventStatus.FIRING,
            severity=severity,
            title=placed.template.text[:_TITLE],
            description=text[:_DESCRIPTION],
            starts_at=placed.at,
            labels=labels,
            resource={"service.name": placed.component},
            raw=json.dumps({"line": text[:_DESCRIPTION], "id": record.lines[0].id}),
        )

    def _stored(self, placed: _Placed) -> list[StoredLine]:
        """A row a line. Only the first has the record's level and template, so that a trace of
        forty lines counts as one error."""
        level = placed.record.head.level or Level.INFO
        return [
            StoredLine(
                id=line.id,
                system=self._origin.system,
                component=placed.component,
                timestamp=placed.at.timestamp(),
                level=(Level.INFO if number or placed.record.continues else level).value,
                body=placed.bodies[number],
                template_id="" if number else placed.template.id,
            )
            for number, line in enumerate(placed.record.lines)
        ]


def log_key(system: str, component: str, template_id: str) -> str:
    """The dedup key of a component's errors of one template."""
    return f"{system}/{component}:{template_id}"


def _plausible(stamp: datetime | None, now: datetime) -> datetime | None:
    """In UTC; None for what no program wrote at that time."""
    if stamp is None:
        return None
    try:
        moment = stamp.astimezone(UTC)
    except (OverflowError, ValueError):  # a year at the calendar's end, with an offset
        return None
    return moment if _EARLIEST <= moment <= now + MAX_AHEAD else None


def _encodable(text: str) -> str:
    """What JSON's escapes may hold and no store takes is made visible: lone surrogates, NUL."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")
