"""How each stream's entries are stored: batches as they are, OTLP requests rolled up.

A consumer commits its entries to the telemetry store, then acknowledges them. Whatever foreign
content makes fail, and whatever it raises, is found by bisection and dead-lettered; only an outage
is raised and waited out. `save` returns how many items were stored.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TypeVar

import structlog
from redis.exceptions import RedisError

from labo.adapters.otlp.intake import Decoded, OtlpIntake, Rolled
from labo.adapters.telemetry.outbox import encode_message
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.adapters.telemetry.stream import (
    FULL_S,
    OTLP_KEY,
    STREAM_KEY,
    Entry,
    OtlpEntry,
    StreamReader,
    decode_batch,
    decode_otlp,
)
from labo.domain.incidents.events import Event
from labo.domain.telemetry.batches import RolledBatch, TelemetryBatch
from labo.domain.telemetry.logs.formats import LogFormat
from labo.domain.telemetry.spans.topology import CallGraph, CallLedger
from labo.errors import Unavailable
from workers.stream.otlp_logs import OtlpLogs, ReadLogs

OUTAGES = (RedisError, OSError, Unavailable)
"""What passes by itself. Anything else that is raised is the entry's fault."""
_ROUND_BYTES = 1_000_000
"""Of what requests come to, from which they are stored: it takes some times that on its way."""

_MAX_OVERLAPPING = 1_000

log = structlog.get_logger()

_Request = TypeVar("_Request")
Save = Callable[[list[tuple[Entry, _Request]]], Awaitable[int]]


async def dead_letter(reader: StreamReader, entry: Entry, error: Exception) -> None:
    """Set aside what can never be stored."""
    reason = f"{type(error).__name__}: {error}"[:300]
    log.error("stream.unusable_entry", entry=entry.id, error=reason)
    await reader.dead_letter(entry, reason)


async def decoded_or_set_aside(
    reader: StreamReader, entries: list[Entry], decode: Callable[[Entry], _Request]
) -> list[tuple[Entry, _Request]]:
    """What can be decoded."""
    decoded: list[tuple[Entry, _Request]] = []
    for entry in entries:
        try:
            decoded.append((entry, decode(entry)))
        except Exception as error:  # noqa: BLE001 - anybody may have written to the stream
            await dead_letter(reader, entry, error)
    return decoded


async def save_or_set_aside(
    reader: StreamReader, requests: list[tuple[Entry, _Request]], save: Save[_Request]
) -> int:
    """Save all at once; if that fails, the halves, so that only what fails alone is set aside.
    Raises an outage. How many items were stored."""
    try:
        stored = await save(requests)
    except OUTAGES:
        raise
    except Exception as error:  # noqa: BLE001 - foreign content may make anything fail
        if len(requests) == 1:
            await dead_letter(reader, requests[0][0], error)
            return 0
        half = len(requests) // 2
        stored = await save_or_set_aside(reader, requests[:half], save)
        return stored + await save_or_set_aside(reader, requests[half:], save)
    await reader.done([entry for entry, _ in requests])
    return stored


class RolledBatchConsumer:
    """Batches as the importers and the log followers made them."""

    stream = STREAM_KEY
    at_once = 200

    def __init__(self, store: SqlTelemetryStore) -> None:
        self._store = store

    async def save(self, reader: StreamReader, entries: list[Entry]) -> int:
        batches = await decoded_or_set_aside(
            reader, entries, lambda entry: decode_batch(entry.payload)
        )
        return await save_or_set_aside(reader, batches, self._save) if batches else 0

    async def _save(self, batches: list[tuple[Entry, TelemetryBatch]]) -> int:
        for merged in _merged([batch for _, batch in batches]):
            await self._store.append(merged)
        return sum(len(batch) for _, batch in batches)


