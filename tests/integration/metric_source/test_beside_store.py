"""A reader that has a metric source beside the telemetry store."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labo.adapters.metric_source.beside_store import ReaderBesideSource
from labo.adapters.metric_source.prometheus import PrometheusSource, prometheus_policy
from labo.adapters.telemetry.log_rate_reader import ReaderWithLogRates
from labo.adapters.telemetry.recent import StoredRecentTelemetry
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.domain.entities.series import LogLine, SeriesKey, SeriesQuery, Window
from labo.domain.telemetry.batches import ExemplarTrace, Sample, StoredLine, TelemetryBatch
from labo.errors import Unavailable
from tests.builders.receiver import Reply, receiving

START = 1_700_000_000.0
HOUR = Window(datetime.fromtimestamp(START, UTC), datetime.fromtimestamp(START + 3_600, UTC))
TRACE = ExemplarTrace("t1", "shop", "cart", START + 5, 12.0, False, "{}")


def answer(*components: str) -> bytes:
    """What a Prometheus with one series a component says."""
    values = [[START + 60, "7"]]
    result = [{"metric": {"service": name}, "values": values} for name in components]
    data = {"resultType": "matrix", "result": result}
    return json.dumps({"status": "success", "data": data}).encode()


@pytest.mark.parametrize("values", [[[1, "seven"]], [[1]], [3], [[1, None]]])
async def test_an_answer_that_is_none_of_prometheus_is_unavailable(values: object) -> None:
    """Another server may listen there: a diagnosis names what is missing, and does not fail."""
    result = [{"metric": {"service": "cart"}, "values": values}]
    body = json.dumps({"status": "success", "data": {"result": result}}).encode()
    with receiving(Reply(body=body)) as receiver:
        policy = prometheus_policy(
            receiver.url, allow_http=True, allow_private=True, timeout_s=5, max_bytes=100_000
        )
        source = PrometheusSource(receiver.url, policy, queries={"up": "up"})
        with pytest.raises(Unavailable, match="not an answer of Prometheus"):
            await source.series(HOUR)


async def test_the_asked_components_alone_come_back(tmp_path: Path) -> None:
    """From the source as from the store; lines and traces are the store's."""
    store = SqlTelemetryStore.open(f"sqlite:///{tmp_path / 'telemetry.db'}")
    samples = tuple(Sample("shop", name, "latency", START + 1, 0.5) for name in ("cart", "web"))
    lines = (StoredLine("1", "shop", "cart", START + 2, "ERROR", "no stock"),)
    await store.append(TelemetryBatch("ours", samples=samples, lines=lines, traces=(TRACE,)))
    stored = ReaderWithLogRates(store, StoredRecentTelemetry(store))
    with receiving(Reply(body=answer("cart", "web", "billing"))) as receiver:
        policy = prometheus_policy(
            receiver.url, allow_http=True, allow_private=True, timeout_s=5, max_bytes=100_000
        )
        source = PrometheusSource(receiver.url, policy, system="shop", queries={"up": "up"})
        reader = ReaderBesideSource(stored, source, "ours")

        every = await reader.series(SeriesQuery("ours", "shop", HOUR))
        carts = await reader.series(
            SeriesQuery("ours", "shop", HOUR, components=frozenset(["cart"]))
        )
        nothing = await reader.series(SeriesQuery("ours", "shop", HOUR, components=frozenset()))
        logged = await reader.log_lines("ours", "shop", HOUR)
        traced = await reader.traces("ours", "shop", HOUR)
    store.close()

    assert {SeriesKey(name, "up") for name in ("cart", "web", "billing")} <= set(every)
    assert {key.component for key in carts} == {"cart"}
    assert {SeriesKey("cart", "up"), SeriesKey("cart", "latency")} <= set(carts)
    assert nothing == {}
    assert logged == [LogLine(START + 2, "cart", "ERROR", "no stock")]
    assert traced == [TRACE]
