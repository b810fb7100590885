"""Spans: who calls whom, roles, roll-ups and exemplar traces."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.telemetry.rollups import Rollups, SeriesKind
from labo.domain.telemetry.spans.bodies import hops_of, merged_body, path_of
from labo.domain.telemetry.spans.calls import CallWindow, Seen
from labo.domain.telemetry.spans.exemplars import ExemplarChooser
from labo.domain.telemetry.spans.span import Service, Span, SpanKind, Value
from labo.domain.telemetry.spans.summary import SpanSummary
from labo.domain.telemetry.spans.topology import CallLedger

NOW = 1_700_000_000.0
NANOS = 1_000_000_000
SERVICES = {name: Service("shop", name) for name in ("web", "cart", "pay")}
HTTP: dict[str, Value] = {"http.request.method": "GET"}


def span(
    number: int,
    service: str,
    kind: SpanKind,
    parent: int = 0,
    *,
    trace: int = 1,
    took_s: float = 0.1,
    failed: bool = False,
    links: tuple[int, ...] = (),
    **attributes: Value,
) -> Span:
    end = int(NOW * NANOS)
    return Span(
        trace.to_bytes(16, "big"),
        number.to_bytes(8, "big"),
        parent.to_bytes(8, "big") if parent else b"",
        SERVICES[service],
        kind,
        end - int(took_s * NANOS),
        end,
        failed,
        False,
        {key.replace("__", "."): value for key, value in attributes.items()},
        tuple(trace.to_bytes(16, "big") + link.to_bytes(8, "big") for link in links),
    )


def links_of(*batches: list[Span], window: CallWindow | None = None) -> set[tuple[str, str]]:
    window = window or CallWindow()
    links = set()
    for batch in batches:
        seen = Seen()
        window.stage(batch, seen)
        window.commit(NOW, seen)
        links |= seen.links
    return {(caller[1], callee[1]) for caller, callee in links}


TRACE = [
    span(1, "web", SpanKind.SERVER),
    span(2, "web", SpanKind.CLIENT, 1, server__address="cart.internal"),
    span(3, "cart", SpanKind.SERVER, 2),
    span(4, "cart", SpanKind.CLIENT, 3, db__system="postgresql", server__address="orders-db"),
    span(5, "cart", SpanKind.CLIENT, 3, db__system="redis"),
    span(6, "cart", SpanKind.PRODUCER, 3, messaging__destination__name="orders"),
    span(7, "pay", SpanKind.CONSUMER, 6, messaging__destination__name="orders"),
    span(8, "pay", SpanKind.CLIENT, 7, peer__service="web"),
    span(9, "web", SpanKind.SERVER, 8),
]
LINKS = {
    ("web", "cart"),
    ("cart", "orders-db"),
    ("cart", "redis"),
    ("cart", "orders"),
    ("orders", "pay"),
    ("pay", "web"),
}


@settings(max_examples=50, deadline=None)
@given(st.permutations(TRACE), st.integers(1, 9))
def test_the_calls_of_a_trace_are_found_in_any_order(spans: list[Span], size: int) -> None:
    """Parents before or after children, in one batch or in nine: the same calls, cycles too."""
    batches = [spans[start : start + size] for start in range(0, len(spans), size)]

    assert links_of(*batches) == LINKS


def test_a_link_joins_a_consumer_to_its_producer() -> None:
    """A consumer in a trace of its own is linked to who sent the message."""
    producer = span(1, "cart", SpanKind.PRODUCER)
    consumer = span(2, "pay", SpanKind.CONSUMER, links=(1,))

    assert links_of([consumer], [producer]) == {("cart", "pay")}


def test_a_service_may_call_itself() -> None:
    """A client span answered by the same service is a self-call; an inner server span is not."""
    spans = [
        span(1, "web", SpanKind.SERVER),
        span(2, "web", SpanKind.SERVER, 1),
        span(3, "web", SpanKind.CLIENT, 2, server__address="web"),
        span(4, "web", SpanKind.SERVER, 3),
    ]
    assert links_of(spans) == {("web", "web")}


def test_who_never_answers_is_outside() -> None:
    """A called address without spans of its own becomes an external component once its span has
    left the window, with what its callers measured; later calls count at once."""
    window = CallWindow(seconds=30)
    call = span(1, "pay", SpanKind.CLIENT, http__request__method="POST", server__address="bank.com")
    later = Seen()
    for number, at in enumerate((NOW, NOW + 31, NOW + 62)):
        seen = Seen()
        window.stage([call] if number == 0 else [], seen)
        window.commit(at, later)
        assert not seen.links

    assert later.links == {(("shop", "pay"), ("shop", "bank.com"))}
    assert later.roles == {("shop", "bank.com"): "external"}
    assert [one.peer.metric for one in later.calls] == ["http.client.request"]
    at_once = Seen()
    window.stage([span(2, "pay", SpanKind.CLIENT, server__address="bank.com")], at_once)
    assert len(at_once.calls) == 1


def test_what_could_not_be_stored_is_read_again() -> None:
    """After a rollback the same spans are fresh; after a commit they are duplicates."""
    window = CallWindow()
    fresh = []
    for stored in (False, True, True):
        seen = Seen()
        window.stage(TRACE, seen)
        fresh.append(len(seen.fresh))
        window.commit(NOW, seen) if stored else window.rollback()

    assert fresh == [9, 9, 0]


def test_the_window_is_bounded() -> None:
    """However many spans come, at most two generations are held."""
    window = CallWindow(max_bytes=16_000)
    for start in range(1, 2_000, 50):
        seen = Seen()
        some = [span(n, "web", SpanKind.SERVER, n + 10_000) for n in range(start, start + 50)]
        window.stage(some, seen)
        window.commit(NOW, seen)
    assert len(window._new) + len(window._old) <= 200
    assert len(window._waiting) + len(window._waiting_old) <= 200


def test_roles_come_from_what_spans_say() -> None:
    """A peer's role is told by its attributes; the ledger tells each thing once in a while."""
    seen = Seen()
    CallWindow().stage(TRACE, seen)
    seen.services = {("shop", name): service for name, service in SERVICES.items()}
    ledger = CallLedger()

    news = ledger.news(seen, [], NOW)
    assert {component.name: component.role for component in news.components} == {
        "web": "service",
        "cart": "service",
        "pay": "service",
        "orders-db": "database",
        "redis": "cache",
        "orders": "queue",
    }
    assert len(news.dependencies) == len(LINKS)
    ledger.forwarded(news, NOW)
    assert len(ledger.news(seen, [], NOW + 599)) == 0
    assert len(ledger.news(seen, [], NOW + 600)) == len(news)


