"""Memory that 1 MB on the wire costs: gzip bombs of OTLP through all that a workspace remembers.

`python -m benchmarks.otlp_memory [KIND …]` sends each kind, packed, until 1 MB went over the wire
or the number is reached, through the API's check and the stream process's reading, each kind in a
process of its own, which does not make the requests. *Held* is what the process still has
afterwards, *peak* the most it had meanwhile.
"""

from __future__ import annotations

import ctypes
import gc
import gzip
import json
import multiprocessing
import pickle
import resource
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import psutil
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from benchmarks.table import Table
from labo.adapters.otlp.intake import OtlpIntake
from labo.adapters.otlp.requests import Signal, check
from labo.adapters.telemetry.stream import OtlpEntry
from labo.domain.telemetry.spans.topology import CallLedger
from labo.errors import InvalidInput

WIRE_BYTES = 1_000_000
BODY_BYTES = 5_000_000
MAX_REQUESTS = 20
AT = 1_795_995_000
_NANOS = 10**9

Request = tuple[Signal, bytes, bool]
Kind = Callable[[int], Request]


def run(kinds: Iterable[str] = ()) -> Table:
    """A row a kind, of all by default."""
    rows = []
    context = multiprocessing.get_context("spawn")
    for name in kinds or KINDS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                sent, wire = pool.submit(make, name, path).result()
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                held, peak = pool.submit(measure, path).result()
        megabytes = (f"{value / 1e6:.1f}" for value in (wire, held, peak))
        print(name, sent, *(round(value / 1e6, 1) for value in (wire, held, peak)), flush=True)
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


def _traces(
    spans: int, number: int, *, kind: int = 2, is_error: bool = False
) -> tuple[ExportTraceServiceRequest, list[tuple[Resource, Span]]]:
    """A request of so many spans, and each with its resource."""
    request = ExportTraceServiceRequest()
    made = []
    for index in range(spans):
        scope = request.resource_spans.add()
        scope.resource.attributes.add(key="service.name").value.string_value = "web"
        span = scope.scope_spans.add().spans.add(
            trace_id=(number * 100_000 + index + 1).to_bytes(16, "big"),
            span_id=(index + 1).to_bytes(8, "big"),
            kind=kind,
            start_time_unix_nano=AT * _NANOS,
            end_time_unix_nano=(AT + 1) * _NANOS,
        )
        span.status.code = 2 if is_error else 0  # type: ignore[assignment]
        made.append((scope.resource, span))
    return request, made


def _with(
    number: int, spans: int, attributes: int, length: int, *, is_error: bool = False
) -> Request:
    request, made = _traces(spans, number, is_error=is_error)
    for index, (_, span) in enumerate(made):
        for name in range(attributes):
            text = f"{number}-{index}-" + "x" * length
            span.attributes.add(key=f"a{name}").value.string_value = text
    return Signal.TRACES, request.SerializeToString(), False


def usual(number: int) -> Request:
    """Spans as an SDK sends them."""
    return _with(number, 50, 8, 20)


def many_attributes(number: int) -> Request:
    """One span of hundred thousands of attributes."""
    return _with(number, 1, 150_000, 1)


def long_values(number: int) -> Request:
    """Failed spans of attributes of 100 kB."""
    return _with(number, 40, 1, 100_000, is_error=True)


def small_spans(number: int) -> Request:
    """As many spans as a request may have, with nothing but ids."""
    return _with(number, 20_000, 0, 0)


def calls(number: int) -> Request:
    """Calls of ever other peers by long addresses."""
    request, made = _traces(4_000, number, kind=3)
    for index, (_, span) in enumerate(made):
        for key in ("server.address", "url.full", "db.namespace", "http.route"):
            span.attributes.add(key=key).value.string_value = f"{number}-{index}-" + "x" * 250
    return Signal.TRACES, request.SerializeToString(), False


def resources(number: int) -> Request:
    """Ever other services, each with long labels."""
    request, made = _traces(3_000, number)
    for index, (emitter, _) in enumerate(made):
        emitter.attributes[0].value.string_value = f"{number}-{index}-" + "x" * 300
        for key in ("k8s.deployment.name", "host.name", "service.version", "other"):
            emitter.attributes.add(key=key).value.string_value = "y" * 250
    return Signal.TRACES, request.SerializeToString(), False


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
    print(run(sys.argv[1:]).markdown())
