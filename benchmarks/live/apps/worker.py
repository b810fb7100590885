"""A worker: takes one message after the other from its queue."""

from __future__ import annotations

import time

import redis

from benchmarks.live.apps.control import Control
from benchmarks.live.apps.queue import Queue
from benchmarks.live.apps.service import FAILURES, Work
from benchmarks.live.apps.spec import Spec
from benchmarks.live.apps.telemetry import Telemetry


def work(spec: Spec, telemetry: Telemetry, control: Control) -> None:
    """Until the process is ended."""
    task, queue = Work(spec, telemetry, control), Queue(spec, telemetry)
    duration = telemetry.meter.create_histogram("messaging.process.duration", "s")

    def measured() -> None:
        started = time.perf_counter()
        try:
            task.run()
        finally:
            duration.record(
                time.perf_counter() - started, {"messaging.destination.name": spec.receives}
            )

    while True:
        try:
            queue.take(measured, FAILURES)
        except redis.RedisError as error:
            telemetry.log.error("queue %s is not available: %s", spec.receives, error)
            time.sleep(1)
