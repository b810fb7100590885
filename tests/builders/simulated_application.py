"""An application of the live bench without processes: its telemetry is drawn, seeded, span by span.

What a request does is what `benchmarks.live.apps` does: own work, the database, the calls in turn.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.live.faults import CONTROLS, Kind
from benchmarks.live.shapes import Component, Shape
from tests.builders.otlp_process import CLIENT, SERVER, Attributes, Call, OtlpProcess, exported

SIMULATED = frozenset({"slow_s", "failing_share", "query_s", "bad_data_share"})
"""The controls of faults that are simulated here."""
LINE_EVERY = 20
"""Requests for one ordinary line in the log, as in the live bench."""
NETWORK_S = 0.0005
STATEMENTS_S = {"SELECT": 0.0004, "UPDATE": 0.0002}
"""About what a local call and a statement on SQLite take."""
FIRST_PORT = 41_000


@dataclass(slots=True)
class SimulatedApplication:
    """Requests come at random moments from `started` (epoch seconds) on. The same shape, seed and
    faults give the same bytes."""

    shape: Shape
    started: float
    seed: int = 1
    _controls: dict[str, dict[str, float]] = field(default_factory=dict)
    _served: dict[str, int] = field(default_factory=dict)
    _under_way: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    _processes: dict[str, OtlpProcess] = field(init=False)
    _draw: random.Random = field(init=False)
    _next: float = field(init=False)

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)  # noqa: S311 - made-up telemetry, not a secret
        self._processes = {
            one.name: OtlpProcess(self._resource(one.name), self.started)
            for one in self.shape.components
        }
        self._next = self.started + self._gap()

    def inject(self, kind: Kind, component: str) -> None:
        """From the next request on it goes wrong there. Raises ValueError for a kind that is not
        simulated."""
        controls = CONTROLS.get(kind, {})
        if not controls or controls.keys() - SIMULATED:
            raise ValueError(f"{kind} is not simulated")
        self._controls[component] = dict(controls)

    def withdraw(self, component: str) -> None:
        """All is well again."""
        del self._controls[component]

    def advance(self, until: float) -> dict[str, bytes]:
        """OTLP requests by signal: what ended since the last time, and the metrics at `until`."""
        while self._next < until:
            entry = self.shape.components[0]
            self._serve(entry, self._next, self._draw.randbytes(16), b"")
            self._next += self._gap()
        for _, happen in sorted((e for e in self._under_way if e[0] <= until), key=_moment):
            happen()
        self._under_way = [e for e in self._under_way if e[0] > until]
        for name, process in self._processes.items():
            # A program at rest that answers a few requests: what psutil shows, with its noise.
            process.gauges["process.cpu.utilization"] = abs(self._draw.gauss(0.03, 0.008))
            grown = 200 * self._served.get(name, 0)
            process.gauges["process.memory.usage"] = 90e6 + grown + self._draw.gauss(0, 50_000)
        return exported(self._processes.values(), until)

    def _serve(
        self, component: Component, began: float, trace_id: bytes, parent_id: bytes
    ) -> tuple[float, str]:
        """When the request's answer is there, and what failed; empty where nothing did."""
        span_id, path = self._draw.randbytes(8), f"/{component.name}"
        ended, error = self._work(component, began, trace_id, span_id)
        status = 500 if error else 200
        route = {"http.request.method": "GET", "http.route": path, "url.path": path}
        answered: Attributes = {**route, "http.response.status_code": status}
        call = Call(
            f"GET {path}", SERVER, trace_id, span_id, parent_id, began, ended, answered, error
        )
        labels: Attributes = {"http.route": path, "http.response.status_code": status}
        process = self._processes[component.name]

        def end() -> None:
            process.add_span(call)
            process.record("http.server.request.duration", ended - began, labels)
            if error:
                process.add_line(ended, f"GET {path} failed: {error}", is_error=True)
            else:
                self._count(component.name, ended)

        self._under_way.append((ended, end))
        return ended, error

    def _work(
        self, component: Component, at: float, trace_id: bytes, span_id: bytes
    ) -> tuple[float, str]:
        control = self._controls.get(component.name, {})
        at += component.work_s * self._draw.lognormvariate(0, 0.25) + control.get("slow_s", 0.0)
        if self._draw.random() < control.get("failing_share", 0.0):
            return at, "operation could not be completed"
        if self._draw.random() < control.get("bad_data_share", 0.0):
            line = f"record {self._draw.randrange(100_000)} skipped: amount is not a number"
            self._log(component.name, at, line)
        if component.database:
            at = self._query(component, at, trace_id, span_id, control.get("query_s", 0.0))
        for name in component.calls:
            at, error = self._call(component.name, name, at, trace_id, span_id)
            if error:
                return at, error
        return at, ""

    def _query(
        self, component: Component, at: float, trace_id: bytes, parent_id: bytes, pause_s: float
    ) -> float:
        for operation, usual_s in STATEMENTS_S.items():
            took = usual_s * self._draw.lognormvariate(0, 0.3) + pause_s
            pause_s = 0.0  # only the first one is slow
            attributes = {
                "db.system.name": "sqlite",
                "db.namespace": component.database,
                "db.operation.name": operation,
                "db.collection.name": "entries",
            }
            call = Call(
                f"{operation} entries", CLIENT, trace_id, self._draw.randbytes(8), parent_id,
                at, at + took, attributes,
            )  # fmt: skip
            labels = {"db.system.name": "sqlite", "db.operation.name": operation}
            self._record(component.name, call, "db.client.operation.duration", labels)
            at += took
        return at

    def _call(
        self, caller: str, name: str, began: float, trace_id: bytes, parent_id: bytes
    ) -> tuple[float, str]:
        span_id, callee = self._draw.randbytes(8), self.shape.component(name)
        answered, error = self._serve(callee, began + self._network(), trace_id, span_id)
        ended, status = answered + self._network(), 500 if error else 200
        url = f"http://127.0.0.1:{self._port(name)}/{name}"
        if error:
            error = f"Server error '500 Internal Server Error' for url '{url}'"
        attributes: Attributes = {
            "http.request.method": "GET",
            "server.address": "127.0.0.1",
            "server.port": self._port(name),
            "url.full": url,
            "http.response.status_code": status,
        }
        call = Call("GET", CLIENT, trace_id, span_id, parent_id, began, ended, attributes, error)
        labels: Attributes = {
            "http.request.method": "GET",
            "server.address": name,
            "http.response.status_code": status,
        }
        self._record(caller, call, "http.client.request.duration", labels)
        return ended, error

    def _record(self, name: str, call: Call, metric: str, labels: Attributes) -> None:
        process = self._processes[name]

        def end() -> None:
            process.add_span(call)
            process.record(metric, call.ended - call.began, labels)

        self._under_way.append((call.ended, end))

    def _log(self, name: str, at: float, line: str) -> None:
        process = self._processes[name]
        self._under_way.append((at, lambda: process.add_line(at, line, is_error=True)))

    def _count(self, name: str, at: float) -> None:
        served = self._served[name] = self._served.get(name, 0) + 1
        if served % LINE_EVERY == 0:
            self._processes[name].add_line(at, f"{served} requests served", is_error=False)

    def _gap(self) -> float:
        return self._draw.expovariate(self.shape.rate)

    def _network(self) -> float:
        return NETWORK_S * self._draw.lognormvariate(0, 0.3)

    def _port(self, name: str) -> int:
        return FIRST_PORT + [one.name for one in self.shape.components].index(name)

    def _resource(self, name: str) -> dict[str, str | int]:
        return {
            "service.name": name,
            "service.namespace": self.shape.system,
            "service.version": "1.4.0",
            "service.instance.id": f"{name}-0",
        }


def _moment(event: tuple[float, Callable[[], None]]) -> float:
    return event[0]
