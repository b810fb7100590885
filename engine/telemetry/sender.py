"""Posts OTLP requests to an endpoint, from a thread of its own.

The buffer holds `BUFFERED` requests; when the endpoint is unreachable or slow it fills, and `send`
blocks. A request is retried after a lost connection and after 408, 429, 502, 503 and 504, with
exponential backoff or after Retry-After. Permanent refusals are counted; a refused credential or
address ends the run, because later requests would fail likewise.
"""

from __future__ import annotations

import gzip
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import httpx
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from engine.telemetry.sink import Signal

BUFFERED = 32
"""Waiting requests at most; with `sink.BATCH` spans each, some 25 MB."""

TIMEOUT_S = 15.0
"""Of one request, somewhat above the exporters' default of 10 s. By judgement."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 30.0
"""Backoff after the first failure, and at most. By judgement."""
MAX_RETRY_AFTER_S = 300.0
"""Longest pause that an endpoint may request by Retry-After."""

_AGAIN = frozenset({408, 429, 502, 503, 504})
"""Status codes of temporary failures, which are retried."""
_HOPELESS = frozenset({401, 403, 404, 405, 415})
"""Status codes that every further request would get too."""
_LOOK_S = 0.2
"""Seconds between two checks of `stop` while waiting."""


class EndpointRefused(Exception):
    """The endpoint's answer to one request means that it will accept none."""


@dataclass(slots=True)
class Delivery:
    """The delivery of items, by signal. `rejected` were refused by the endpoint, `dropped` were
    not delivered when the run ended; `last_error` is the last failure's message."""

    sent: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    retries: int = 0
    last_error: str = ""

    def record(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "sent": dict(self.sent),
            "rejected": dict(self.rejected),
            "dropped": dict(self.dropped),
            "requests": self.requests,
            "retries": self.retries,
            "said": self.last_error,
        }


@dataclass(frozen=True, slots=True)
class _Request:
    signal: Signal
    body: bytes
    items: int


class Sender:
    """One endpoint. `stop`, once set, ends every wait: what cannot be sent then is dropped.

    Delivers in order, one request at a time. Use from one thread.
    """

    def __init__(
        self,
        endpoint: str,
        headers: Mapping[str, str],
        *,
        stop: threading.Event | None = None,
        buffered: int = BUFFERED,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self.delivery = Delivery()
        self._stop = stop or threading.Event()
        self._abandon = threading.Event()
        self._first_pause_s = first_pause_s
        self._client = httpx.Client(
            base_url=endpoint.rstrip("/"), headers=dict(headers), timeout=TIMEOUT_S
        )
        self._refused = ""
        self._given_up: Counter[str] = Counter()
        self._waiting: queue.Queue[_Request | None] = queue.Queue(buffered)
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        self._thread.start()

    def send(self, signal: Signal, body: bytes, items: int) -> None:
        """Buffer one request; blocks while the buffer is full. Raises EndpointRefused."""
        request = _Request(signal, body, items)
        while not self._refused:
            try:
                self._waiting.put(request, timeout=_LOOK_S)
            except queue.Full:
                if self._stop.is_set():
                    self._given_up[signal] += items
                    return
            else:
                return
        raise EndpointRefused(self._refused)

    def close(self, wait_s: float, stopped_wait_s: float = 0.0) -> Delivery:
        """Deliver what is buffered, within `wait_s`, or `stopped_wait_s` from `stop` on; the rest
        is dropped and counted."""
        deadline = time.monotonic() + wait_s
        is_reported = was_stopped = False
        while self._thread.is_alive():
            if not is_reported:
                with suppress(queue.Full):
                    self._waiting.put_nowait(None)
                    is_reported = True
            if self._stop.is_set() and not was_stopped:
                was_stopped = True
                deadline = min(deadline, time.monotonic() + stopped_wait_s)
            left = deadline - time.monotonic()
            if left <= 0.0:
                self._abandon.set()
            self._thread.join(min(_LOOK_S, max(left, 0.01)))
        self._client.close()
        self.delivery.dropped.update(self._given_up)
        self._given_up.clear()
        return self.delivery

    @property
    def trouble(self) -> str:
        """Why the endpoint accepts nothing at present; empty when it does."""
        return self.delivery.last_error if self._waiting.full() else ""

    def _run(self) -> None:
        has_ended = False
        try:
            while (request := self._waiting.get()) is not None:
                if self._refused or not self._deliver(request):
                    self.delivery.dropped[request.signal] += request.items
            has_ended = True
        finally:
            if not has_ended:  # so that nobody waits for a thread that has died
                self._refused = "sending failed unexpectedly"

    def _deliver(self, request: _Request) -> bool:
        """Whether the endpoint gave its final answer."""
        packed = gzip.compress(request.body, compresslevel=1, mtime=0)
        pause = self._first_pause_s
        while not self._abandon.is_set():
            answer = self._post(request.signal, packed)
            if self._refused:
                return False
            if answer is not None and answer.status_code not in _AGAIN:
                self._settle(request, answer)
                return not self._refused
            self.delivery.retries += 1
            retry_after = _retry_after(answer)
            # With jitter, so that senders that lost the same endpoint do not retry all at once.
            jitter = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
            self._abandon.wait(
                pause * jitter if retry_after is None else min(retry_after, MAX_RETRY_AFTER_S)
            )
            pause = min(LONGEST_PAUSE_S, pause * 2)
        return False

    def _post(self, signal: Signal, packed: bytes) -> httpx.Response | None:
        """The response; None without one."""
        self.delivery.requests += 1
        try:
            answer = self._client.post(
                f"/v1/{signal.value}",
                content=packed,
                headers={"content-type": "application/x-protobuf", "content-encoding": "gzip"},
            )
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
            self._refused = f"{self._client.base_url}: {error}"  # our own fault: a retry is useless
            return None
        except httpx.RequestError as error:
            self.delivery.last_error = f"{self._client.base_url}: {error or type(error).__name__}"
            return None
        if answer.status_code in _AGAIN:
            self.delivery.last_error = f"{answer.url} answered {answer.status_code}"
        return answer

    def _settle(self, request: _Request, answer: httpx.Response) -> None:
        if answer.is_success:
            rejected, message = _partial(request.signal, answer.content)
            rejected = min(max(rejected, 0), request.items)
            self.delivery.sent[request.signal] += request.items - rejected
        else:
            rejected, message = request.items, f"{answer.url} answered {answer.status_code}"
            if answer.status_code in _HOPELESS:
                self._refused = message
                return
        if rejected:
            self.delivery.rejected[request.signal] += rejected
        if message:
            self.delivery.last_error = message


def _retry_after(answer: httpx.Response | None) -> float | None:
    """Seconds, from a number or a date; None without a usable header."""
    text = answer.headers.get("retry-after", "") if answer is not None else ""
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None


def _partial(signal: Signal, body: bytes) -> tuple[int, str]:
    """How many items were refused, and why."""
    try:
        if signal is Signal.TRACES:
            spans = ExportTraceServiceResponse.FromString(body).partial_success
            return spans.rejected_spans, spans.error_message
        if signal is Signal.METRICS:
            points = ExportMetricsServiceResponse.FromString(body).partial_success
            return points.rejected_data_points, points.error_message
        records = ExportLogsServiceResponse.FromString(body).partial_success
    except DecodeError:
        return 0, ""
    return records.rejected_log_records, records.error_message