class OtlpConsumer:
    """OTLP requests, each rolled up exactly once.

    `forwards_to_graph` False: no graph is configured, so nothing is put by for it. `formats` of
    log lines are the operator's own.
    """

    stream = OTLP_KEY
    at_once = 4

    def __init__(
        self,
        store: SqlTelemetryStore,
        *,
        system: str,
        forwards_to_graph: bool,
        formats: tuple[LogFormat, ...] = (),
    ) -> None:
        self._store = store
        self._system = system
        self._formats = formats
        self._forwards_to_graph = forwards_to_graph
        self._intakes: dict[str, OtlpIntake] = {}
        self._ledgers: dict[str, CallLedger] = {}
        self._logs: dict[str, OtlpLogs] = {}
        self._one_by_one = asyncio.Lock()
        self.overlapping: set[tuple[str, str, str]] = set()
        """Counters that several senders write under one identity, as lately met."""
        self._full_at: dict[str, float] = {}

    async def save(self, reader: StreamReader, entries: list[Entry]) -> int:
        requests: dict[str, list[tuple[Entry, OtlpEntry]]] = {}
        for entry, request in await decoded_or_set_aside(reader, entries, decode_otlp):
            requests.setdefault(request.workspace, []).append((entry, request))
        stored = 0
        for workspace, some in requests.items():
            async with self._one_by_one:  # what is reclaimed comes beside what is new
                save = partial(self._save_fresh, workspace)
                stored += await save_or_set_aside(reader, some, save)
            if workspace in self.full():
                await reader.announce_full(workspace)
        return stored

    def full(self) -> list[str]:
        """Workspaces of which series were left out lately, since they have as many as they may."""
        since = time.monotonic() - FULL_S
        return sorted(name for name, at in self._full_at.items() if at > since)

    async def _save_fresh(self, workspace: str, requests: list[tuple[Entry, OtlpEntry]]) -> int:
        fresh = await self._fresh(workspace, [request for _, request in requests])
        return await self._save(workspace, fresh)

    async def _fresh(self, workspace: str, requests: Iterable[OtlpEntry]) -> list[OtlpEntry]:
        """Each request once, without those that are stored already."""
        by_digest = {request.digest: request for request in requests}
        applied = await self._store.applied(workspace, sorted(by_digest))
        return [request for digest, request in by_digest.items() if digest not in applied]

    async def _save(self, workspace: str, requests: list[OtlpEntry]) -> int:
        """In rounds, each as many requests as take a bounded amount of memory; what the rounds
        before it stored stays stored when one fails."""
        stored = 0
        while requests:
            count, items = await self._save_round(workspace, requests)
            requests = requests[count:]
            stored += items
        return stored

    async def _save_round(self, workspace: str, requests: list[OtlpEntry]) -> tuple[int, int]:
        """How many requests were stored, and items in them."""
        intake = self._intakes.setdefault(workspace, OtlpIntake(self._system, self._formats))
        ledger = self._ledgers.setdefault(workspace, CallLedger())
        rolled: Rolled | None = None
        logs = ReadLogs()
        taken: list[OtlpEntry] = []
        items = 0
        try:
            while len(taken) < len(requests) and _has_room(rolled, logs):
                taken.append(requests[len(taken)])
                decoded = await asyncio.to_thread(intake.read, taken[-1])
                known = rolled.counted.keys() if rolled else frozenset()
                if missing := intake.unknown_counters([decoded], known):
                    intake.remember(await self._store.counted(workspace, missing))
                rolled = await asyncio.to_thread(intake.roll, [decoded], rolled)
                await self._read_logs(workspace, decoded, logs)
                items += len(decoded)
            rolled = rolled or Rolled()
            at = max(request.received_at for request in taken)
            graph = ledger.news(rolled.seen, (name for name, _ in rolled.rollups), at)
            await self._store.save(self._batch(workspace, taken, rolled, logs, graph))
        except BaseException:
            intake.rollback()
            if workspace in self._logs:
                self._logs[workspace].rollback()
            raise
        intake.commit(rolled, at)
        if workspace in self._logs:
            self._logs[workspace].commit()
        ledger.forwarded(graph, at)
        self._report(workspace, rolled)
        return len(taken), items

    async def _read_logs(self, workspace: str, decoded: Decoded, logs: ReadLogs) -> None:
        if not decoded.records:
            return
        if workspace not in self._logs:
            self._logs[workspace] = await OtlpLogs.open(workspace, self._store, self._formats)
        read = await asyncio.to_thread(self._logs[workspace].read, [decoded])
        logs.lines += read.lines
        logs.events += read.events
        logs.states = read.states or logs.states

    def _batch(
        self,
        workspace: str,
        requests: list[OtlpEntry],
        rolled: Rolled,
        logs: ReadLogs,
        graph: CallGraph,
    ) -> RolledBatch:
        messages: list[Event | CallGraph] = [*logs.events, *([graph] if len(graph) else [])]
        return RolledBatch(
            workspace,
            digests=tuple(request.digest for request in requests),
            rollups=rolled.rollups,
            lines=tuple(logs.lines),
            traces=tuple(rolled.traces),
            hops=tuple(dict.fromkeys(rolled.hops)),
            counted=rolled.counted,
            events=tuple(map(encode_message, messages)) if self._forwards_to_graph else (),
            states=logs.states,
        )

    def _report(self, workspace: str, rolled: Rolled) -> None:
        if rolled.refused_series:
            if workspace not in self.full():
                left = rolled.refused_series
                log.warning("stream.too_many_series", workspace=workspace, left_out=left)
            self._full_at[workspace] = time.monotonic()
        if rolled.unusable:
            log.warning("stream.unusable_points", workspace=workspace, left=rolled.unusable)
        for system, component, metric in sorted(rolled.mixed - self.overlapping):
            log.warning(
                "stream.overlapping_senders",
                workspace=workspace,
                component=f"{system}/{component}",
                metric=metric,
                hint="give each instance its own service.instance.id",
            )
        self.overlapping = {*[*self.overlapping][-_MAX_OVERLAPPING:], *rolled.mixed}


def _has_room(rolled: Rolled | None, logs: ReadLogs) -> bool:
    """Whether a round may take another request."""
    size = rolled.size() if rolled else 0
    return size + sum(len(line.body) for line in logs.lines) < _ROUND_BYTES


def _merged(batches: list[TelemetryBatch]) -> list[TelemetryBatch]:
    """One batch per workspace, in order, so that a round costs one commit each."""
    together: dict[str, list[TelemetryBatch]] = {}
    for batch in batches:
        together.setdefault(batch.workspace, []).append(batch)
    return [
        TelemetryBatch(
            workspace,
            samples=tuple(sample for batch in group for sample in batch.samples),
            lines=tuple(line for batch in group for line in batch.lines),
            traces=tuple(trace for batch in group for trace in batch.traces),
        )
        for workspace, group in together.items()
    ]
