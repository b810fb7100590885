"""The sender against a real HTTP endpoint that is well, slow, away or unwilling."""

from __future__ import annotations

import gzip
import socket
import threading

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from engine.telemetry.sender import EndpointRefused, Sender
from engine.telemetry.sink import Signal
from tests.builders.receiver import Reply, receiving

QUICK = 0.01


def test_posts_compressed_requests_in_order_with_the_given_headers() -> None:
    """One path per signal; closing delivers what is buffered."""
    with receiving() as endpoint:
        sender = Sender(endpoint.url + "/", {"Authorization": "Bearer x"})
        sender.send(Signal.TRACES, b"one", 3)
        sender.send(Signal.METRICS, b"two", 2)
        sender.send(Signal.LOGS, b"three", 1)
        delivery = sender.close(5.0)

    found = [(one.path, gzip.decompress(one.body)) for one in endpoint.received]
    assert found == [("/v1/traces", b"one"), ("/v1/metrics", b"two"), ("/v1/logs", b"three")]
    assert endpoint.received[0].headers["authorization"] == "Bearer x"
    assert endpoint.received[0].headers["content-type"] == "application/x-protobuf"
    assert delivery.sent == {"traces": 3, "metrics": 2, "logs": 1}
    assert (delivery.rejected, delivery.dropped, delivery.retries) == ({}, {}, 0)


def test_sends_again_what_the_endpoint_could_not_take_yet() -> None:
    """503 with Retry-After in seconds or as a date, or with nonsense, then 200."""
    past = "Wed, 21 Oct 2015 07:28:00 GMT"
    replies = [Reply(503, headers={"Retry-After": text}) for text in ("0", past, "soon")]
    with receiving(*replies, Reply()) as endpoint:
        sender = Sender(endpoint.url, {}, first_pause_s=QUICK)
        sender.send(Signal.TRACES, b"one", 3)
        delivery = sender.close(5.0)

    assert (delivery.sent, delivery.retries, delivery.requests) == ({"traces": 3}, 3, 4)


def test_counts_what_is_refused_in_part_or_whole() -> None:
    """Partial success, and a 400 of one request, don't stop the run."""
    partial = ExportTracePartialSuccess(rejected_spans=2, error_message="bad ids")
    answer = ExportTraceServiceResponse(partial_success=partial).SerializeToString()
    with receiving(Reply(body=answer), Reply(400), Reply(body=b"{}")) as endpoint:
        sender = Sender(endpoint.url, {})
        for signal in (Signal.TRACES, Signal.METRICS, Signal.LOGS):
            sender.send(signal, b"", 5)
        delivery = sender.close(5.0)

    assert delivery.sent == {"traces": 3, "logs": 5}
    assert delivery.rejected == {"traces": 2, "metrics": 5}
    assert delivery.last_error.endswith("answered 400")


def test_a_refused_credential_ends_the_run() -> None:
    """What comes after it is dropped, and the next `send` says why."""
    with receiving(Reply(401)) as endpoint:
        sender = Sender(endpoint.url, {})
        with pytest.raises(EndpointRefused, match="answered 401"):
            for _ in range(1000):
                sender.send(Signal.TRACES, b"", 1)
        delivery = sender.close(5.0)
    assert delivery.sent == {}
    assert delivery.dropped["traces"] > 0


@pytest.mark.parametrize("has_scheme", [True, False])
def test_what_can_never_be_sent_is_no_endpoint_that_is_away(has_scheme: bool) -> None:
    """A header that is none and an address without a scheme are not tried for ever."""
    with receiving() as endpoint:
        sender = Sender(endpoint.url if has_scheme else "localhost", {"x": "a\nb"})
        with pytest.raises(EndpointRefused):
            for _ in range(100):
                sender.send(Signal.TRACES, b"", 1)
        assert sender.close(5.0).sent == {}


def test_an_endpoint_that_is_away_fills_the_buffer_and_then_holds_the_run_back() -> None:
    """Nothing is lost while it may come back; a stopped run waits no longer and counts the rest."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        stop = threading.Event()
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        sender = Sender(url, {}, stop=stop, buffered=2, first_pause_s=QUICK)
        for _ in range(3):  # one under way, two buffered
            sender.send(Signal.TRACES, b"", 1)
        done = threading.Event()

        def one_more() -> None:
            sender.send(Signal.TRACES, b"", 1)
            done.set()

        held = threading.Thread(target=one_more)
        held.start()
        was_held = not done.wait(0.05)
        trouble = sender.trouble
        stop.set()
        held.join(5.0)
        delivery = sender.close(60.0, 0.05)

    assert (was_held, done.is_set(), delivery.dropped) == (True, True, {"traces": 4})
    assert trouble.startswith(url)
    assert delivery.retries > 0
