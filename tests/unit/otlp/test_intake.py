"""What one workspace's requests may take of memory."""

from __future__ import annotations

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from labo.adapters.otlp import intake
from labo.adapters.telemetry.stream import OtlpEntry

HOUR = 3_600.0


def gauges(at: float, *names: str) -> OtlpEntry:
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    for name in names:
        point = scope.metrics.add(name=name).gauge.data_points.add(as_double=1.0)
        point.time_unix_nano = int(at * 1e9)
    return OtlpEntry("default", "metrics", "shop", at, f"{at}", request.SerializeToString())


def test_series_beyond_the_bound_are_refused_until_others_fall_quiet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Known ones go on; a system whose parts come and go is not shut out for ever."""
    monkeypatch.setattr(intake, "_MAX_SERIES", 2)
    taking = intake.OtlpIntake("default")

    def taken(entry: OtlpEntry) -> tuple[set[str], int]:
        rolled = taking.roll([taking.read(entry)])
        return {name.metric for name, _ in rolled.rollups}, rolled.refused_series

    assert taken(gauges(HOUR, "a", "b", "c")) == ({"a", "b"}, 1)
    assert taken(gauges(HOUR * 1.5, "a", "c")) == ({"a"}, 1)
    assert taken(gauges(HOUR * 2.2, "c")) == ({"c"}, 0)
    assert taken(gauges(HOUR * 2.2, "a", "b")) == ({"a"}, 1)
