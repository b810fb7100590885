"""A real Prometheus scrapes a real exporter, and its series are read beside the store's."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, Gauge, start_http_server

from benchmarks.debian import find_commands
from graph import metrics
from labo.adapters.metric_source.beside_store import ReaderBesideSource, RecentBesideSource
from labo.adapters.metric_source.prometheus import (
    MAX_POINTS,
    PrometheusAccount,
    PrometheusSource,
    prometheus_policy,
)
from labo.adapters.outgoing import OutgoingPolicy
from labo.adapters.telemetry.recent import StoredRecentTelemetry
from labo.domain.entities.keys import component_key
from labo.domain.entities.metrics import Exposure
from labo.domain.entities.series import SeriesKey, SeriesQuery, Window
from labo.domain.telemetry.batches import Sample, TelemetryBatch
from labo.errors import Forbidden, InvalidInput, Unavailable
from labo.services.ingest.metric_sources import register
from tests.builders.receiver import Reply, receiving
from tests.integration.linking.conftest import Bench, bench

__all__ = ["bench"]

pytestmark = pytest.mark.stack

CONFIG = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: shop
    static_configs: [{{targets: ["127.0.0.1:{exporter}"], labels: {{service: cart}}}}]
  - job_name: gone
    static_configs: [{{targets: ["127.0.0.1:1"]}}]
"""
QUERIES = {
    "up": "up",
    "queue.depth": "queue_depth",
    "ratio": "queue_depth / (queue_depth - queue_depth)",
    "unknown": "0 * queue_depth / 0",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def local(url: str, **limits: float) -> OutgoingPolicy:
    return prometheus_policy(
        url,
        allow_http=True,
        allow_private=True,
        timeout_s=limits.get("timeout_s", 5),
        max_bytes=int(limits.get("max_bytes", 10_000_000)),
    )


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[PrometheusSource]:
    """Prometheus with some seconds of an exporter's samples."""
    commands = find_commands("prometheus", "prometheus")
    if commands is None:
        pytest.skip("prometheus comes from Debian's packages; no apt here")
    registry, exporter, port = CollectorRegistry(), free_port(), free_port()
    Gauge("queue_depth", "Things that wait.", registry=registry).set(7)
    server, thread = start_http_server(exporter, "127.0.0.1", registry=registry)
    config = tmp_path / "prometheus.yml"
    config.write_text(CONFIG.format(exporter=exporter))
    process = await asyncio.create_subprocess_exec(
        *commands["prometheus"],
        f"--config.file={config}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    source = PrometheusSource(url, local(url), system="shop", queries=QUERIES, step_s=1.0)
    try:
        for _ in range(200):
            try:
                await source.check()
                if SeriesKey("cart", "up") in await source.series(recent(), step_s=1.0):
                    break
            except Unavailable:
                pass
            await asyncio.sleep(0.1)
        await asyncio.sleep(2)
        yield source
    finally:
        process.terminate()
        await process.wait()
        server.shutdown()
        server.server_close()
        thread.join()


def recent(seconds: float = 60) -> Window:
    now = datetime.now(UTC)
    return Window(now - timedelta(seconds=seconds), now)


async def test_prometheus_is_read_beside_the_store(bench: Bench, source: PrometheusSource) -> None:
    """Series by component and metric kind, unknown where there is no number; the queries are
    kept where the graph says who exposes what; long ranges are read in parts."""
    found = await source.series(recent())
    assert {key.component for key in found} == {"cart", "gone"}
    depth, up = found[SeriesKey("cart", "queue.depth")], found[SeriesKey("gone", "up")]
    assert set(depth.values.tolist()) == {7.0}
    assert set(up.values.tolist()) == {0.0}
    assert (np.diff(depth.timestamps) == 1.0).all()
    for metric in ("ratio", "unknown"):  # +Inf and NaN
        assert np.isnan(found[SeriesKey("cart", metric)].values).all()

    window = recent(3 * MAX_POINTS)
    assert len((await source.series(window))[SeriesKey("cart", "queue.depth")].values) >= 2
    assert max((await source.series(window))[SeriesKey("cart", "up")].timestamps) < (
        window.end.timestamp()
    )

    await register(bench.labo.graph, source, datetime.now(UTC), origin="prometheus")
    cart = component_key("shop", "cart")
    exposed = await metrics.exposures(bench.labo.graph, [cart])
    assert Exposure(cart, "queue.depth", "queue_depth", "prometheus") in exposed

    await reads_both(bench, source)

    with pytest.raises(InvalidInput, match="parse error"):
        await replace(source, queries={"bad": "sum by("}).series(recent())
    with pytest.raises(InvalidInput, match="too large"):
        await replace(source, policy=local(source.url, max_bytes=20)).series(recent())


async def reads_both(bench: Bench, source: PrometheusSource) -> None:
    """The store's own series goes first; another workspace sees nothing of the source."""
    at = datetime.now(UTC).timestamp()
    samples = (Sample("shop", "cart", "up", at, 0.5), Sample("shop", "web", "latency", at, 1.0))
    await bench.app.telemetry.append(TelemetryBatch(bench.workspace, samples=samples))
    window = Window(recent().start, datetime.now(UTC) + timedelta(seconds=5))
    reader = ReaderBesideSource(bench.app.telemetry, source, bench.workspace)
    both = await reader.series(SeriesQuery(bench.workspace, "shop", window))
    assert both[SeriesKey("cart", "up")].values.tolist() == [0.5]
    assert {SeriesKey("web", "latency"), SeriesKey("cart", "queue.depth")} <= set(both)
    gone = await reader.series(
        SeriesQuery(bench.workspace, "shop", window, components=frozenset(["gone"]))
    )
    assert {key.component for key in gone} == {"gone"}
    assert await reader.series(SeriesQuery("other", "shop", window)) == {}
    stored = StoredRecentTelemetry(bench.app.telemetry)
    watched = RecentBesideSource(stored, source, bench.workspace)
    assert SeriesKey("gone", "up") in await watched.series(
        SeriesQuery(bench.workspace, "shop", window)
    )
    assert (bench.workspace, "shop") in await watched.systems(recent().start)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, b"", Forbidden),
        (503, b'{"status": "error", "errorType": "timeout", "error": "slow"}', Unavailable),
        (200, b"<html>a proxy's log-in page</html>", Unavailable),
        (200, b'{"status": "success", "data": {"result": 1}}', Unavailable),
        (302, b"", Unavailable),
    ],
)
async def test_what_is_no_answer_is_said(
    bench: Bench, status: int, body: bytes, error: type[Exception]
) -> None:
    """By its kind; the account goes along, and a reader goes on with what is stored."""
    with receiving(Reply(status, body=body)) as receiver:
        source = PrometheusSource(
            receiver.url, local(receiver.url), account=PrometheusAccount("secret")
        )
        with pytest.raises(error):
            await source.check()
        reader = ReaderBesideSource(bench.app.telemetry, source, bench.workspace)
        assert await reader.series(SeriesQuery(bench.workspace, "default", recent())) == {}


def test_the_account_is_a_token_or_a_user() -> None:
    """The token goes first; without either nothing is sent."""
    assert PrometheusAccount("t", "u", "p").headers() == {"Authorization": "Bearer t"}
    assert PrometheusAccount(None, "u", "p").headers() == {"Authorization": "Basic dTpw"}
    assert PrometheusAccount().headers() == {}
