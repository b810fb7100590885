"""OpenTelemetry's own SDK and exporters, set up as any program sets them up, by the environment."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psutil
import requests
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer

from benchmarks.live.apps.control import Control

SCOPE = "app"


class Outlet(requests.Session):
    """Posts as any session does; while the control says `silent`, what is posted gets lost."""

    def __init__(self, control: Control) -> None:
        super().__init__()
        self._control = control

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        if not self._control["silent"]:
            return super().send(request, **kwargs)
        lost = requests.Response()
        lost.status_code, lost.request, lost.url = 200, request, request.url or ""
        lost._content = b""
        return lost


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What an application records with."""

    tracer: Tracer
    meter: Meter
    log: logging.Logger


def start(control: Control) -> Telemetry:
    """Providers of all three signals; names, version and endpoint are the environment's."""
    resource = Resource.create()
    traces = TracerProvider(resource=resource)
    traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(session=Outlet(control))))
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(session=Outlet(control)))
    meters = MeterProvider([reader], resource)
    logs = LoggerProvider(resource)
    logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(session=Outlet(control))))
    log = logging.getLogger(SCOPE)
    log.setLevel(logging.INFO)
    with warnings.catch_warnings():
        # Deprecated for a package that only instruments the root logger in the same way.
        warnings.simplefilter("ignore", DeprecationWarning)
        log.addHandler(LoggingHandler(logger_provider=logs))
    meter = meters.get_meter(SCOPE)
    _measure_process(meter)
    return Telemetry(traces.get_tracer(SCOPE), meter, log)


def _measure_process(meter: Meter) -> None:
    """Processor and memory of this process, under their conventional names."""
    process = psutil.Process()
    process.cpu_percent()  # the first call has nothing to compare with

    def cpu(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(process.cpu_percent() / 100)]

    def memory(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(process.memory_info().rss)]

    meter.create_observable_gauge("process.cpu.utilization", [cpu], unit="1")
    meter.create_observable_gauge("process.memory.usage", [memory], unit="By")
