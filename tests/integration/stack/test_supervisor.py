"""The supervisor with real processes, in this process: pytest's main thread is its own."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest
import redis

from labo.errors import Unavailable
from labo.stack.plan import Service
from labo.stack.probes import probe_file
from labo.stack.state import (
    VALKEY_PASSWORD_FILE,
    ChildState,
    Phase,
    Ports,
    read_state,
    stored_password,
    valkey_url,
)
from labo.stack.supervisor import StackPlan, Supervisor
from tests.integration.stack.small_stack import python, small_plan

FOREVER = "import time; time.sleep(600)"


def pid_of(data_dir: Path, name: str) -> int:
    state = read_state(data_dir)
    assert state is not None
    [pid] = [child.pid for child in state.children if child.name == name]
    assert pid is not None
    return pid


def is_alive(process: psutil.Process) -> bool:
    """A zombie that nobody has reaped yet is dead."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pool_of(parent: psutil.Process) -> list[psutil.Process]:
    """What it has started, waiting until it has: it is ready before that on a slow machine."""
    for _ in range(600):
        if pool := parent.children():
            return pool
        time.sleep(0.05)
    return []


def test_start_follows_needs_and_stop_reverses_them(tmp_path: Path) -> None:
    """A child starts after what it needs is ready, and ends before it."""
    seen: list[tuple[str, Phase]] = []
    supervisor = Supervisor(
        small_plan(tmp_path), observe=lambda child: seen.append((child.name, child.phase))
    )

    supervisor.run(on_ready=supervisor.request_stop)

    assert seen == [
        ("valkey", Phase.STARTING),
        ("valkey", Phase.READY),
        ("migrate", Phase.STARTING),
        ("migrate", Phase.DONE),
        ("parent", Phase.STARTING),
        ("parent", Phase.READY),
        ("parent", Phase.STOPPED),
        ("valkey", Phase.STOPPED),
    ]
    assert (tmp_path / "run" / "migrated").exists()


def test_what_listens_nowhere_says_when_it_is_ready(tmp_path: Path) -> None:
    """A file that an earlier run left behind says nothing; each start begins without."""
    file = tmp_path / "ready" / "worker"
    file.parent.mkdir()
    file.touch()
    code = (
        "import os, pathlib, time; file = pathlib.Path(os.environ['LABO_READY_FILE']);"
        "assert not file.exists(); file.touch(); time.sleep(600)"
    )
    worker = replace(python("worker", code), probe=partial(probe_file, file), ready_file=file)
    seen: list[ChildState] = []

    supervisor = Supervisor(StackPlan(tmp_path, (worker,), Ports()), observe=seen.append)
    supervisor.run(on_ready=supervisor.request_stop)

    assert [child.phase for child in seen] == [Phase.STARTING, Phase.READY, Phase.STOPPED]


def test_a_killed_child_comes_back_with_its_data(tmp_path: Path) -> None:
    """Valkey killed with -9 is started again and still holds what was acknowledged."""
    plan = small_plan(tmp_path)
    url = valkey_url(plan.ports.valkey, stored_password(tmp_path, VALKEY_PASSWORD_FILE))
    restarted: list[ChildState] = []

    def kill_valkey() -> None:
        with redis.Redis.from_url(url) as client:
            client.set("kept", "yes")
        os.kill(pid_of(tmp_path, "valkey"), signal.SIGKILL)

    def observe(child: ChildState) -> None:
        if child.name == "valkey" and child.phase is Phase.READY and child.restarts:
            restarted.append(child)
            with redis.Redis.from_url(url) as client:
                assert client.get("kept") == b"yes"
            supervisor.request_stop()

    supervisor = Supervisor(plan, observe=observe)
    supervisor.run(on_ready=kill_valkey)

    assert [child.restarts for child in restarted] == [1]


def test_what_a_killed_child_had_started_goes_with_it(tmp_path: Path) -> None:
    """A worker's pool does not outlive the killed worker, nor the stack."""
    pools: dict[str, list[psutil.Process]] = defaultdict(list)

    def kill_parent() -> None:
        parent = psutil.Process(pid_of(tmp_path, "parent"))
        pools["first"] = pool_of(parent)
        parent.kill()

    def observe(child: ChildState) -> None:
        if child.name == "parent" and child.phase is Phase.READY and child.restarts:
            pools["second"] = pool_of(psutil.Process(child.pid))
            supervisor.request_stop()

    supervisor = Supervisor(small_plan(tmp_path), observe=observe)
    supervisor.run(on_ready=kill_parent)

    assert [len(pool) for pool in pools.values()] == [1, 1]
    assert not [p for pool in pools.values() for p in pool if is_alive(p)]


