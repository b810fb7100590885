"""OTLP log records to lines and events, by the same rules as followed files."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from labo.adapters.log_files.templates import LogTemplates
from labo.adapters.otlp.intake import Decoded
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.domain.incidents.events import Event
from labo.domain.telemetry.batches import StoredLine
from labo.domain.telemetry.logs.formats import LogFormat
from labo.domain.telemetry.logs.lines import ParsedLine, SourceLine
from labo.domain.telemetry.logs.parser import LineParser
from labo.domain.telemetry.logs.thresholds import RevocableCounts
from labo.services.ingest.log_reader import LogOrigin, LogReader, ReaderState, ReadLines

_KEEP_TEMPLATES_S = 60.0
_MAX_SERVICES = 1_000
"""Services whose latest records are remembered; each takes at most some tens of kilobytes."""

Sender = tuple[str, str]


@dataclass(slots=True)
class ReadLogs:
    """What a round's records come to; `states` holds the templates when they are due."""

    lines: list[StoredLine] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    states: Mapping[str, str] = field(default_factory=dict)


class OtlpLogs:
    """One workspace's records: its components share templates and, each by its own keys, counts.

    A round is stored as a whole, so nothing waits for the next: a record's lines that come later
    are recognised as belonging to it, and raise no further event.
    """

    def __init__(
        self, workspace: str, templates: LogTemplates, formats: tuple[LogFormat, ...] = ()
    ) -> None:
        self._workspace = workspace
        self._templates = templates
        self._readers: OrderedDict[Sender, LogReader] = OrderedDict()
        self._before: dict[Sender, ReaderState] = {}
        self._counts = RevocableCounts()
        self._parser = LineParser(datetime.fromtimestamp(0, UTC), custom=formats)
        self._kept_at: float | None = None

    @classmethod
    async def open(
        cls, workspace: str, store: SqlTelemetryStore, formats: tuple[LogFormat, ...] = ()
    ) -> OtlpLogs:
        """With the templates that the store holds, and the operator's own `formats`."""
        text = await store.state(_state_name(workspace))
        return cls(workspace, LogTemplates.load(text) if text else LogTemplates(), formats)

    def read(self, requests: Iterable[Decoded]) -> ReadLogs:
        """Nothing is written: the lines, and the events that they raise. Then `commit` them or
        `rollback`."""
        logs = ReadLogs()
        latest: dict[Sender, datetime] = {}
        for request in requests:
            grouped: dict[Sender, list[tuple[SourceLine, ParsedLine | None]]] = {}
            for service, source, parsed in request.records:
                sender = (service.system, service.component)
                grouped.setdefault(sender, []).append((source, parsed))
            now = datetime.fromtimestamp(request.received_at, UTC)
            for sender, lines in grouped.items():
                latest[sender] = now
                _add(logs, self._reader(sender).read(lines, now))
            self._save_templates(request.received_at, logs)
        for sender, now in latest.items():
            _add(logs, self._readers[sender].flush(now))
        while len(self._readers) > _MAX_SERVICES:
            self._readers.popitem(last=False)
        return logs

    def commit(self) -> None:
        """What was read is stored."""
        self._counts.commit()
        self._before.clear()

    def rollback(self) -> None:
        """It is not, and will be read again: with the same events."""
        self._counts.rollback()
        for sender, state in self._before.items():
            if sender in self._readers:
                self._readers[sender].restore(state)
        self._before.clear()
        self._kept_at = None

    def _save_templates(self, received_at: float, found: ReadLogs) -> None:
        if self._kept_at is None or received_at - self._kept_at >= _KEEP_TEMPLATES_S:
            self._kept_at = received_at
            found.states = {_state_name(self._workspace): self._templates.dump()}

    def _reader(self, sender: Sender) -> LogReader:
        reader = self._readers.get(sender)
        if reader is None:
            system, component = sender
            reader = self._readers[sender] = LogReader(
                LogOrigin(self._workspace, system, component, component),
                self._parser.parse,
                self._templates.name_all,
                self._counts,
            )
        self._readers.move_to_end(sender)
        if sender not in self._before:
            self._before[sender] = reader.state()
        return reader


def _add(logs: ReadLogs, read: ReadLines) -> None:
    logs.events += read.events
    logs.lines += read.lines


def _state_name(workspace: str) -> str:
    return f"log-templates:{workspace}"
