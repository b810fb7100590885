"""An application of the live bench, instrumented by OpenTelemetry's SDK, beside the stack."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.live.application import Application, Receiver
from benchmarks.live.faults import Kind
from benchmarks.live.shapes import WEB
from tests.acceptance.conftest import WholeStack, wait_for

pytestmark = pytest.mark.acceptance

QUERY = """
query ($system: String!) {
  components(system: $system) { nodes {
    name role dependencies { name } exposes(first: 100) { metric } } }
}
"""


async def test_its_spans_metrics_and_database_arrive_and_a_fault_can_be_switched(
    whole_stack: WholeStack, tmp_path: Path
) -> None:
    """Three processes and a database are four components; a killed process answers no more, and
    all end with the application."""
    application = Application(WEB, tmp_path / "shop", Receiver(whole_stack.url, whole_stack.token))
    traffic = asyncio.create_task(application.traffic.run())
    try:
        await application.start()
        found = await asyncio.to_thread(
            wait_for, lambda: components(whole_stack), seconds=60, reason="its topology is known"
        )
        failed = application.traffic.failed
        await application.inject(Kind.UNAVAILABLE, "payments")
        async with asyncio.timeout(60):
            while application.traffic.failed == failed:  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0.1)
    finally:
        traffic.cancel()
        await asyncio.gather(traffic, return_exceptions=True)
        application.stop()

    assert {name: role for name, (role, _) in found.items()} == {
        "storefront": "service",
        "orders": "service",
        "payments": "service",
        "sqlite-orders": "database",
    }
    assert "process.memory.usage" in found["payments"][1]


def components(stack: WholeStack) -> dict[str, tuple[str, set[str]]] | None:
    """Role and metrics by name, once all calls are known."""
    nodes = stack.graphql(QUERY, system=WEB.system)["components"]["nodes"]
    links = {(one["name"], other["name"]) for one in nodes for other in one["dependencies"]}
    wanted = {
        ("storefront", "orders"),
        ("storefront", "payments"),
        ("orders", "sqlite-orders"),
    }
    found = {
        one["name"]: (one["role"].lower(), {e["metric"] for e in one["exposes"]}) for one in nodes
    }
    has_all = links == wanted and "process.memory.usage" in found.get("payments", ("", set()))[1]
    return found if has_all else None
