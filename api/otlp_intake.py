"""What OTLP over HTTP and over gRPC have in common: the check, the count, the stream."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace

from prometheus_client import Counter

from api.bodies import LARGE_BYTES, read_in_thread
from labo.adapters.otlp.requests import Checked, check
from labo.adapters.otlp.shapes import Signal
from labo.adapters.telemetry.stream import OtlpEntry, StreamSink
from labo.bootstrap import App
from labo.errors import InvalidInput

ITEMS = Counter("labo_otlp_items", "Spans, data points and log records.", ["signal", "outcome"])

SYSTEM_HEADER = "x-labo-system"
_FULL = "the workspace has as many series as it may, so new ones are left out"


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
    if is_json or len(body) > LARGE_BYTES:
        checked = await read_in_thread(check, signal, body, is_json=is_json)
    else:
        checked = check(signal, body, is_json=is_json)
    if checked.items > checked.rejected:
        sink, received_at, is_full = StreamSink(labo.redis), time.time(), False
        for number, part in enumerate(checked.parts):
            digest = _digest(signal, system, number, part)
            is_full = await sink.append_otlp(
                OtlpEntry(workspace, signal.value, system, received_at, digest, part, number)
            )
        if is_full:
            reason = f"{checked.reason}; {_FULL}" if checked.reason else _FULL
            checked = replace(checked, reason=reason)
    ITEMS.labels(signal.value, "accepted").inc(checked.items - checked.rejected)
    ITEMS.labels(signal.value, "rejected").inc(checked.rejected)
    if checked.undated:
        ITEMS.labels(signal.value, "without_duration").inc(checked.undated)
    return checked


def _digest(signal: Signal, system: str, number: int, part: bytes) -> str:
    """What a part is recognised by when its request is sent again: its content and place."""
    digest = hashlib.blake2b(part, digest_size=16, person=signal.value.encode())
    digest.update(system.encode())
    if number:
        digest.update(number.to_bytes(4, "big"))
    return digest.hexdigest()
