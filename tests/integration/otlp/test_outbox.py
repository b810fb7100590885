"""What the stream process owes the graph, on real servers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from graph.components import find_by_keys
from labo.adapters.telemetry.outbox import OutboxMessage, encode_message
from labo.domain.entities.components import Component
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus
from labo.domain.telemetry.batches import RolledBatch
from labo.domain.telemetry.spans.topology import CallGraph
from tests.integration.linking.conftest import Bench, bench
from workers.stream.outbox import forward_once

__all__ = ["bench"]

pytestmark = pytest.mark.stack

TOO_LONG = "x" * 40_000
"""For an index of Neo4j."""


def event(key: str) -> Event:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return Event("logs", key, key, EventStatus.FIRING, Severity.ERROR, "refused", starts_at=at)


async def owe(bench: Bench, *message: OutboxMessage) -> None:
    events = tuple(map(encode_message, message))
    await bench.app.telemetry.save(RolledBatch(bench.workspace, events=events))


async def test_what_the_graph_can_never_keep_costs_only_itself(bench: Bench) -> None:
    """A component and an event that no index takes keep nothing back that waits with them."""
    bad = Component(f"shop/{TOO_LONG}", TOO_LONG, "shop")
    good = Component("shop/cart", "cart", "shop")
    await owe(bench, CallGraph((bad,)), CallGraph((good,)), event(TOO_LONG), event("fine"))

    assert await forward_once(bench.app) == 4
    assert await forward_once(bench.app) == 0

    assert set(await find_by_keys(bench.labo.graph, [good.key])) == {good.key}
    again = await bench.labo.events.accept([event("fine")])
    assert (again.accepted, again.duplicates) == (0, 1)
