"""What OTLP over HTTP and over gRPC have in common: the check, the count, the stream."""

from __future__ import annotations

import hashlib
import time

from prometheus_client import Counter

from api.bodies import read_in_thread
from labo.adapters.otlp.requests import Checked, Signal, check
from labo.adapters.telemetry.stream import OtlpEntry, StreamSink
from labo.bootstrap import App
from labo.errors import InvalidInput

ITEMS = Counter("labo_otlp_items", "Spans, data points and log records.", ["signal", "outcome"])

SYSTEM_HEADER = "x-labo-system"
_BIG = 100_000
"""Bytes from which reading a body would hold up other requests."""


def system_of(text: str) -> str:
    """The system that a sender's header names; empty when it names none. Raises InvalidInput."""
    system = text.strip()
    if "/" in system or len(system) > 200 or not system.isprintable():
        raise InvalidInput("invalid system name", where=SYSTEM_HEADER, hint="no slash in it")
    return system


async def accept(
    labo: App, workspace: str, system: str, signal: Signal, body: bytes, *, is_json: bool = False
) -> Checked:
    """Check a request and put it into the stream. Raises InvalidInput, Unavailable."""
    if is_json or len(body) > _BIG:
        checked = await read_in_thread(check, signal, body, is_json=is_json)
    else:
        checked = check(signal, body, is_json=is_json)
    if checked.items > checked.rejected:
        digest = hashlib.blake2b(checked.body, digest_size=16, person=signal.value.encode())
        digest.update(system.encode())
        entry = OtlpEntry(
            workspace, signal.value, system, time.time(), digest.hexdigest(), checked.body
        )
        await StreamSink(labo.redis).append_otlp(entry)
    ITEMS.labels(signal.value, "accepted").inc(checked.items - checked.rejected)
    ITEMS.labels(signal.value, "rejected").inc(checked.rejected)
    if checked.undated:
        ITEMS.labels(signal.value, "without_duration").inc(checked.undated)
    return checked
