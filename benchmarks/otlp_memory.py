"""Memory that 1 MB on the wire costs: gzip bombs of OTLP through all that a workspace remembers.

`python -m benchmarks.otlp_memory [KIND …]` sends each kind, packed, until 1 MB went over the wire
or the number is reached, through the API's check and the stream process's consumer with its store,
each in a process of its own. *Held* is what the process still has afterwards, *peak* the most it
had meanwhile.
"""

from __future__ import annotations

import asyncio
import base64
import ctypes
import gc
import gzip
import hashlib
import logging
import multiprocessing
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import psutil
import structlog

from benchmarks.otlp_bombs import AT, BODY_BYTES, KINDS, gauges, records, usual
from benchmarks.table import Table
from labo.adapters.otlp.requests import check
from labo.adapters.otlp.shapes import Signal
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.adapters.telemetry.stream import Entry, StreamReader
from labo.errors import InvalidInput
from workers.stream.consumers import OtlpConsumer

WIRE_BYTES = 1_000_000
MAX_REQUESTS = 20


def run(kinds: Iterable[str] = ()) -> Table:
    """A row a kind, of all by default."""
    rows = []
    for name in kinds or KINDS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            sent, wire = _apart(make, name, path)
            _, in_api = _apart(check_all, path)
            held, peak = _apart(store_all, path)
        figures = [round(value / 1e6, 1) for value in (wire, in_api, held, peak)]
        print(name, sent, *figures, flush=True)
        rows.append((name.replace("_", " "), str(sent), *map(str, figures)))
    return Table(
        "Memory by 1 MB of OTLP on the wire (MB)",
        ("kind", "requests", "on the wire", "API, peak", "stream, held", "stream, peak"),
        tuple(rows),
    )


def _apart(call: Callable[..., tuple[int, int]], *args: object) -> tuple[int, int]:
    """In a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(call, *args).result()


def make(name: str, path: Path) -> tuple[int, int]:
    """Write requests of a kind; how many, and their bytes on the wire."""
    sent = wire = 0
    with path.open("wb") as file:
        while sent < (MAX_REQUESTS if name != "usual" else 10**6):
            signal, body, is_json = KINDS[name](sent + 1)
            if len(body) > BODY_BYTES:
                raise ValueError(f"{name} is larger than a request may be")
            size = len(gzip.compress(body, 6))
            if wire + size > WIRE_BYTES:
                break
            pickle.dump((signal, body, is_json), file)
            sent, wire = sent + 1, wire + size
    return sent, wire


def check_all(path: Path) -> tuple[int, int]:
    """What the API does: checks the requests and hands them on. Bytes held, and at the peak."""
    signal, body, is_json = usual(0)
    check(signal, body, is_json=is_json)
    before = _resident()
    with path.open("rb") as file, path.with_suffix(".parts").open("wb") as parts:
        while file.peek(1):
            signal, body, is_json = pickle.load(file)  # noqa: S301 - written by `make`, in this run
            try:
                for part in check(signal, body, is_json=is_json).parts:
                    pickle.dump((signal, part), parts)
            except InvalidInput:
                continue
    return _resident() - before, _peak() - before


def store_all(path: Path) -> tuple[int, int]:
    """What the stream process does: rolls the requests up and stores them. Bytes held, and at the
    peak."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return asyncio.run(_stored(path))


async def _stored(path: Path) -> tuple[int, int]:
    store = SqlTelemetryStore.open(f"sqlite:///{path.parent / 'telemetry.db'}")
    consumer = OtlpConsumer(store, system="default", forwards_to_graph=True)
    for signal, body, _ in (usual(0), gauges(0), records(0)):
        await consumer.save(_ACKNOWLEDGED, [_entry(signal, body)])
    before = _resident()
    with path.with_suffix(".parts").open("rb") as file:
        while file.peek(1):
            entries: list[Entry] = []
            while file.peek(1) and len(entries) < consumer.at_once:
                entries.append(_entry(*pickle.load(file)))  # noqa: S301 - written by `check_all`
            await consumer.save(_ACKNOWLEDGED, entries)
    peak, held = _peak() - before, _resident() - before
    store.close()
    return held, peak


def _resident() -> int:
    """After what is free was given back. The peak begins anew."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return psutil.Process().memory_info().rss


def _peak() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def _entry(signal: Signal, body: bytes) -> Entry:
    text, digest = base64.b64encode(body).decode(), hashlib.sha256(body).hexdigest()
    fields = {"workspace": "default", "signal": signal.value, "system": "", "body": text}
    return Entry(digest, {**fields, "received_at": str(AT), "digest": digest})


class _Reader(StreamReader):
    """Of no stream: what is done is gone."""

    def __init__(self) -> None:
        """Nothing is opened."""

    async def done(self, entries: list[Entry]) -> None:
        del entries

    async def announce_full(self, workspace: str) -> None:
        del workspace

    async def dead_letter(self, entry: Entry, reason: str) -> None:
        raise AssertionError(f"{entry.id}: {reason}")


_ACKNOWLEDGED = _Reader()


if __name__ == "__main__":
    print(run(sys.argv[1:]).markdown())
