"""The supervisor over parts that are alive and do nothing, and over a disk that is full."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from labo.stack import disk, progress, watch
from labo.stack.plan import PlanInputs, Service, whereabouts
from labo.stack.progress import beat_file, progress_of
from labo.stack.state import ChildState, Phase, read_state, stored_password
from labo.stack.supervisor import StackPlan, Supervisor
from tests.integration.stack.small_stack import python, small_plan

WORKING = """
import time
from labo.stack.heartbeat import Pulse
pulse = Pulse()
while True:
    pulse.beat()
    time.sleep(0.05)
"""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute shrunk to a second."""
    monkeypatch.setattr(watch, "PATIENCE_S", 0.5)
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(progress, "SILENT_AFTER_S", 2.0)
    monkeypatch.setattr("labo.stack.child._LAST_GRACE_S", 0.2)


def watched_plan(data_dir: Path) -> StackPlan:
    """Valkey and a worker with a heartbeat, asked as in the full plan."""
    plan = small_plan(data_dir)
    password = stored_password(data_dir, "valkey.password") or ""
    inputs = PlanInputs(data_dir, plan.ports, [], False, True, "", password)
    file = beat_file(data_dir, "worker")
    worker = replace(python("worker", WORKING, needs=("migrate",)), ready_file=file)
    valkey, migrate, _ = plan.services
    services = tuple(
        replace(service, progress=partial(progress_of, service.name, whereabouts(inputs)))
        for service in (valkey, migrate, worker)
    )
    return replace(plan, services=services)


@pytest.mark.parametrize("name", ["valkey", "worker"])
def test_a_part_that_hangs_is_replaced_and_nobody_else(
    tmp_path: Path, impatient: None, name: str
) -> None:
    """Stopped by a signal, it listens and answers nothing; what needs it is not to blame."""
    del impatient
    reasons: list[str] = []

    def stop_it() -> None:
        state = read_state(tmp_path)
        assert state is not None
        [pid] = [child.pid for child in state.children if child.name == name]
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)

    def observe(child: ChildState) -> None:
        if child.name == name and child.phase is Phase.BACKOFF:
            reasons.append(child.detail)
        if child.name == name and child.phase is Phase.READY and child.restarts:
            supervisor.request_stop()

    supervisor = Supervisor(watched_plan(tmp_path), observe=observe)
    supervisor.run(on_ready=stop_it)

    assert [reason.startswith("replaced: no ") for reason in reasons] == [True]
    state = read_state(tmp_path)
    assert state is not None
    restarts = {child.name: child.restarts for child in state.children}
    assert restarts == {"valkey": 0, "migrate": 0, "worker": 0} | {name: 1}


def test_nothing_is_started_on_a_full_disk_and_the_supervisor_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that dies waits until there is room; a state that can't be written comes later."""
    sizes = [10 * disk.KEPT_BACK_BYTES]
    monkeypatch.setattr(disk, "free_bytes", lambda folder: sizes[-1])
    monkeypatch.setattr("labo.stack.supervisor._TIDY_EVERY_S", 0.05)
    service = Service("worker", python("worker", "import time; time.sleep(600)").command)
    supervisor = Supervisor(StackPlan(tmp_path, [service], small_plan(tmp_path).ports))
    child = supervisor._children["worker"]
    obstacle = tmp_path / f".stack.json.{os.getpid()}"

    def fill() -> None:
        sizes.append(0)
        obstacle.mkdir()  # what writes the state meets an error of the file system
        os.kill(child.state.pid or 0, signal.SIGKILL)

    seen: list[str] = []

    def step() -> None:
        step_as_before()
        if not seen and child.phase is Phase.BACKOFF and "disk is full" in child.detail:
            seen.append(child.detail)
            assert not (tmp_path / "kept-back").exists()
            obstacle.rmdir()
            sizes.append(10 * disk.KEPT_BACK_BYTES)
        elif seen and child.phase is Phase.READY:
            supervisor.request_stop()

    step_as_before = supervisor._step
    monkeypatch.setattr(supervisor, "_step", step)
    supervisor.run(on_ready=fill)

    assert len(seen) == 1
    state = read_state(tmp_path)
    assert state is not None
    assert state.children[0].restarts == 1
