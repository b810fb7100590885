"""What strangers' names leave behind: whatever is new in each request, memory stays bounded."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from labo.adapters.log_files.templates import LogTemplates
from labo.adapters.otlp.intake import OtlpIntake
from labo.adapters.otlp.requests import Signal, check
from labo.adapters.sources import SOURCES
from labo.adapters.telemetry.stream import OtlpEntry
from workers.stream.otlp_logs import OtlpLogs

AT = 1_795_995_000
NANOS = f"{AT}000000000"
LONG = "x" * 40_000
"""As a name ends that packs well: a request of some kilobytes holds millions of characters."""
ITEMS, ROUNDS = 60, 5
HELD_BYTES = 10_000_000
"""Of 20 MB and more that were sent: what is remembered is bounded by bytes."""

Send = Callable[[int], None]


def resource(number: int) -> dict[str, object]:
    value = {"stringValue": f"service-{number}-{LONG}"}
    return {"attributes": [{"key": "service.name", "value": value}]}


def named(number: int) -> list[dict[str, object]]:
    return [{"key": f"key-{number}", "value": {"stringValue": LONG}}]


def spans(number: int) -> dict[str, object]:
    span = {
        "traceId": f"{number + 1:032x}",
        "spanId": f"{number + 1:016x}",
        "name": f"GET {number}",
    }
    times = {"startTimeUnixNano": NANOS, "endTimeUnixNano": NANOS, "attributes": named(number)}
    return {"resource": resource(number), "scopeSpans": [{"spans": [span | times]}]}


def points(number: int) -> dict[str, object]:
    point = {"timeUnixNano": NANOS, "asInt": "5", "attributes": named(number)}
    data = {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": [point]}
    metric = {"name": f"metric-{number}-{LONG}", "sum": data}
    return {"resource": resource(number), "scopeMetrics": [{"metrics": [metric]}]}


def records(number: int) -> dict[str, object]:
    letters = "".join(chr(97 + int(figure)) for figure in str(number))
    body = {"stringValue": " ".join(f"{letters}{chr(97 + n % 26)}{LONG[:60]}" for n in range(130))}
    record = {"severityNumber": 17, "body": body, "attributes": named(number)}
    return {"resource": resource(number), "scopeLogs": [{"logRecords": [record]}]}


def hooks() -> Send:
    def send(first: int) -> None:
        items = [
            {"title": f"{n} {LONG}", "description": LONG, "labels": {f"{n}": f"secret={n} {LONG}"}}
            for n in range(first, first + ITEMS)
        ]
        SOURCES["generic"].normalise(items, {})

    return send


def telemetry(signal: Signal, key: str, item: Callable[[int], dict[str, object]]) -> Send:
    intake, logs = OtlpIntake("default"), OtlpLogs("default", LogTemplates())

    def send(first: int) -> None:
        body = json.dumps({key: [item(n) for n in range(first, first + ITEMS)]}).encode()
        checked = check(signal, body, is_json=True)
        read = intake.read(OtlpEntry("default", signal.value, "", AT, "d", b"".join(checked.parts)))
        intake.commit(intake.roll([read]), AT)
        logs.read([read])
        logs.commit()

    return send


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.parametrize(
    "make",
    [
        hooks,
        lambda: telemetry(Signal.TRACES, "resourceSpans", spans),
        lambda: telemetry(Signal.METRICS, "resourceMetrics", points),
        lambda: telemetry(Signal.LOGS, "resourceLogs", records),
    ],
    ids=["hooks", "traces", "metrics", "logs"],
)
@pytest.mark.usefixtures("traced")
def test_new_names_in_each_request_take_bounded_memory(make: Callable[[], Send]) -> None:
    """Services, metrics, attributes, templates and labels that nobody sends twice."""
    send = make()
    send(0)  # what is loaded once
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]

    for number in range(1, ROUNDS + 1):
        send(number * ITEMS)

    gc.collect()
    assert tracemalloc.get_traced_memory()[0] - before < HELD_BYTES
