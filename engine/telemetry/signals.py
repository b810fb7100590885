"""Samples as OTLP metrics, log lines as OTLP log records."""

from __future__ import annotations

import re
from collections.abc import Mapping

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ScopeLogs, SeverityNumber
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, ScopeMetrics

from engine.records import LogLine, Sample, Severity
from engine.telemetry.spans import SCOPE, Ids, Origin
from engine.telemetry.wire import ID

_SEVERITY = {
    Severity.INFO: SeverityNumber.SEVERITY_NUMBER_INFO,
    Severity.WARN: SeverityNumber.SEVERITY_NUMBER_WARN,
    Severity.ERROR: SeverityNumber.SEVERITY_NUMBER_ERROR,
    Severity.FATAL: SeverityNumber.SEVERITY_NUMBER_FATAL,
}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its {name} placeholders filled; one without a value is left as it is."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)


class Gauges:
    """Collects samples, and returns them as one export request."""

    def __init__(self, origin: Origin) -> None:
        self.count = 0
        self._origin = origin
        self._start()

    def add(self, sample: Sample) -> None:
        scope = self._scopes.get(sample.component)
        if scope is None:
            held = self._request.resource_metrics.add()
            held.resource.CopyFrom(self._origin.resource(sample.component))
            scope = self._scopes[sample.component] = held.scope_metrics.add()
            scope.scope.name = SCOPE
        key = sample.component, sample.metric
        metric = self._metrics.get(key)
        if metric is None:
            metric = self._metrics[key] = scope.metrics.add()
            metric.name, metric.unit = sample.metric, sample.unit
        point = metric.gauge.data_points.add()
        point.time_unix_nano = self._origin.nanos(sample.at)
        point.as_double = sample.value
        self.count += 1

    def drain(self) -> bytes:
        """The request (ExportMetricsServiceRequest); its samples are cleared."""
        body = self._request.SerializeToString()
        self._start()
        return body

    def _start(self) -> None:
        self._request = ExportMetricsServiceRequest()
        self._scopes: dict[str, ScopeMetrics] = {}
        self._metrics: dict[tuple[str, str], Metric] = {}
        self.count = 0


class Lines:
    """Collects log lines, and returns them as one export request."""

    def __init__(self, origin: Origin, ids: Ids) -> None:
        self.count = 0
        self._origin = origin
        self._ids = ids
        self._start()

    def add(self, line: LogLine) -> None:
        scope = self._scopes.get(line.component)
        if scope is None:
            held = self._request.resource_logs.add()
            held.resource.CopyFrom(self._origin.resource(line.component))
            scope = self._scopes[line.component] = held.scope_logs.add()
            scope.scope.name = SCOPE
        at = self._origin.nanos(line.at)
        record = LogRecord(
            time_unix_nano=at,
            observed_time_unix_nano=at,
            severity_number=_SEVERITY[line.severity],
            severity_text=line.severity.value,
        )
        record.body.string_value = filled(line.template, line.values)
        if line.trace is not None:
            record.trace_id = self._ids.trace(line.trace)
        if line.span is not None:
            record.span_id = ID.pack(self._ids.server(line.span))
        scope.log_records.append(record)
        self.count += 1

    def drain(self) -> bytes:
        """The request (ExportLogsServiceRequest); its lines are cleared."""
        body = self._request.SerializeToString()
        self._start()
        return body

    def _start(self) -> None:
        self._request = ExportLogsServiceRequest()
        self._scopes: dict[str, ScopeLogs] = {}
        self.count = 0
