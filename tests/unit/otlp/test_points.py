"""Metric points: cumulative and delta, restarts, histograms of every kind."""

from __future__ import annotations

from dataclasses import replace

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from labo.adapters.otlp.intake import OtlpIntake, Rolled
from labo.adapters.telemetry.stream import OtlpEntry
from labo.domain.telemetry.counters import Counted, Point
from labo.domain.telemetry.points import Number, add_number, name_of
from labo.domain.telemetry.rollups import Rollups, SeriesKind

NOW = 1_700_000_000.0
NANOS = 1_000_000_000
POINT = Point("s", "shop", "cart", "orders", NOW, NOW - 60, is_cumulative=True)


def counted(rollups: Rollups) -> float:
    return sum(one.total for (name, _), one in rollups.items() if name.kind is SeriesKind.RATE)


def test_a_cumulative_counter_counts_what_was_added() -> None:
    """What grew is counted; a repeated or older point adds nothing; after a restart, once the next
    point confirms it, what it shows was added since."""
    memory: dict[str, Counted] = {}
    rollups: Rollups = {}
    shown = [(0, 10.0), (60, 25.0), (60, 25.0), (30, 12.0), (120, 4.0), (180, 6.0)]
    for later, value in shown:
        point = replace(POINT, timestamp=NOW + later)
        add_number(rollups, Number(point, value, is_sum=True), memory)

    assert counted(rollups) == pytest.approx(10 + 15 + 6)


def test_a_counter_first_met_long_after_its_start_only_sets_the_mark() -> None:
    """Its whole history is not counted as if it had come just now."""
    rollups: Rollups = {}
    memory: dict[str, Counted] = {}
    old = replace(POINT, since=NOW - 86_400)
    add_number(rollups, Number(old, 1e6, is_sum=True), memory)
    add_number(rollups, Number(replace(old, timestamp=NOW + 10), 1e6 + 5, is_sum=True), memory)

    assert counted(rollups) == pytest.approx(5)


def test_a_delta_counts_as_it_is_and_a_gauge_is_a_mean() -> None:
    """Deltas add up; gauges average; what is not finite is left out."""
    rollups: Rollups = {}
    delta = replace(POINT, is_cumulative=False)
    for value in (3.0, float("nan"), 4.0):
        add_number(rollups, Number(delta, value, is_sum=True), {})
        add_number(rollups, Number(delta, value, is_sum=False), {})

    gauges = [one for (name, _), one in rollups.items() if name.kind is SeriesKind.GAUGE]
    assert counted(rollups) == pytest.approx(7)
    assert [(one.count, one.total) for one in gauges] == [(2, 7.0)]


def test_attributes_that_tell_states_apart_become_part_of_the_name() -> None:
    """Others are merged, and so are states beyond the bound."""
    known: dict[str, set[str]] = {}
    assert name_of("memory", {"state": "used", "host.ip": "x"}, known) == "memory.used"
    assert name_of("memory", {"host.ip": "x"}, known) == "memory"
    names = {name_of("memory", {"state": str(n)}, known) for n in range(100)}
    assert len(names) == 20


def a_request() -> tuple[ExportMetricsServiceRequest, object]:
    request = ExportMetricsServiceRequest()
    resource = request.resource_metrics.add()
    for key, value in (("service.name", "cart"), ("service.namespace", "shop")):
        resource.resource.attributes.add(key=key).value.string_value = value
    return request, resource.scope_metrics.add().metrics


def roll(intake: OtlpIntake, request: ExportMetricsServiceRequest, at: float) -> Rolled:
    body = request.SerializeToString()
    decoded = intake.read(OtlpEntry("default", "metrics", "", at, str(at), body))
    rolled = intake.roll([decoded])
    intake.commit(rolled, at)
    return rolled


def found(rolled: Rolled, metric: str) -> tuple[float, float, tuple[float, ...]]:
    some = [one for (name, _), one in rolled.rollups.items() if name.metric == metric]
    return (
        round(sum(one.count for one in some), 6),
        round(sum(one.total for one in some), 6),
        tuple(round(value, 3) for value in some[0].quantiles()) if some else (),
    )