def test_a_start_that_fails_names_the_child_and_shows_its_log(tmp_path: Path) -> None:
    """After three attempts the start is given up, and what had started is stopped."""
    failing = "import sys; print('the reason'); sys.exit(3)"
    # Without a probe a child that takes a second to end would count as ready first.
    command = (sys.executable, "-c", failing)
    broken = Service("broken", command, lambda: "not yet", needs=("well",))
    services = [python("well", FOREVER), broken]

    with pytest.raises(Unavailable) as caught:
        Supervisor(StackPlan(tmp_path, services, Ports())).run()

    assert "broken could not be started (3 attempts): ended with code 3" in caught.value.message
    assert caught.value.message.endswith("the reason")
    state = read_state(tmp_path)
    assert state is not None
    assert [(child.name, child.phase) for child in state.children] == [
        ("well", Phase.STOPPED),
        ("broken", Phase.FAILED),
    ]


def test_a_command_that_does_not_exist_fails_the_start(tmp_path: Path) -> None:
    """The reason is the system's own."""
    services = [Service("absent", ("/no/such/program",))]

    with pytest.raises(Unavailable, match="No such file"):
        Supervisor(StackPlan(tmp_path, services, Ports())).run()


def test_a_child_that_never_gets_ready_is_given_up(tmp_path: Path) -> None:
    """Its probe's last reason is told."""
    service = Service(
        "hung", (sys.executable, "-c", FOREVER), lambda: "still warming up", ready_timeout_s=0.1
    )

    with pytest.raises(Unavailable, match=r"\(1 attempt\): not ready after 0 s: still warm"):
        Supervisor(StackPlan(tmp_path, [service], Ports())).run()


def test_a_child_that_ignores_the_stop_is_killed(tmp_path: Path) -> None:
    """A stop always ends."""
    deaf = tmp_path / "deaf"
    stubborn = (
        "import pathlib, signal, sys, time; signal.signal(15, signal.SIG_IGN); "
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
    )
    service = Service(
        "stubborn",
        (sys.executable, "-c", stubborn, str(deaf)),
        lambda: None if deaf.exists() else "still listening to signals",
        stop_timeout_s=0.3,
    )
    supervisor = Supervisor(StackPlan(tmp_path, [service], Ports()))
    pids: list[int] = []

    def stop() -> None:
        pids.append(pid_of(tmp_path, "stubborn"))
        supervisor.request_stop()

    supervisor.run(on_ready=stop)

    assert not psutil.pid_exists(pids[0])
    state = read_state(tmp_path)
    assert state is not None
    assert state.children[0].detail == "killed: it did not stop within 0 s"


def test_sigterm_stops_in_order_and_gives_the_signals_back(tmp_path: Path) -> None:
    """A signal ends the run without an exception; the former handlers return."""
    before = signal.getsignal(signal.SIGTERM)

    Supervisor(small_plan(tmp_path)).run(on_ready=lambda: os.kill(os.getpid(), signal.SIGTERM))

    assert signal.getsignal(signal.SIGTERM) is before
    state = read_state(tmp_path)
    assert state is not None
    assert {child.pid for child in state.children} == {None}


def test_an_interrupted_start_says_so_and_leaves_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C while a child is not ready yet: the others are not started, none is left."""
    waiting = replace(python("first", FOREVER), probe=lambda: "never ready")
    plan = StackPlan(tmp_path, (waiting, python("second", FOREVER, needs=("first",))), Ports())
    seen: list[tuple[str, Phase]] = []

    def observe(child: ChildState) -> None:
        seen.append((child.name, child.phase))
        if child.phase is Phase.STARTING:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        Supervisor(plan, observe=observe).run()

    assert seen == [("first", Phase.STARTING), ("first", Phase.STOPPED)]
    assert "Stopping what was started" in capfd.readouterr().err
    state = read_state(tmp_path)
    assert state is not None
    assert {child.pid for child in state.children} == {None}


def test_an_interrupt_ends_what_is_ready_in_order(tmp_path: Path) -> None:
    """Ctrl-C is how a stack in the foreground is meant to end: no exception then."""
    Supervisor(small_plan(tmp_path)).run(on_ready=lambda: os.kill(os.getpid(), signal.SIGINT))

    state = read_state(tmp_path)
    assert state is not None
    assert {child.pid for child in state.children} == {None}


def test_servers_get_no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the product's children see the product's environment."""
    for name in [name for name in os.environ if name.startswith("LABO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LABO_LLM__ANTHROPIC_API_KEY", "a-key")
    show = "import os; print(sorted(k for k in os.environ if k.startswith('LABO_')))"
    command = (sys.executable, "-c", show)
    services = [
        Service("product", command, is_one_shot=True),
        Service("server", command, is_one_shot=True, is_product=False),
    ]
    plan = StackPlan(tmp_path, services, Ports(), product_env={"LABO_API__PORT": "1"})
    supervisor = Supervisor(plan)

    supervisor.run(on_ready=supervisor.request_stop)

    seen = {path.stem: path.read_text().strip() for path in (tmp_path / "logs").iterdir()}
    assert seen == {
        "product": "['LABO_API__PORT', 'LABO_LLM__ANTHROPIC_API_KEY', 'LABO_STACK_ID']",
        "server": "['LABO_STACK_ID']",
    }
