"""Memory that 1 MB on the wire costs: gzip bombs of OTLP through all that a workspace remembers.

`python -m benchmarks.otlp_memory` sends each kind, packed, until 1 MB went over the wire or the
number is reached, through the API's check and the stream process's reading, each kind in a process
of its own, which does not make the requests. *Held* is what the process still has afterwards,
*peak* the most it had meanwhile.
"""

from __future__ import annotations

import ctypes
import gc
import gzip
import json
import multiprocessing
import pickle
import resource
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import psutil
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks.table import Table
from labo.adapters.otlp.intake import OtlpIntake
from labo.adapters.otlp.requests import Signal, check
from labo.adapters.telemetry.stream import OtlpEntry
from labo.domain.telemetry.spans.topology import CallLedger
from labo.errors import InvalidInput

WIRE_BYTES = 1_000_000
BODY_BYTES = 5_000_000
MAX_REQUESTS = 60
AT = 1_795_995_000
_NANOS = 10**9

Request = tuple[Signal, bytes, bool]
Kind = Callable[[int], Request]


def run() -> Table:
    """A row a kind."""
    rows = []
    context = multiprocessing.get_context("spawn")
    for name in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                sent, wire = pool.submit(make, name, path).result()
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                held, peak = pool.submit(measure, path).result()
        megabytes = (f"{value / 1e6:.1f}" for value in (wire, held, peak))
        rows.append((name.replace("_", " "), str(sent), *megabytes))
    return Table(
        "Memory by 1 MB of OTLP on the wire (MB)",
        ("kind", "requests", "on the wire", "held", "peak"),
        tuple(rows),
    )


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


def measure(path: Path) -> tuple[int, int]:
    """Bytes held and at the peak."""
    intake, ledger = OtlpIntake("default"), CallLedger()
    take(intake, ledger, 0, usual(0))
    before = _resident()
    number = 0
    with path.open("rb") as file:
        while file.peek(1):
            number += 1
            # Written by `make`, in this run.
            take(intake, ledger, number, pickle.load(file))  # noqa: S301
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    return _resident() - before, peak


def _resident() -> int:
    """After what is free was given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return psutil.Process().memory_info().rss


def take(intake: OtlpIntake, ledger: CallLedger, number: int, request: Request) -> None:
    """What the API and then the stream process do with a request."""
    signal, body, is_json = request
    try:
        checked = check(signal, body, is_json=is_json)
    except InvalidInput:
        return
    at = float(AT + number)
    entry = OtlpEntry("default", signal.value, "", at, str(number), checked.body)
    decoded = intake.read(entry)
    rolled = intake.roll([decoded])
    graph = ledger.news(rolled.seen, (name for name, _ in rolled.rollups), at)
    intake.commit(rolled, at)
    ledger.forwarded(graph, at)


def _traces(number: int, spans: int, *, kind: int = 2, error: bool = False) -> Iterator[object]:
    request = ExportTraceServiceRequest()
    yield request
    for index in range(spans):
        scope = request.resource_spans.add()
        scope.resource.attributes.add(key="service.name").value.string_value = "web"
        one = scope.scope_spans.add().spans.add(
            trace_id=(number * 100_000 + index + 1).to_bytes(16, "big"),
            span_id=(index + 1).to_bytes(8, "big"),
            kind=kind,  # type: ignore[arg-type]
            start_time_unix_nano=AT * _NANOS,
            end_time_unix_nano=(AT + 1) * _NANOS,
        )
        one.status.code = 2 if error else 0  # type: ignore[assignment]
        yield scope.resource, one


def _with(number: int, spans: int, attributes: int, length: int, **how: bool | int) -> Request:
    made = _traces(number, spans, **how)  # type: ignore[arg-type]
    request = next(made)
    for index, (_, span) in enumerate(made):  # type: ignore[misc]
        for name in range(attributes):
            text = f"{number}-{index}-" + "x" * length
            span.attributes.add(key=f"a{name}").value.string_value = text
    return Signal.TRACES, request.SerializeToString(), False  # type: ignore[attr-defined]


def usual(number: int) -> Request:
    """Spans as an SDK sends them."""
    return _with(number, 50, 8, 20)


def many_attributes(number: int) -> Request:
    """One span of hundred thousands of attributes."""
    return _with(number, 1, 150_000, 1)


def long_values(number: int) -> Request:
    """Failed spans of attributes of 100 kB."""
    return _with(number, 40, 1, 100_000, error=True)


def small_spans(number: int) -> Request:
    """As many spans as a request may have, with nothing but ids."""
    return _with(number, 40_000, 0, 0)


def calls(number: int) -> Request:
    """Calls of ever other peers by long addresses."""
    made = _traces(number, 4_000, kind=3)
    request = next(made)
    for index, (_, span) in enumerate(made):  # type: ignore[misc]
        for key in ("server.address", "url.full", "db.namespace", "http.route"):
            span.attributes.add(key=key).value.string_value = f"{number}-{index}-" + "x" * 250
    return Signal.TRACES, request.SerializeToString(), False  # type: ignore[attr-defined]


def resources(number: int) -> Request:
    """Ever other services, each with long labels."""
    made = _traces(number, 3_000)
    request = next(made)
    for index, (emitter, _) in enumerate(made):  # type: ignore[misc]
        emitter.attributes[0].value.string_value = f"{number}-{index}-" + "x" * 300
        for key in ("k8s.deployment.name", "host.name", "service.version", "other"):
            emitter.attributes.add(key=key).value.string_value = "y" * 250
    return Signal.TRACES, request.SerializeToString(), False  # type: ignore[attr-defined]


def counters(number: int) -> Request:
    """Ever other histograms of many buckets."""
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    for index in range(150):
        metric = scope.metrics.add(name=f"{number}-{index}-" + "m" * 180)
        metric.histogram.aggregation_temporality = 2  # type: ignore[assignment]
        point = metric.histogram.data_points.add(count=2_000, sum=1.0)
        point.bucket_counts.extend([1] * 1_900)
        point.explicit_bounds.extend(float(bound) for bound in range(1_899))
        point.start_time_unix_nano, point.time_unix_nano = (AT - 60) * _NANOS, AT * _NANOS
    return Signal.METRICS, request.SerializeToString(), False


def gauges(number: int) -> Request:
    """Ever other metrics with kept attributes."""
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    for index in range(10_000):
        metric = scope.metrics.add(name=f"{number}-{index}-" + "m" * 180)
        point = metric.gauge.data_points.add(as_int=1, time_unix_nano=AT * _NANOS)
        point.attributes.add(key="state").value.string_value = "s" * 200
    return Signal.METRICS, request.SerializeToString(), False


def empty_messages(number: int) -> Request:
    """Millions of empty messages in protobuf."""
    del number
    return Signal.TRACES, b"\x0a\x00" * (BODY_BYTES // 2), False


def json_lists(number: int) -> Request:
    """JSON of many small values."""
    del number
    text = json.dumps({"resourceSpans": [[{}]] * 60_000}).encode()
    return Signal.TRACES, text, True


KINDS: dict[str, Kind] = {
    one.__name__: one
    for one in (
        usual, many_attributes, long_values, small_spans, calls, resources, counters, gauges,
        empty_messages, json_lists,
    )
}  # fmt: skip

if __name__ == "__main__":
    print(run().markdown())
