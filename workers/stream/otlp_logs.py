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
from labo.domain.telemetry.batches import StoredLine, TelemetryBatch
from labo.domain.telemetry.logs.lines import ParsedLine, SourceLine
from labo.domain.telemetry.logs.parser import LineParser
from labo.domain.telemetry.logs.thresholds import RevocableCounts
from labo.services.ingest.logs import LogOrigin, LogService

_KEEP_TEMPLATES_S = 60.0
_MAX_SERVICES = 2_000


@dataclass(slots=True)
class ReadLogs:
    """What a round's records come to; `states` holds the templates when they are due."""

    lines: list[StoredLine] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    states: Mapping[str, str] = field(default_factory=dict)


class OtlpLogs:
    """One workspace's records: its components share templates and, each by its own keys, counts."""

    def __init__(self, workspace: str, templates: LogTemplates) -> None:
        self._workspace = workspace
        self._templates = templates
        self._services: OrderedDict[tuple[str, str], LogService] = OrderedDict()
        self._counts = RevocableCounts()
        self._kept_at: float | None = None

    @classmethod
    async def open(cls, workspace: str, store: SqlTelemetryStore) -> OtlpLogs:
        """With the templates that the store holds."""
        text = await store.state(_state_name(workspace))
        return cls(workspace, LogTemplates.load(text) if text else LogTemplates())

    def read(self, requests: Iterable[Decoded]) -> ReadLogs:
        """Nothing is written: the lines, and the events that they raise. Then `commit` them or
        `rollback`."""
        logs = ReadLogs()
        for request in requests:
            grouped: dict[tuple[str, str], list[tuple[SourceLine, ParsedLine]]] = {}
            for service, source, parsed in request.records:
                sender = (service.system, service.component)
                grouped.setdefault(sender, []).append((source, parsed))
            now = datetime.fromtimestamp(request.received_at, UTC)
            for sender, lines in grouped.items():
                events, stored = self._service(sender).read(lines, now)
                logs.events += events
                logs.lines += stored
            self._save_templates(request.received_at, logs)
        return logs

    def commit(self) -> None:
        """What was read is stored."""
        self._counts.commit()

    def rollback(self) -> None:
        """It is not, and will be read again: with the same events."""
        self._counts.rollback()
        self._kept_at = None

    def _save_templates(self, received_at: float, found: ReadLogs) -> None:
        if self._kept_at is None or received_at - self._kept_at >= _KEEP_TEMPLATES_S:
            self._kept_at = received_at
            found.states = {_state_name(self._workspace): self._templates.dump()}

    def _service(self, sender: tuple[str, str]) -> LogService:
        service = self._services.get(sender)
        if service is None:
            system, component = sender
            service = self._services[sender] = LogService(
                LogOrigin(self._workspace, system, component, component),
                LineParser(datetime.fromtimestamp(0, UTC)),
                self._templates.name_all,
                _nowhere,
                _Nowhere(),
                counts=self._counts,
            )
            if len(self._services) > _MAX_SERVICES:
                self._services.popitem(last=False)
        return service


def _state_name(workspace: str) -> str:
    return f"log-templates:{workspace}"


async def _nowhere(events: object) -> None:
    """Events wait in the telemetry store instead (see `workers.stream.outbox`)."""
    del events


class _Nowhere:
    async def append(self, batch: TelemetryBatch) -> None:
        """Lines are stored with the request that brought them instead."""
        del batch
