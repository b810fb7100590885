"""A web service: a span, a duration and a log line a request; calls, a database, a queue."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import redis
import uvicorn
from opentelemetry.context import Context
from opentelemetry.propagate import extract, inject
from opentelemetry.trace import SpanKind, Status, StatusCode
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from benchmarks.live.apps.control import Control
from benchmarks.live.apps.database import Database
from benchmarks.live.apps.queue import Queue
from benchmarks.live.apps.spec import Spec
from benchmarks.live.apps.telemetry import Telemetry

LINE_EVERY = 20
"""Requests for one ordinary line in the log."""
CALL_TIMEOUT_S = 4.0


class Work:
    """What a request or a message sets off: own work, the database, calls, a message."""

    def __init__(self, spec: Spec, telemetry: Telemetry, control: Control) -> None:
        self._spec, self._control, self._telemetry = spec, control, telemetry
        self._client = httpx.Client(timeout=CALL_TIMEOUT_S)
        self._calls = telemetry.meter.create_histogram("http.client.request.duration", "s")
        self._database = (
            Database(Path(spec.database), telemetry, control) if spec.database else None
        )
        self._queue = Queue(spec, telemetry) if spec.sends else None
        # Written to, since memory that nobody touched is not resident.
        self._cache = bytearray(b"x") * (spec.cache_mb * 1_000_000)
        self._done = 0

    def run(self) -> None:
        """Raises what fails: a callee's answer, the database, the work itself."""
        # Log-normal about its middle, as durations are.
        time.sleep(self._spec.work_s * random.lognormvariate(0, 0.25) + self._control["slow_s"])
        if random.random() < self._control["failing_share"]:
            raise RuntimeError("operation could not be completed")
        if random.random() < self._control["bad_data_share"]:
            number = random.randrange(100_000)
            self._telemetry.log.error("record %s skipped: amount is not a number", number)
        if self._database:
            self._database.serve()
        for name, url in self._spec.calls:
            self._call(name, url)
        if self._queue:
            self._queue.send()
        self._done += 1
        if self._done % LINE_EVERY == 0:
            self._telemetry.log.info("%s requests served", self._done)

    def _call(self, name: str, url: str) -> None:
        address = urlsplit(url)
        attributes: dict[str, str | int] = {
            "http.request.method": "GET",
            "server.address": address.hostname or "",
            "server.port": address.port or 80,
            "url.full": url,
        }
        tracer, started = self._telemetry.tracer, time.perf_counter()
        measured: dict[str, str | int] = {"http.request.method": "GET", "server.address": name}
        try:
            with tracer.start_as_current_span("GET", None, SpanKind.CLIENT, attributes) as span:
                headers: dict[str, str] = {}
                inject(headers)
                answer = self._client.get(url, headers=headers)
                span.set_attribute("http.response.status_code", answer.status_code)
                measured["http.response.status_code"] = answer.status_code
                answer.raise_for_status()
        finally:
            self._calls.record(time.perf_counter() - started, measured)


FAILURES = (RuntimeError, httpx.HTTPError, redis.RedisError, OSError, SQLAlchemyError)
"""What a request may fail by; anything else is a mistake in this file and ends the process."""


def measured(
    telemetry: Telemetry, name: str, run: Callable[[], None], path: str, context: Context
) -> int:
    """Run one request inside its span; the status code of its answer."""
    attributes = {"http.request.method": "GET", "http.route": path, "url.path": path}
    with telemetry.tracer.start_as_current_span(
        name, context, SpanKind.SERVER, attributes, record_exception=False
    ) as span:
        status = 200
        try:
            run()
        except FAILURES as error:
            status = 500
            span.record_exception(error)
            span.set_status(Status(StatusCode.ERROR))
            telemetry.log.error("GET %s failed: %s", path, error)
        span.set_attribute("http.response.status_code", status)
    return status


def serve(spec: Spec, telemetry: Telemetry, control: Control) -> None:
    """Answer on the spec's port until the process is ended."""
    work = Work(spec, telemetry, control)
    duration = telemetry.meter.create_histogram("http.server.request.duration", "s")
    path = f"/{spec.service}"

    def answer(request: Request) -> Response:
        started = time.perf_counter()
        status = measured(telemetry, f"GET {path}", work.run, path, extract(dict(request.headers)))
        labels: dict[str, str | int] = {"http.route": path, "http.response.status_code": status}
        duration.record(time.perf_counter() - started, labels)
        return JSONResponse({"status": status}, status_code=status)

    app = Starlette(routes=[Route(path, answer)])
    uvicorn.run(app, host="127.0.0.1", port=spec.port, log_level="warning", access_log=False)
