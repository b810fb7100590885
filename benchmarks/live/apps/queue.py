"""A list in Valkey as a queue: who puts a message there, and who takes it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable

import redis
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.propagate import extract, inject
from opentelemetry.trace import SpanKind

from benchmarks.live.apps.spec import Spec
from benchmarks.live.apps.telemetry import Telemetry

TAKE_S = 1
"""How long a take waits for a message, in seconds."""
LONGEST = 20_000
"""Messages; a queue is trimmed to so many, so that no run fills the machine's memory."""


class Queue:
    """One list, by the spec's `sends` or `receives`."""

    def __init__(self, spec: Spec, telemetry: Telemetry) -> None:
        self.name = spec.sends or spec.receives
        self._client = redis.Redis.from_url(os.environ["QUEUE_URL"])
        self._telemetry = telemetry
        self._attributes = {
            "messaging.system": "valkey",
            "messaging.destination.name": self.name,
        }
        if spec.sends:
            telemetry.meter.create_observable_gauge(f"{self.name}.waiting", [self._waiting])

    def send(self) -> None:
        """Put one message there, with the context of its trace."""
        attributes = self._attributes | {"messaging.operation.type": "send"}
        name = f"send {self.name}"
        with self._telemetry.tracer.start_as_current_span(
            name, None, SpanKind.PRODUCER, attributes
        ):
            headers: dict[str, str] = {}
            inject(headers)
            self._client.rpush(self.name, json.dumps({"headers": headers, "sent": time.time()}))
            self._client.ltrim(self.name, -LONGEST, -1)

    def take(self, work: Callable[[], None], failures: tuple[type[Exception], ...]) -> None:
        """Wait for a message and work on it; what fails is logged and not tried again."""
        taken = self._client.blpop([self.name], timeout=TAKE_S)
        if not taken:
            return
        message = json.loads(taken[1])
        attributes = self._attributes | {"messaging.operation.type": "process"}
        tracer, log = self._telemetry.tracer, self._telemetry.log
        context = extract(message["headers"])
        try:
            with tracer.start_as_current_span(
                f"process {self.name}", context, SpanKind.CONSUMER, attributes
            ):
                work()
        except failures as error:
            log.error("message of %s failed: %s", self.name, error)

    def _waiting(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(self._client.llen(self.name))]
