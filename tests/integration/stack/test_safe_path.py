"""No child runs code that lies in the folder where a command was typed."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from labo.adapters.engine.capture import ENGINE
from labo.adapters.engine.child import ask_engine
from labo.adapters.set_solver.process import COMMAND as SOLVER
from labo.children import python_module
from labo.stack.guard import start_guard
from labo.stack.plan import Service
from labo.stack.state import Ports
from labo.stack.supervisor import StackPlan, Supervisor

TRAP = "import pathlib; pathlib.Path({marker!r}).touch()\n"


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder holds packages of our names and of a library's; each leaves this file."""
    marker, folder = tmp_path / "trapped", tmp_path / "folder"
    for name in ("labo", "engine", "workers", "api", "celery", "typer"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(TRAP.format(marker=str(marker)))
    monkeypatch.chdir(folder)
    return marker


def test_a_detached_start_runs_the_installed_code(trap: Path, tmp_path: Path) -> None:
    """`labo up --detach` fails here for want of a port, and has run nothing of the folder's."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("LABO_")}
    env |= {"LABO_NEO4J__URI": "bolt://127.0.0.1:1", "LABO_REDIS__URL": "redis://127.0.0.1:1/0"}
    words = ("up", "--detach", "--data", str(tmp_path / "data"))

    with socket.create_server(("127.0.0.1", 0)) as taken:
        env["LABO_API__PORT"] = str(taken.getsockname()[1])
        command = python_module("labo.cli.main", *words)
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    assert "these ports are in use" in done.stderr
    assert not trap.exists()


def test_the_engine_and_the_solver_are_the_installed_ones(trap: Path) -> None:
    """Both are started by the API and the workers, wherever these work."""
    asyncio.run(ask_engine((*ENGINE, "--help"), timeout_s=60, most_bytes=100_000))
    subprocess.run(SOLVER, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)

    assert not trap.exists()


def test_the_guard_is_the_installed_one(trap: Path) -> None:
    """It lives as long as the stack."""
    start_guard("no-such-stack").communicate()

    assert not trap.exists()


def test_celery_imports_nothing_from_the_data_folder(trap: Path) -> None:
    """Celery looks into its working directory first, which is therefore an empty one."""
    folder = Path.cwd()
    show = "from celery.utils.imports import import_from_cwd as load; load('workers')"
    service = Service("worker", (sys.executable, "-P", "-c", show), is_one_shot=True)
    supervisor = Supervisor(StackPlan(folder, [service], Ports()))

    supervisor.run(on_ready=supervisor.request_stop)

    assert list((folder / "run").iterdir()) == []
    assert not trap.exists()
