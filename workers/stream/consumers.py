"""How each stream's entries are stored: batches as they are, OTLP requests rolled up.

A consumer commits its entries to the telemetry store, then acknowledges them. Whatever foreign
content makes fail, and whatever it raises, is found by bisection and dead-lettered; only an outage
is raised and waited out. `save` returns how many items were stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeVar

import structlog
from redis.exceptions import RedisError

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
from labo.errors import Unavailable
from workers.stream.otlp_logs import OtlpLogs

OUTAGES = (RedisError, OSError, Unavailable)
"""What passes by itself. Anything else that is raised is the entry's fault."""
MAX_BYTES_AT_ONCE = 4_000_000
"""Of OTLP requests that are read at once: each byte takes several of memory while it is."""

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
        self.overlapping: set[tuple[str, str, str]] = set()
        """Counters that several senders write under one identity, as lately met."""

    async def save(self, reader: StreamReader, entries: list[Entry]) -> int:
        requests: dict[str, list[tuple[Entry, OtlpEntry]]] = {}
        for entry, request in await decoded_or_set_aside(reader, entries, decode_otlp):
            requests.setdefault(request.workspace, []).append((entry, request))
        stored = 0
        for workspace, some in requests.items():
            for part in _parts(some):
                async with self._one_by_one:  # what is reclaimed comes beside what is new
                    save = partial(self._save_fresh, workspace)
                    stored += await save_or_set_aside(reader, part, save)
        return stored

    async def _save_fresh(self, workspace: str, requests: list[tuple[Entry, OtlpEntry]]) -> int:
        fresh = await self._fresh(workspace, [request for _, request in requests])
        return await self._save(workspace, fresh)

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
        self._report(workspace, rolled)
        return sum(len(one.read) + len(one.points) + len(one.records) for one in decoded)

    def _report(self, workspace: str, rolled: Rolled) -> None:
        if rolled.refused_series:
            log.warning("stream.too_many_series", workspace=workspace, left=rolled.refused_series)
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


def _parts(
    requests: list[tuple[Entry, OtlpEntry]],
) -> Iterator[list[tuple[Entry, OtlpEntry]]]:
    """The requests in order, at most `MAX_BYTES_AT_ONCE` together where they are several."""
    part: list[tuple[Entry, OtlpEntry]] = []
    size = 0
    for entry, request in requests:
        if part and size + len(request.body) > MAX_BYTES_AT_ONCE:
            yield part
            part, size = [], 0
        part.append((entry, request))
        size += len(request.body)
    yield part


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
