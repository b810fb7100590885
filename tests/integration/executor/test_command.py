"""Local commands: real programs, and the kernel's limits around them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from labo.adapters.executor.command import CommandExecutor
from labo.adapters.executor.sandbox import Cage
from labo.domain.escalation.executions import ExecutionStatus
from labo.errors import InvalidInput, Unavailable
from tests.builders.executor_worlds import a_program, an_action

DONE, FAILED, UNKNOWN = ExecutionStatus.DONE, ExecutionStatus.FAILED, ExecutionStatus.UNKNOWN

RUNNER = """
import asyncio, sys
from pathlib import Path
from labo.adapters.executor.command import CommandExecutor
from labo.adapters.executor.sandbox import Cage
from tests.builders.executor_worlds import an_action
program, records = map(Path, sys.argv[1:])
executor = CommandExecutor({"labo-action": program}, records, Cage(), timeout_s=60.0)
asyncio.run(executor.execute(an_action()))
"""


def an_executor(
    folder: Path, script: str, cage: Cage | None = None, timeout_s: float = 20.0
) -> CommandExecutor:
    program = a_program(folder, script)
    return CommandExecutor(
        {"labo-action": program}, folder / "records", cage or Cage(), timeout_s=timeout_s
    )


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def has_ended(pid: int) -> bool:
    """Within 20 s: the kernel ends it a moment after the process that it belongs to."""
    until = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_alive(pid)


def wait_for(path: Path) -> str:
    """The text of a file that another process writes."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if path.is_file() and path.read_text():
            return path.read_text()
        time.sleep(0.02)
    raise TimeoutError(path)


def a_runner(program: Path, records: Path) -> subprocess.Popen[bytes]:
    """Another process that executes the action."""
    return subprocess.Popen([sys.executable, "-c", RUNNER, str(program), str(records)])


def commands() -> str:
    """The command lines of all processes."""
    texts = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            texts.append(entry.read_text(errors="replace"))
        except OSError:
            continue
    return "\n".join(texts)


def folders() -> set[str]:
    """Working folders of commands that are still there."""
    return {str(path) for path in Path(tempfile.gettempdir()).glob("labo-action-*")}


async def test_arguments_arrive_as_they_are(tmp_path: Path) -> None:
    """No shell reads them."""
    executor = an_executor(tmp_path, 'printf "<%s>" "$@"')
    nasty = ("labo-action", "; touch /tmp/x", "$(id)", "a b", "*")

    report = await executor.execute(replace(an_action(), arguments=nasty))

    assert (report.status, report.detail) == (DONE, "<; touch /tmp/x><$(id)><a b><*>")


async def test_it_gets_an_empty_environment_and_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Labo's own environment holds secrets."""
    monkeypatch.setenv("LABO_LLM__ANTHROPIC_API_KEY", "sk-ant-secret")
    executor = an_executor(tmp_path, "env | grep -c -v -e ^PATH= -e ^PWD= -e ^_=; ls | wc -l; pwd")

    report = await executor.execute(an_action())
    others, files, folder = report.detail.split()

    assert (others, files) == ("0", "0")
    assert folder not in folders()


@pytest.mark.parametrize(
    ("script", "status", "detail"),
    [
        ("echo no such service; exit 3", FAILED, "exit code 3: no such service"),
        ("kill -9 $$", UNKNOWN, "ended by a signal"),
        ("echo password=hunter2secret", DONE, "password="),
        ("head -c 10000000 /dev/zero | tr '\\0' x", DONE, "x"),
        ("sleep 60", UNKNOWN, "ended after 1 s"),
        ("sleep 60 & echo begun", DONE, "begun"),
    ],
)
async def test_how_it_ends_is_reported(
    tmp_path: Path, script: str, status: ExecutionStatus, detail: str
) -> None:
    """0 is DONE, another code FAILED, whatever was cut short UNKNOWN; the output is bounded."""
    report = await an_executor(tmp_path, script, timeout_s=1.0).execute(an_action())

    assert report.status is status
    assert detail in report.detail
    assert "hunter2secret" not in report.detail
    assert len(report.detail) <= 2_000


