"""A configured Prometheus: `labo doctor` asks it, the stream process writes down what it has."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from graph import metrics
from labo.adapters.metric_source.prometheus import PrometheusSource, prometheus_policy
from labo.cli.metric_sources import check_metric_source
from labo.domain.entities.keys import component_key
from labo.domain.entities.metrics import Exposure
from labo.stack.doctor import Verdict
from labo.stack.processes import free_port
from tests.builders.receiver import Receiver, Reply, receiving
from tests.integration.linking.conftest import Bench, bench
from workers.stream import metric_sources

__all__ = ["bench"]

pytestmark = pytest.mark.stack


def answer(*series: dict[str, object]) -> Reply:
    return Reply(body=json.dumps({"status": "success", "data": {"result": series}}).encode())


DEPTH: dict[str, object] = {"metric": {"service": "cart"}, "values": [[1_700_000_000, "7"]]}
OVERLOADED = Reply(503, body=b'{"status": "error", "errorType": "timeout", "error": "slow"}')
REFUSED = Reply(401, body=b"")


@contextmanager
def configured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *replies: Reply
) -> Iterator[Receiver]:
    """Settings of an operator whose Prometheus on this machine gives these answers."""
    with receiving(*replies) as receiver:
        monkeypatch.setenv("LABO_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("LABO_PROMETHEUS__URL", receiver.url)
        monkeypatch.setenv("LABO_PROMETHEUS__ALLOW_HTTP", "true")
        monkeypatch.setenv("LABO_PROMETHEUS__ALLOW_PRIVATE", "true")
        monkeypatch.setenv("LABO_PROMETHEUS__TOKEN", "s3cret")
        monkeypatch.setenv("LABO_PROMETHEUS__QUERIES", '{"up": "up", "depth": "queue_depth"}')
        yield receiver


def test_doctor_says_that_prometheus_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Asked one query that costs nothing, with the account, and how many are configured."""
    with configured(monkeypatch, tmp_path, answer()) as receiver:
        (check,) = check_metric_source(tmp_path)

    assert (check.name, check.verdict) == ("prometheus", Verdict.OK)
    assert check.text == "answers; 2 queries are configured"
    (asked,) = receiver.received
    assert asked.path == "/api/v1/query"
    assert asked.headers["authorization"] == "Bearer s3cret"


def test_doctor_says_why_prometheus_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Refused, overloaded or away: each is a failure with what to do, and never the token."""
    found = []
    for reply in (REFUSED, OVERLOADED):
        with configured(monkeypatch, tmp_path, reply):
            found += check_metric_source(tmp_path)
    monkeypatch.setenv("LABO_PROMETHEUS__URL", f"http://127.0.0.1:{free_port()}")
    found += check_metric_source(tmp_path)

    assert [check.verdict for check in found] == [Verdict.FAIL] * 3
    assert all(check.hint for check in found)
    assert len({check.text for check in found}) == 3
    assert "s3cret" not in repr(found)


def test_doctor_is_silent_without_a_prometheus(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is optional."""
    monkeypatch.setenv("LABO_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("LABO_PROMETHEUS__URL", raising=False)

    assert check_metric_source(tmp_path) == []


async def test_what_prometheus_has_is_written_down_once_it_answers(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage is waited out; a target that comes later is found by the next look; setting the
    event ends it."""
    monkeypatch.setattr(metric_sources, "RETRY_S", 0.01)
    monkeypatch.setattr(metric_sources, "EVERY_S", 0.01)
    later = {"metric": {"service": "checkout"}, "values": [[1_700_000_000, "1"]]}
    cart, checkout = (component_key("shop", name) for name in ("cart", "checkout"))
    with receiving(OVERLOADED, answer(DEPTH), answer(DEPTH, later)) as receiver:
        policy = prometheus_policy(
            receiver.url, allow_http=True, allow_private=True, timeout_s=5, max_bytes=1_000_000
        )
        source = PrometheusSource(
            receiver.url, policy, system="shop", queries={"depth": "queue_depth"}
        )
        app = replace(
            bench.app,
            metric_source=source,
            settings=bench.app.settings.model_copy(update={"workspace": bench.workspace}),
        )
        stop = asyncio.Event()
        running = asyncio.create_task(metric_sources.register_metrics(app, stop))
        found: list[Exposure] = []
        for _ in range(600):
            found = await metrics.exposures(bench.labo.graph, [cart, checkout])
            if len(found) == 2:
                break
            await asyncio.sleep(0.1)
        stop.set()
        await running

    assert sorted(found, key=lambda one: one.component) == [
        Exposure(cart, "depth", "queue_depth", "prometheus"),
        Exposure(checkout, "depth", "queue_depth", "prometheus"),
    ]
    assert receiver.received[0].path == "/api/v1/query_range"


async def test_without_a_metric_source_there_is_nothing_to_write_down(bench: Bench) -> None:
    """The part stays until the process stops, or it would be started again and again."""
    stop = asyncio.Event()
    running = asyncio.create_task(metric_sources.register_metrics(bench.app, stop))
    done, _ = await asyncio.wait({running}, timeout=0.05)
    assert not done
    stop.set()
    await running