def a_histogram(at: float, counts: list[int], total: float) -> ExportMetricsServiceRequest:
    request, metrics = a_request()
    metric = metrics.add(name="http.server.request.duration")  # type: ignore[attr-defined]
    metric.histogram.aggregation_temporality = 2
    point = metric.histogram.data_points.add(
        count=sum(counts), sum=total, bucket_counts=counts, explicit_bounds=[0.1, 1.0],
        start_time_unix_nano=int((NOW - 60) * NANOS), time_unix_nano=int(at * NANOS),
    )  # fmt: skip
    point.attributes.add(key="error.type").value.string_value = "500"
    return request


def test_a_cumulative_histogram_gives_rate_quantiles_and_errors() -> None:
    """Only what came since the last point counts, also after the state was loaded again."""
    intake = OtlpIntake("default")
    first = roll(intake, a_histogram(NOW, [100, 0, 0], 5.0), NOW)
    kept = dict(first.counted)
    again = OtlpIntake("default")
    again.remember(kept)
    second = roll(again, a_histogram(NOW + 10, [100, 10, 0], 10.0), NOW + 10)

    count, total, (p50, _, p99) = found(second, "http.server.request.duration")
    assert (count, total) == (10, 5.0)
    assert 0.1 <= p50 <= p99 <= 1.0
    assert found(second, "http.server.request.rate")[1] == 10
    assert found(second, "http.server.request.error_ratio")[:2] == (10, 10)


def an_exponential(at: float, scale: int, offset: int, counts: list[int]) -> Rolled:
    request, metrics = a_request()
    metric = metrics.add(name="wait")  # type: ignore[attr-defined]
    metric.exponential_histogram.aggregation_temporality = 2
    point = metric.exponential_histogram.data_points.add(
        count=sum(counts) + 2, sum=100.0, scale=scale, zero_count=2,
        start_time_unix_nano=int((NOW - 60) * NANOS), time_unix_nano=int(at * NANOS),
    )  # fmt: skip
    point.positive.offset = offset
    point.positive.bucket_counts.extend(counts)
    return roll(INTAKE, request, at)


INTAKE = OtlpIntake("default")


def test_an_exponential_histogram_may_change_its_scale() -> None:
    """Coarser buckets for the same values are no restart: only the growth counts."""
    first = an_exponential(NOW, 1, 0, [4, 4, 4, 4])
    second = an_exponential(NOW + 10, 0, 0, [8, 12])

    assert found(first, "wait")[0] == 18
    assert found(second, "wait")[0] == 4


def test_a_summary_gives_rate_mean_and_its_own_quantiles() -> None:
    """Quantiles that can't be merged are gauges of their own."""
    request, metrics = a_request()
    summary = metrics.add(name="gc").summary  # type: ignore[attr-defined]
    point = summary.data_points.add(
        count=4, sum=2.0, start_time_unix_nano=int((NOW - 60) * NANOS),
        time_unix_nano=int(NOW * NANOS),
    )  # fmt: skip
    point.quantile_values.add(quantile=0.99, value=1.5)

    rolled = roll(OtlpIntake("default"), request, NOW)

    assert found(rolled, "gc.p99")[:2] == (1, 1.5)
    assert found(rolled, "gc.mean")[:2] == (4, 2.0)
    assert found(rolled, "gc.rate")[1] == 4


def test_impossible_times_are_dated_by_receipt() -> None:
    """A point from far ahead, or without a time, is of the moment that it came."""
    for stamp in (0, int((NOW + 86_400) * NANOS)):
        request, metrics = a_request()
        gauge = metrics.add(name="g").gauge  # type: ignore[attr-defined]
        gauge.data_points.add(as_int=1, time_unix_nano=stamp)
        rolled = roll(OtlpIntake("default"), request, NOW)
        assert {start for _, start in rolled.rollups} == {1_700_000_000}
