"""A running application: its processes, its faults, its deploys. All end with this process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.live.apps.spec import Spec
from benchmarks.live.faults import (
    CACHE_MB,
    CONTROLS,
    LOCKED_S,
    TRAFFIC,
    UNLOCKED_S,
    WORK_FACTOR,
    Change,
    Disturbance,
    Kind,
)
from benchmarks.live.shapes import EVERY, Component, Shape
from benchmarks.live.traffic import Traffic
from labo.stack.processes import free_port, is_port_open, spawn, stop

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0
FIRST_VERSION = "1.4.0"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where telemetry is sent to: the stack's address, and a token with the scope `ingest`."""

    url: str
    token: str


@dataclass(slots=True)
class Application:
    """One shape that runs. `folder` is its own; `queue_url` a Valkey, for shapes with a queue."""

    shape: Shape
    folder: Path
    receiver: Receiver
    queue_url: str = ""
    traffic: Traffic = field(init=False)
    _ports: dict[str, int] = field(default_factory=dict)
    _versions: dict[str, int] = field(default_factory=dict)
    _slower: set[str] = field(default_factory=set)
    _running: dict[str, list[subprocess.Popen[bytes]]] = field(default_factory=dict)
    _locks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ports = {one.name: free_port() for one in self.shape.components}
        self.traffic = Traffic(self._url(self.shape.components[0].name), self.shape.rate)

    async def start(self) -> None:
        """Callees first. Raises TimeoutError where one does not answer, with its log."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for component in reversed(self.shape.components):
            self._write_control(component.name, {})
            self._start(component)
        for component in self.shape.components:
            await self._until_open(component)

    def stop(self) -> None:
        """Ends every process."""
        for lock in self._locks:
            lock.cancel()
        for processes in self._running.values():
            for process in processes:
                stop(process, timeout_s=2)
        self._running.clear()

    async def inject(self, kind: Change, component: str) -> None:
        """From now on it goes wrong, or otherwise, there; where a control can do it, `component`
        may be every one."""
        if kind in TRAFFIC:
            self.traffic.factor = TRAFFIC[kind]
        elif kind is Kind.UNAVAILABLE:
            self._kill(component)
        elif kind is Kind.LOCK:
            self._locks.append(asyncio.create_task(_hold_lock(self._database(component))))
        elif kind is Disturbance.SLOWER_VERSION:
            self._slower.add(component)
            await self.deploy(component)
        else:
            self._control_all(component, CONTROLS[kind])

    async def withdraw(self, kind: Change, component: str) -> None:
        """All is well again. A version that was deployed stays."""
        if kind in TRAFFIC:
            self.traffic.factor = 1.0
        elif kind is Kind.UNAVAILABLE:
            self._start(self.shape.component(component))
            await self._until_open(self.shape.component(component))
        elif kind is Kind.LOCK:
            for lock in self._locks:
                lock.cancel()
            self._locks.clear()
        elif kind is not Disturbance.SLOWER_VERSION:
            self._control_all(component, {})

    async def deploy(self, component: str) -> None:
        """Restart it under its next version."""
        for process in self._running.pop(component, []):
            stop(process, timeout_s=3)
        self._versions[component] = self._versions.get(component, 0) + 1
        self._start(self.shape.component(component))
        await self._until_open(self.shape.component(component))

    def _start(self, component: Component) -> None:
        spec = Spec(
            service=component.name,
            control=str(self._control(component.name)),
            port=0 if component.receives else self._ports[component.name],
            calls=tuple((name, self._url(name)) for name in component.calls),
            database=str(self._database(component.name)) if component.database else "",
            sends=component.sends,
            receives=component.receives,
            work_s=component.work_s * (WORK_FACTOR if component.name in self._slower else 1),
            cache_mb=CACHE_MB if component.name in self._slower else 0,
        )
        self._running[component.name] = [
            spawn(
                [sys.executable, "-m", "benchmarks.live.apps", spec.as_json()],
                log=self._log(component.name),
                env=self._environment(component.name, number),
                cwd=ROOT,
            )
            for number in range(component.instances)
        ]

    def _environment(self, component: str, instance: int) -> Mapping[str, str]:
        """What an operator sets for an instrumented program; nothing of Labo's own."""
        resource = {
            "service.namespace": self.shape.system,
            "service.version": f"{FIRST_VERSION[:-1]}{self._versions.get(component, 0)}",
            "service.instance.id": f"{component}-{instance}",
        }
        own = {name: value for name, value in os.environ.items() if not name.startswith("LABO_")}
        return own | {
            "OTEL_SERVICE_NAME": component,
            "OTEL_RESOURCE_ATTRIBUTES": ",".join(f"{k}={v}" for k, v in resource.items()),
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.receiver.url,
            "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{self.receiver.token}",
            "QUEUE_URL": self.queue_url,
            "OTEL_METRIC_EXPORT_INTERVAL": "5000",
            "OTEL_BSP_SCHEDULE_DELAY": "1000",
            "OTEL_BLRP_SCHEDULE_DELAY": "1000",
        }

    def _kill(self, component: str) -> None:
        for process in self._running.pop(component, []):
            process.send_signal(signal.SIGKILL)
            process.wait()

    async def _until_open(self, component: Component) -> None:
        deadline = asyncio.get_running_loop().time() + START_S
        while not component.receives and not is_port_open(self._ports[component.name]):
            if asyncio.get_running_loop().time() > deadline:
                log = self._log(component.name).read_text(encoding="utf-8")[-2000:]
                raise TimeoutError(f"{component.name} does not answer\n{log}")
            await asyncio.sleep(0.2)

    def _control_all(self, component: str, values: Mapping[str, float]) -> None:
        names = [one.name for one in self.shape.components] if component == EVERY else [component]
        for name in names:
            self._write_control(name, values)

    def _write_control(self, component: str, values: Mapping[str, float]) -> None:
        path = self._control(component)
        partial = path.with_suffix(".new")
        partial.write_text(json.dumps(values), encoding="utf-8")
        partial.replace(path)  # in one step, so that no process reads half of it

    def _control(self, component: str) -> Path:
        return self.folder / f"{component}.control.json"

    def _database(self, component: str) -> Path:
        return self.folder / f"{self.shape.component(component).database}.db"

    def _log(self, component: str) -> Path:
        return self.folder / f"{component}.log"

    def _url(self, component: str) -> str:
        return f"http://127.0.0.1:{self._ports[component]}/{component}"


@contextlib.contextmanager
def ended(applications: list[Application]) -> Iterator[None]:
    """Their processes end with the block, however it is left."""
    try:
        yield
    finally:
        for application in applications:
            application.stop()


async def _hold_lock(database: Path) -> None:
    """Hold the whole file locked, and let go now and then, until cancelled."""
    connection = sqlite3.connect(database, isolation_level=None, timeout=0.05)
    try:
        while True:
            with contextlib.suppress(sqlite3.OperationalError):  # a request has it: the next time
                connection.execute("BEGIN EXCLUSIVE")
                await asyncio.sleep(LOCKED_S)
                connection.execute("COMMIT")
                await asyncio.sleep(UNLOCKED_S)
            await asyncio.sleep(0.01)
    finally:
        connection.close()
