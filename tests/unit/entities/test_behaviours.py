"""Behaviours by metric names: real ones of SDKs, exporters, clouds and data sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.entities.behaviours import Behaviour, behaviour_of
from labo.domain.entities.conditions import Direction
from labo.domain.telemetry.log_rates import ERRORS, about_metric, template_metric

HIGH: dict[str, str] = {
    # OpenTelemetry's semantic conventions, with the statistics that Labo derives
    "http.server.request.duration.mean": "slow",
    "http.server.request.duration.p50": "slow",
    "http.server.request.duration.p99": "slow",
    "http.client.request.duration": "slow",
    "rpc.server.duration.p95": "slow",
    "db.client.operation.duration.p95": "slow",
    "messaging.process.duration.mean": "slow",
    "http.server.request.rate": "traffic_changed",
    "http.server.active_requests": "traffic_changed",
    "http.server.request.body.size.p95": "traffic_changed",
    "http.server.response.body.size.mean": "traffic_changed",
    "messaging.client.sent.messages.rate": "traffic_changed",
    "http.server.request.error_ratio": "failing",
    "db.client.connection.count": "saturated:connections",
    "db.client.connection.pending_requests": "saturated:connections",
    "db.client.connection.wait_time": "saturated:connections",
    "db.client.connection.timeouts": "saturated:connections",
    "process.cpu.utilization": "saturated:cpu",
    "system.cpu.utilization": "saturated:cpu",
    "system.cpu.load_average.1m": "saturated:cpu",
    "process.memory.usage": "saturated:memory",
    "system.memory.utilization": "saturated:memory",
    "system.filesystem.utilization": "saturated:disk",
    "system.disk.io_time": "saturated:disk",
    "system.network.io": "traffic_changed",
    "system.network.dropped": "saturated:network",
    "process.open_file_descriptor.count": "saturated:files",
    "jvm.memory.used": "saturated:memory",
    "jvm.gc.duration.p95": "saturated:memory",
    "jvm.thread.count": "saturated:threads",
    "k8s.container.restarts": "unavailable",
    # what Labo derives from spans
    "trace.self_time": "slow",
    "trace.error_rate": "failing",
    "trace.called.error_rate": "failing",
    "trace.called.wait_time": "slow",
    "queue.length": "saturated:queue",
    # Prometheus' exporters
    "http_request_duration_seconds_sum": "slow",
    "http_request_duration_seconds_count": "traffic_changed",
    "http_requests_total": "traffic_changed",
    "http_requests_per_second": "traffic_changed",
    "node_load1": "saturated:cpu",
    "node_disk_io_time_seconds_total": "saturated:disk",
    "node_network_receive_bytes_total": "traffic_changed",
    "node_memory_pressure_events": "saturated:memory",
    "container_cpu_usage_seconds_total": "saturated:cpu",
    "container_cpu_cfs_throttled_seconds_total": "saturated:cpu",
    "container_memory_working_set_bytes": "saturated:memory",
    "container_oom_killed_total": "saturated:memory",
    "kube_pod_container_status_restarts_total": "unavailable",
    "process_open_fds": "saturated:files",
    "go_goroutines": "saturated:threads",
    "nodejs_eventloop_lag_seconds": "saturated:threads",
    "mysql_global_status_threads_connected": "saturated:connections",
    "kafka_consumergroup_lag": "saturated:queue",
    "rabbitmq_queue_messages_ready": "saturated:queue",
    "rabbitmq_queue_messages_published_total": "traffic_changed",
    "envoy_cluster_upstream_rq_time": "slow",
    "envoy_cluster_upstream_rq_5xx": "failing",
    "istio_request_duration_milliseconds_sum": "slow",
    "grpc_server_handled_total": "traffic_changed",
    "probe_duration_seconds": "slow",
    # Spring and Micrometer
    "http.server.requests.p95": "slow",
    "http_server_requests_seconds_max": "slow",
    "http_server_requests_seconds_count": "traffic_changed",
    "hikaricp.connections.pending": "saturated:connections",
    "hikaricp_connections_active": "saturated:connections",
    "tomcat.threads.busy": "saturated:threads",
    "executor.queued": "saturated:queue",
    "jvm_gc_pause_seconds_max": "saturated:memory",
    "logback.events.rate": "traffic_changed",
    # CloudWatch, PetShop and Sock Shop
    "latency_p90": "slow",
    "latency_Average": "slow",
    "fault_Sum": "failing",
    "error_Sum": "failing",
    "requests_Sum": "traffic_changed",
    "CPUUtilization": "saturated:cpu",
    "DatabaseConnections": "saturated:connections",
    "ReadLatency": "slow",
    "DiskQueueDepth": "saturated:disk",
    "carts_lat_50": "slow",
    "cpu": "saturated:cpu",
    "mem": "saturated:memory",
    # further names met in incidents
    "http_401_unauthorized_ratio": "failing",
    "coredns_servfail_ratio": "failing",
    "panic_count": "failing",
    "db_pool_in_use": "saturated:connections",
    "db_pool_wait_seconds_p99": "saturated:connections",
    "dynamodb_write_throttle_ratio": "saturated:capacity",
    "disk_used_pct": "saturated:disk",
    "queue_oldest_message_age_seconds": "saturated:queue",
    "checksum_mismatch_total": "data_wrong",
    # no known word: the family, without statistic and unit
    "oven.temperature.p95": "changed:oven.temperature",
    "oven_temperature_mean": "changed:oven.temperature",
    "cache.entries": "changed:cache.entries",
    "container_memory_limit_mb": "changed:memory limit",
    "process_start_time_seconds": "changed:process.start.time",
    "指标.p95": "changed:指标.p95",
}

LOW: dict[str, str] = {
    "up": "unavailable",
    "mysql_up": "unavailable",
    "probe_success": "unavailable",
    "availability_Average": "unavailable",
    "pod_ready_replicas": "unavailable",
    "process.uptime": "unavailable",
    "payment_success_ratio": "failing",
    "apdex": "slow",
    "node_memory_MemAvailable_bytes": "saturated:memory",
    "FreeStorageSpace": "saturated:disk",
    "hikaricp_connections_idle": "saturated:connections",
    "http.server.request.rate": "traffic_changed",
    "requests_Sum": "traffic_changed",
    "cache_hit_ratio": "changed:cache hits",
    "latency_p99": "changed:response time",
    "error_ratio": "changed:failures",
    "system.cpu.utilization": "changed:cpu use",
}


@pytest.mark.parametrize(("metric", "shown"), HIGH.items())
def test_a_metric_that_is_high_shows_a_behaviour(metric: str, shown: str) -> None:
    assert behaviour_of(metric, Direction.HIGH).key == shown


@pytest.mark.parametrize(("metric", "shown"), LOW.items())
def test_a_metric_that_is_low_shows_a_behaviour(metric: str, shown: str) -> None:
    assert behaviour_of(metric, Direction.LOW).key == shown


def test_a_series_that_vanishes_is_silence_whatever_it_measured() -> None:
    assert {behaviour_of(metric, "absent").key for metric in HIGH} == {"silent"}


@pytest.mark.parametrize("metric", [ERRORS, template_metric("82ad"), about_metric("82ad")])
def test_a_changed_rate_of_log_lines_is_about_the_log(metric: str) -> None:
    assert behaviour_of(metric, Direction.CHANGED).key == "log_error"


@given(st.text(), st.sampled_from([*Direction, "sideways", ""]))
def test_no_name_is_too_strange(metric: str, direction: str) -> None:
    """It is then a change of what the name says, never of nothing."""
    shown = behaviour_of(metric, direction)

    assert shown == behaviour_of(metric, direction)
    assert shown.behaviour is not Behaviour.CHANGED or shown.subject


@given(
    st.sampled_from(["http.server.request.duration", "latency", "db.client.operation.duration"]),
    st.sampled_from(["", ".mean", ".p50", ".p95", ".p99", "_max", "_seconds_p99", "_Average"]),
)
def test_a_statistic_is_no_behaviour_of_its_own(metric: str, statistic: str) -> None:
    assert behaviour_of(metric + statistic, Direction.HIGH).key == "slow"


def test_a_behaviour_reads_as_a_sentence() -> None:
    assert [
        behaviour_of(metric, direction).of("checkout")
        for metric, direction in (
            ("latency", "high"),
            ("cpu", "high"),
            ("cpu", "absent"),
            ("requests", "low"),
            ("oven.temperature", "high"),
        )
    ] == [
        "checkout is slow",
        "checkout is saturated (cpu)",
        "checkout is silent",
        "checkout has unusual traffic",
        "checkout has changed (oven.temperature)",
    ]
