"""How each stream's entries are stored: batches as they are, OTLP requests rolled up.

A consumer commits its entries to the telemetry store, then acknowledges them; what can never be
stored is dead-lettered. `save` returns how many items were stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import structlog
from sqlalchemy.exc import SQLAlchemyError

from labo.adapters.otlp.intake import Decoded, OtlpIntake, Rolled
from labo.adapters.telemetry.outbox import encode_message
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.adapters.telemetry.stream import (
    OTLP_KEY,
    STREAM_KEY,
    Entry,
    OtlpEntry,
    StreamReader,
    decode_batch,
    decode_otlp,
)
from labo.domain.telemetry.batches import RolledBatch, TelemetryBatch
from labo.domain.telemetry.spans.topology import CallLedger
from labo.errors import Conflict, InvalidInput
from workers.stream.otlp_logs import OtlpLogs

log = structlog.get_logger()


async def dead_letter(reader: StreamReader, entry: Entry, error: Exception) -> None:
    """Set aside what can never be stored."""
    log.error("stream.unusable_batch", entry=entry.id, error=str(error)[:300])
    await reader.dead_letter(entry, str(error)[:300])


class RolledBatchConsumer:
    """Batches as the importers and the log followers made them."""

    stream = STREAM_KEY
    at_once = 200

    def __init__(self, store: SqlTelemetryStore) -> None:
        self._store = store

    async def save(self, reader: StreamReader, entries: list[Entry]) -> int:
        batches: list[tuple[Entry, TelemetryBatch]] = []
        for entry in entries:
            try:
                batches.append((entry, decode_batch(entry.payload)))
            except InvalidInput as error:
                await dead_letter(reader, entry, error)
        try:
            for merged in _merged([batch for _, batch in batches]):
                await self._store.append(merged)
        except (SQLAlchemyError, ValueError):  # a value that the database refuses: find whose it is
            batches = await self.save_singly(reader, batches)
        if batches:
            await reader.done([entry for entry, _ in batches])
        return sum(len(batch) for _, batch in batches)

    async def save_singly(
        self, reader: StreamReader, batches: list[tuple[Entry, TelemetryBatch]]
    ) -> list[tuple[Entry, TelemetryBatch]]:
        """Store one by one; what the database refuses is set aside, the others are returned."""
        kept = []
        for entry, batch in batches:
            try:
                await self._store.append(batch)
            except (SQLAlchemyError, ValueError) as error:
                await dead_letter(reader, entry, error)
            else:
                kept.append((entry, batch))
        return kept


class OtlpConsumer:
    """OTLP requests, each rolled up exactly once.

    `forwards_to_graph` False: no graph is configured, so nothing is put by for it.
    """

    stream = OTLP_KEY
    at_once = 16

    def __init__(self, store: SqlTelemetryStore, *, system: str, forwards_to_graph: bool) -> None:
        self._store = store
        self._system = system
        self._forwards_to_graph = forwards_to_graph
        self._intakes: dict[str, OtlpIntake] = {}
        self._ledgers: dict[str, CallLedger] = {}
        self._logs: dict[str, OtlpLogs] = {}
        self._one_by_one = asyncio.Lock()

    async def save(self, reader: StreamReader, entries: list[Entry]) -> int:
        requests: dict[str, list[tuple[Entry, OtlpEntry]]] = {}
        for entry in entries:
            try:
                request = decode_otlp(entry)
            except InvalidInput as error:
                await dead_letter(reader, entry, error)
            else:
                requests.setdefault(request.workspace, []).append((entry, request))
        stored = 0
        for workspace, some in requests.items():
            async with self._one_by_one:  # what is reclaimed comes beside what is new
                stored += await self._save_all(reader, workspace, some)
        return stored

    async def _save_all(
        self, reader: StreamReader, workspace: str, requests: list[tuple[Entry, OtlpEntry]]
    ) -> int:
        fresh = await self._fresh(workspace, [request for _, request in requests])
        try:
            stored = await self._save(workspace, fresh)
        except (SQLAlchemyError, ValueError, InvalidInput, Conflict) as error:
            if len(requests) > 1:
                return sum([await self._save_all(reader, workspace, [one]) for one in requests])
            await dead_letter(reader, requests[0][0], error)
            return 0
        await reader.done([entry for entry, _ in requests])
        return stored

    async def _fresh(self, workspace: str, requests: Iterable[OtlpEntry]) -> list[OtlpEntry]:
        """Each request once, without those that are stored already."""
        by_digest = {request.digest: request for request in requests}
        applied = await self._store.applied(workspace, sorted(by_digest))
        return [request for digest, request in by_digest.items() if digest not in applied]

    async def _save(self, workspace: str, requests: list[OtlpEntry]) -> int:
        if not requests:
            return 0
        intake = self._intakes.setdefault(workspace, OtlpIntake(self._system))
        decoded = await asyncio.to_thread(_read_all, intake, requests)
        if missing := intake.unknown_counters(decoded):
            intake.remember(await self._store.counted(workspace, missing))
        ledger = self._ledgers.setdefault(workspace, CallLedger())
        at = max(request.received_at for request in requests)
        try:
            rolled = await asyncio.to_thread(intake.roll, decoded)
            batch = await self._batch(workspace, requests, decoded, rolled)
            graph = ledger.news(rolled.seen, (name for name, _ in rolled.rollups), at)
            messages = [encode_message(graph)] if len(graph) and self._forwards_to_graph else []
            await self._store.save(replace(batch, events=(*batch.events, *messages)))
        except BaseException:
            intake.rollback()
            if logs := self._logs.get(workspace):
                logs.rollback()
            raise
        intake.commit(rolled, at)
        if logs := self._logs.get(workspace):
            logs.commit()
        ledger.forwarded(graph, at)
        if rolled.refused_series:
            log.warning("stream.too_many_series", workspace=workspace, left=rolled.refused_series)
        return sum(len(one.read) + len(one.points) + len(one.records) for one in decoded)

    async def _batch(
        self, workspace: str, requests: list[OtlpEntry], decoded: list[Decoded], rolled: Rolled
    ) -> RolledBatch:
        batch = RolledBatch(
            workspace,
            digests=tuple(request.digest for request in requests),
            rollups=rolled.rollups,
            traces=tuple(rolled.traces),
            hops=tuple(dict.fromkeys(rolled.hops)),
            counted=rolled.counted,
        )
        if not any(one.records for one in decoded):
            return batch
        if workspace not in self._logs:
            self._logs[workspace] = await OtlpLogs.open(workspace, self._store)
        read = await asyncio.to_thread(self._logs[workspace].read, decoded)
        events = tuple(map(encode_message, read.events)) if self._forwards_to_graph else ()
        return replace(batch, lines=tuple(read.lines), events=events, states=read.states)


def _read_all(intake: OtlpIntake, requests: list[OtlpEntry]) -> list[Decoded]:
    return [intake.read(request) for request in requests]


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