@settings(max_examples=50, deadline=None)
@given(st.permutations(TRACE), st.integers(1, 9))
def test_rolling_up_does_not_depend_on_batches(spans: list[Span], size: int) -> None:
    """The same spans in other batches give the same counts, sums and buckets."""

    def rolled(parts: list[list[Span]]) -> dict[tuple[str, str], tuple[float, float]]:
        window, rollups = CallWindow(), Rollups()
        for part in parts:
            seen = Seen()
            window.stage(part, seen)
            summary = SpanSummary(rollups, NOW)
            summary.enter(seen.fresh)
            summary.call(c for c in seen.calls if c.peer.name != "web")
            window.commit(NOW, seen)
        return {
            (name.component, name.metric): (one.count, round(one.total, 6))
            for (name, _), one in rollups.items()
        }

    assert rolled([spans[n : n + size] for n in range(0, len(spans), size)]) == rolled([TRACE])


def test_what_is_measured_where() -> None:
    """Entries at their component, by what they speak; calls at who has no spans; errors too."""
    rollups: Rollups = {}
    summary = SpanSummary(rollups, NOW)
    summary.enter(
        [
            span(1, "web", SpanKind.SERVER, **HTTP, took_s=2.0),
            span(2, "web", SpanKind.SERVER, http__route="/", http__response__status_code=503),
            span(3, "pay", SpanKind.SERVER, rpc__system="grpc"),
            span(4, "pay", SpanKind.CONSUMER, 3),
            span(5, "cart", SpanKind.INTERNAL, failed=True),
            span(6, "cart", SpanKind.INTERNAL, 5),
        ]
    )
    found = {
        (name.component, name.metric): round(one.total / one.count, 3)
        for (name, _), one in rollups.items()
        if name.kind is SeriesKind.GAUGE
    }
    assert found == {
        ("web", "http.server.request.error_ratio"): 0.5,
        ("pay", "rpc.server.error_ratio"): 0.0,
        ("pay", "messaging.process.error_ratio"): 0.0,
        ("cart", "operation.error_ratio"): 1.0,
    }


