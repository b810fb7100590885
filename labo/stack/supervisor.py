"""Runs a plan: ordered start, readiness, restart with back-off, ordered stop, no child left."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psutil

from labo.errors import Conflict, Unavailable
from labo.stack.child import Child
from labo.stack.disk import KeptBack
from labo.stack.guard import start_guard
from labo.stack.ownership import end_leftovers
from labo.stack.plan import Service
from labo.stack.processes import server_environment, tail
from labo.stack.rotation import log_file, rotate
from labo.stack.state import (
    READY_FILE_VARIABLE,
    STACK_ID_VARIABLE,
    WORKING_FOLDER,
    ChildState,
    Phase,
    Ports,
    StackState,
    write_state,
)
from labo.stack.watch import Watch

_TICK_S = 0.2
_TIDY_EVERY_S = 5.0
_START_ATTEMPTS = 3

Observer = Callable[[ChildState], None]
"""Called when a child enters another phase."""


@dataclass(frozen=True)
class StackPlan:
    """The services in order of start, and what the product's children get as environment."""

    data_dir: Path
    services: Sequence[Service]
    ports: Ports
    product_env: Mapping[str, str] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)
    embeds_neo4j: bool = True
    embeds_redis: bool = True


class Supervisor:
    """One plan on one data folder. The caller holds the folder's lock and is the main thread."""

    def __init__(self, plan: StackPlan, *, observe: Observer | None = None) -> None:
        (plan.data_dir / WORKING_FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._plan = plan
        self._observe = observe
        self._stack_id = uuid.uuid4().hex
        self._children = {service.name: self._child(service) for service in plan.services}
        self._watched = Watch(plan.services)
        self._kept_back = KeptBack(plan.data_dir)
        self._disk_full: str | None = None
        self._is_saved = False
        self._tidy_at = 0.0
        self._stopping = False
        self._is_ready = False
        self._is_interrupted = False
        self._failure: str | None = None
        _check_needs(plan.services)

    def run(self, on_ready: Callable[[], None] | None = None) -> None:
        """Start, watch until SIGTERM or SIGINT, stop.

        Raises `Unavailable` when a start is given up, KeyboardInterrupt after a SIGINT during it.
        """
        previous = {
            number: signal.signal(number, self._on_signal)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        }
        guard = start_guard(self._stack_id)
        try:
            self._save()
            self._is_ready = self._start()
            if self._is_ready and on_ready:
                on_ready()
            self._watch()
        finally:
            self._stop()
            guard.communicate()
            for number, handler in previous.items():
                signal.signal(number, handler)
        if self._failure:
            raise Unavailable(self._failure)
        if self._is_interrupted:
            raise KeyboardInterrupt

    def request_stop(self) -> None:
        """Make `run` stop its children and return."""
        self._stopping = True

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del frame
        if not self._stopping and number == signal.SIGINT:
            self._is_interrupted = not self._is_ready
            # At once, whatever a step waits for; and not by `print`, which may be at work.
            with suppress(OSError):
                os.write(2, b"\nStopping what was started; this takes some seconds.\n")
        self.request_stop()

    def _child(self, service: Service) -> Child:
        marker = {STACK_ID_VARIABLE: self._stack_id}
        if service.is_product:
            env = {**os.environ, **self._plan.product_env, "PYTHONUNBUFFERED": "1"}
            env["PYTHONSAFEPATH"] = "1"  # for what the children start in turn
            if service.ready_file:
                env[READY_FILE_VARIABLE] = str(service.ready_file)
        else:
            env = server_environment()
        env |= {**service.env, **marker}
        folder = self._plan.data_dir
        return Child(
            service, env=env, log=log_file(folder, service.name), cwd=folder / WORKING_FOLDER
        )

    def _start(self) -> bool:
        while not self._stopping:
            self._step()
            if all(child.is_satisfied for child in self._children.values()):
                return True
            for child in self._children.values():
                if child.has_timed_out or child.failures_in_a_row >= _START_ATTEMPTS:
                    child.phase = Phase.FAILED
                    self._failure = _explain(child)
                    self.request_stop()
            time.sleep(_TICK_S)
        return False

    def _watch(self) -> None:
        while not self._stopping:
            self._step()
            self._replace_stuck()
            time.sleep(_TICK_S)

    def _step(self) -> None:
        if time.monotonic() >= self._tidy_at:
            self._tidy_at = time.monotonic() + _TIDY_EVERY_S
            self._tidy()
        for child in self._children.values():
            needs = child.service.needs
            may_start = all(self._children[name].is_satisfied for name in needs)
            if may_start and self._disk_full and not child.is_alive:
                child.wait_for(self._disk_full)
                may_start = False
            if child.step(may_start=may_start):
                self._report(child)
        if not self._is_saved:
            self._save()

    def _replace_stuck(self) -> None:
        """Start again what is alive and does nothing, once the disk has room to start it."""
        stuck = self._watched.step(lambda name: self._children[name].phase is Phase.READY)
        for name, reason in stuck.items():
            if not self._disk_full and not self._stopping:
                self._children[name].replace(reason)
                self._watched.forget(name)
                self._report(self._children[name])

    def _tidy(self) -> None:
        """Room on the disk and short logs. A full disk is a reason to look again, not to end."""
        with suppress(OSError):
            self._disk_full = self._kept_back.step()
        for child in self._children.values():
            with suppress(OSError):
                rotate(child.log)

    def _report(self, child: Child) -> None:
        self._is_saved = False
        if self._observe:
            # What it prints goes to a file when the stack is detached, and a disk can be full.
            with suppress(OSError):
                self._observe(child.state)

    def _stop(self) -> None:
        """Level by level: a child ends once nothing that needs it is left."""
        remaining = {name for name, child in self._children.items() if child.is_alive}
        while remaining:
            needed = {need for name in remaining for need in self._needs_of(name)}
            level = sorted(remaining - needed)
            deadline = time.monotonic()
            for name in level:
                self._children[name].begin_stop()
            for name in level:
                child = self._children[name]
                left = deadline + child.service.stop_timeout_s - time.monotonic()
                child.finish_stop(max(0.1, left))
                self._report(child)
            remaining -= set(level)
        for child in self._children.values():
            child.finish_stop(0)
        end_leftovers(self._stack_id, timeout_s=2)
        self._save()

    def _needs_of(self, name: str) -> set[str]:
        direct = set(self._children[name].service.needs)
        return direct.union(*(self._needs_of(need) for need in direct))

    def _save(self) -> None:
        me = psutil.Process()
        state = StackState(
            stack_id=self._stack_id,
            supervisor_pid=me.pid,
            supervisor_started_at=me.create_time(),
            ports=self._plan.ports,
            urls=dict(self._plan.urls),
            children=tuple(child.state for child in self._children.values()),
            failure=self._failure,
            embeds_neo4j=self._plan.embeds_neo4j,
            embeds_redis=self._plan.embeds_redis,
        )
        # Without room it is written later: what runs matters more than the record of it.
        with suppress(OSError):
            write_state(self._plan.data_dir, state)
            self._is_saved = True


def _check_needs(services: Sequence[Service]) -> None:
    """Needs name earlier services only, so that there is neither a gap nor a circle."""
    seen: set[str] = set()
    for service in services:
        if unknown := set(service.needs) - seen:
            raise Conflict(
                f"{service.name} needs {', '.join(sorted(unknown))}, not declared before"
            )
        seen.add(service.name)


def _explain(child: Child) -> str:
    name, times = child.service.name, child.failures_in_a_row
    return (
        f"{name} could not be started ({times} attempt{'s' * (times > 1)}): {child.detail}\n"
        f"--- last lines of {child.log}\n{tail(child.log)}"
    )