async def test_a_time_out_ends_the_whole_group(tmp_path: Path) -> None:
    """Children included."""
    pids = tmp_path / "pids"
    executor = an_executor(tmp_path, f"sleep 60 & echo $! > {pids}; wait", timeout_s=1.0)

    await executor.execute(an_action())

    assert await asyncio.to_thread(has_ended, int(wait_for(pids)))


async def test_name_spaces_end_what_left_the_group(tmp_path: Path) -> None:
    """A daemon of its own session is ended with its first process."""
    cage = Cage(has_namespaces=True)
    marker = f"{60 + os.getpid() / 1e7}"
    executor = an_executor(tmp_path, f"setsid sleep {marker} & sleep 0.2", cage)
    try:
        await executor.check()
    except Unavailable:
        pytest.skip("this machine permits no user name spaces")

    await executor.execute(an_action())

    assert marker not in commands()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
async def test_it_runs_as_another_user(tmp_path: Path) -> None:
    """Who can't become root again."""
    cage = Cage(user="nobody")
    executor = CommandExecutor({"labo-action": Path("/usr/bin/id")}, tmp_path, cage, timeout_s=20)

    report = await executor.execute(replace(an_action(), arguments=("labo-action", "-un")))

    assert (report.status, report.detail) == (DONE, "nobody")


def test_an_unknown_user_is_refused() -> None:
    """At the start, by the setting's name."""
    with pytest.raises(InvalidInput, match="LABO_EXECUTORS__COMMAND__USER"):
        Cage(user="no-such-user")


@pytest.mark.parametrize("mode", [0o722, 0o600])
async def test_a_program_that_others_can_change_is_not_run(tmp_path: Path, mode: int) -> None:
    """Nor one that is not executable; a dry run says so too."""
    executor = an_executor(tmp_path, f"touch {tmp_path}/ran")
    (tmp_path / "labo-action").chmod(mode)

    reports = [await executor.dry_run(an_action()), await executor.execute(an_action())]

    assert [report.status for report in reports] == [FAILED, FAILED]
    assert not (tmp_path / "ran").exists()


async def test_only_listed_programs_run(tmp_path: Path) -> None:
    """By the template's first argument, which is fixed."""
    executor = an_executor(tmp_path, "true")

    report = await executor.execute(replace(an_action(), arguments=("/bin/sh", "-c", "true")))

    assert (report.status, "no program is allowed" in report.detail) == (FAILED, True)


async def test_without_an_undo_nothing_is_undone(tmp_path: Path) -> None:
    """The template has none."""
    report = await an_executor(tmp_path, "true").rollback(replace(an_action(), undo=()), {})

    assert report.status is FAILED


async def test_a_runner_that_is_killed_leaves_it_unknown(tmp_path: Path) -> None:
    """`kill -9` in the middle: the command ends with it, and is never begun again."""
    begun = tmp_path / "begun"
    program = a_program(tmp_path, f"echo $$ >> {begun}; exec sleep 60")
    records = tmp_path / "records"
    runner = a_runner(program, records)
    pid = int(await asyncio.to_thread(wait_for, begun))
    executor = CommandExecutor({"labo-action": program}, records, Cage(), timeout_s=20.0)
    while_it_runs = await executor.ask(an_action())
    runner.send_signal(signal.SIGKILL)
    runner.wait()

    asked = await executor.ask(an_action())
    again = await executor.execute(an_action())

    assert while_it_runs.status is ExecutionStatus.RUNNING
    assert (asked.status, again.status) == (UNKNOWN, UNKNOWN)
    assert begun.read_text().split() == [str(pid)]
    assert await asyncio.to_thread(has_ended, pid)