@pytest.mark.parametrize(("start", "end"), [(0, 0), (NOW + 9e3, NOW + 8e3), (NOW, NOW - 1)])
def test_clocks_that_are_wrong_have_a_defined_answer(start: float, end: float) -> None:
    """Without a possible end a span is dated by its receipt; an impossible duration is unknown."""
    odd = span(1, "web", SpanKind.SERVER)._replace(start=int(start * NANOS), end=int(end * NANOS))
    rollups: Rollups = {}
    SpanSummary(rollups, NOW).enter([odd])

    metrics = {name.metric for name, _ in rollups}
    assert metrics == {"server.request.rate", "server.request.error_ratio"}
    assert all(NOW - 20 <= at <= NOW for _, at in rollups)


def test_exemplars_are_the_worst_a_typical_and_the_failed() -> None:
    """Per component and minute; how many is bounded however many spans come."""
    chooser = ExemplarChooser()
    spans = [
        span(n, "web", SpanKind.SERVER, trace=n, took_s=0.09 + n % 20 / 1_000, failed=n % 10 == 0)
        for n in range(1, 1_000)
    ]
    slow = span(5_000, "web", SpanKind.SERVER, trace=5_000, took_s=9.0)
    chosen = [*chooser.choose(spans, NOW), *chooser.choose([slow], NOW)]

    assert len(chosen) <= 8
    assert chosen[-1].duration_ms == pytest.approx(9_000)
    assert sum(one.is_error for one in chosen) >= 2
    assert any(not one.is_error and one.duration_ms < 120 for one in chosen)


def a_body(*spans: tuple[str, str, str, int]) -> str:
    return json.dumps(
        {
            "resourceSpans": [
                {
                    "resource": {
                        "attributes": [{"key": "service.name", "value": {"stringValue": service}}]
                    },
                    "scopeSpans": [
                        {
                            "spans": [
                                {
                                    "spanId": own,
                                    "parentSpanId": parent,
                                    "startTimeUnixNano": str(start * 1_000_000),
                                    "endTimeUnixNano": str((start + 5) * 1_000_000),
                                    "attributes": [{"key": "cache.hit", "value": {"boolValue": 1}}],
                                }
                            ]
                        }
                    ],
                }
                for service, own, parent, start in spans
            ]
        }
    )


def test_a_body_is_put_together_and_read_hop_by_hop() -> None:
    """Parts in any order give one trace, parents first, with offsets; a ring has no root."""
    one = a_body(("cart", "b", "a", 12), ("pay", "c", "b", 14))
    other = a_body(("web", "a", "", 10), ("cart", "b", "a", 12))

    hops = hops_of(merged_body(one, other))

    assert [(hop.component, hop.offset_ms) for hop in hops] == [
        ("web", 0.0), ("cart", 2.0), ("pay", 4.0)
    ]  # fmt: skip
    assert path_of(hops) == ("web", "cart", "pay")
    assert (hops[0].duration_ms, dict(hops[0].attributes)) == (5.0, {"cache.hit": "1"})
    assert hops_of(a_body(("web", "a", "b", 1), ("web", "b", "a", 2))) == ()
    assert hops_of("[" * 100_000) == ()
    assert hops_of("no JSON") == hops_of("{}") == hops_of('{"resourceSpans": []}') == ()
