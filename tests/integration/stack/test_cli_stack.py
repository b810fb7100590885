"""The commands against a real supervisor in another process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labo.cli.connection import connected_settings
from labo.cli.main import app, main
from labo.errors import Conflict, NotFound
from labo.stack.ownership import hold_data_folder, processes_of
from labo.stack.processes import free_port
from labo.stack.state import Phase, read_state, running


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition of another process; fails loudly when it never comes."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def start(data_dir: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.integration.stack.small_stack", str(data_dir)]
    with (data_dir / "supervisor.out").open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)

    def is_ready() -> bool:
        state = read_state(data_dir)
        return bool(state and state.supervisor_pid == process.pid and state.is_ready)

    until(is_ready)
    return process


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """The folder of a small stack that runs; nothing of it is left afterwards."""
    process = start(tmp_path)
    yield tmp_path
    process.terminate()
    process.wait(60)
    state = read_state(tmp_path)
    assert state is not None
    assert processes_of(state.stack_id) == []


def labo(*arguments: object) -> tuple[int, str]:
    """Exit code and standard output."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_status_down_and_logs_see_a_running_stack(data_dir: Path) -> None:
    """Status lists each process, logs show what they said, down leaves nothing."""
    code, text = labo("status", "--json", "--data", data_dir)
    status = json.loads(text)
    assert (code, status["running"], status["ready"]) == (0, True, True)
    assert {(row["name"], row["state"]) for row in status["processes"]} == {
        ("valkey", "ready"),
        ("migrate", "done"),
        ("parent", "ready"),
    }
    assert all(row["memory_bytes"] > 0 for row in status["processes"] if row["pid"])
    assert labo("status", "--data", data_dir)[0] == 0
    assert labo("logs", "parent", "--data", data_dir) == (0, "parent speaks\n")
    assert "valkey" in labo("logs", "--lines", 3, "--data", data_dir)[1]

    assert labo("down", "--data", data_dir) == (0, "Stopped.\n")

    assert running(data_dir) is None
    assert labo("down", "--data", data_dir) == (0, f"Nothing is running on {data_dir}.\n")
    assert labo("status", "--data", data_dir)[0] == 3
    assert labo("logs", "parent", "--follow", "--data", data_dir) == (0, "parent speaks\n")


@pytest.mark.parametrize("options", [[], ["--detach"], ["--ports", "auto"]])
def test_a_start_on_a_running_stack_shows_it(
    data_dir: Path, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `labo status` does, with its exit code."""
    monkeypatch.delenv("LABO_API__PORT", raising=False)
    code, text = labo("up", "--data", data_dir, *options)

    assert code == 0
    assert text.startswith(f"Labo runs already on {data_dir}.\n")
    assert "parent" in text


@pytest.mark.parametrize("options", [["--light"], ["--ports", "default"]])
def test_a_start_that_asks_for_another_stack_is_refused(
    data_dir: Path, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who wants it light, or on the usual ports, is not shown one that is neither."""
    monkeypatch.delenv("LABO_API__PORT", raising=False)
    with pytest.raises(Conflict, match=f"{data_dir}: a stack runs already, .*labo down"):
        labo("up", "--data", data_dir, *options)


def test_a_start_on_a_held_folder_says_who_holds_it(tmp_path: Path) -> None:
    """By pid and command line, whether started in front or detached."""
    with hold_data_folder(tmp_path):
        for words in (["up"], ["up", "--detach"]):
            with pytest.raises(Conflict, match=f"held by pid {os.getpid()} "):
                labo(*words, "--data", tmp_path, "--ports", "auto")


def test_no_orphan_after_the_supervisor_is_killed(data_dir: Path) -> None:
    """All end with a supervisor killed by -9, grandchildren too; the next start works."""
    state = read_state(data_dir)
    assert state is not None
    os.kill(state.supervisor_pid, signal.SIGKILL)

    until(lambda: processes_of(state.stack_id) == [])
    again = start(data_dir)
    again.terminate()
    assert again.wait(60) == 0


def test_down_ends_what_a_killed_supervisor_left(data_dir: Path) -> None:
    """`labo down` works without a supervisor, too."""
    state = read_state(data_dir)
    assert state is not None
    os.kill(state.supervisor_pid, signal.SIGKILL)

    assert labo("down", "--data", data_dir)[0] == 0

    assert processes_of(state.stack_id) == []


def test_commands_connect_to_the_running_stack(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The running stack completes the settings; what the operator set wins."""
    for name in ("LABO_REDIS__URL", "LABO_API__PORT", "LABO_DATA_DIR", "LABO_NEO4J__URI"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("LABO_API__PORT", "1234")
    state = running(data_dir)
    assert state is not None

    settings = connected_settings(data_dir)

    assert settings.api.port == 1234
    assert settings.redis.url is not None
    password = (data_dir / "valkey.password").read_text().strip()
    at = f"redis://:{password}@127.0.0.1:{state.ports.valkey}/0"
    assert settings.redis.url.get_secret_value() == at


def test_doctor_explains_a_stack_whose_api_is_down(data_dir: Path) -> None:
    """Each check has a verdict; what fails carries a hint; the exit code says so."""
    code, text = labo("doctor", "--json", "--data", data_dir)
    checks = {check["name"]: check for check in json.loads(text)}

    assert code == 3
    assert {name: check["verdict"] for name, check in checks.items() if name != "disk"} == {
        "java": "ok",
        "jars": "ok",
        "data folder": "ok",
        "ports": "ok",
        "neo4j": "fail",
        "valkey": "ok",
        "api": "fail",
    }
    assert checks["api"]["hint"]


def test_doctor_without_a_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers elsewhere that cannot be reached fail with the setting's name."""
    monkeypatch.setenv("LABO_NEO4J__URI", f"bolt://127.0.0.1:{free_port()}")
    monkeypatch.setenv("LABO_REDIS__URL", f"redis://127.0.0.1:{free_port()}/0")
    code, text = labo("doctor", "--data", tmp_path / "new")

    assert code == 3
    assert "LABO_NEO4J__URI" in text
    assert "LABO_REDIS__URL" in text
    assert "java" not in text


def test_an_unknown_log_names_the_known_ones(data_dir: Path) -> None:
    """A typing error is answered with the choice."""
    with pytest.raises(NotFound, match="there are: migrate, parent, valkey"):
        labo("logs", "prent", "--data", data_dir)


def test_failures_are_one_message_and_a_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An expected failure and a bad setting end without a stack trace."""
    with hold_data_folder(tmp_path):
        monkeypatch.setattr(sys, "argv", ["labo", "up", "--data", str(tmp_path)])
        with pytest.raises(SystemExit) as caught:
            main()
    assert caught.value.code == 5
    assert "is held by pid" in capsys.readouterr().err.replace("\n", " ")

    monkeypatch.setenv("LABO_API__PORT", "many")
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert "LABO_API__PORT" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["up", "down", "status", "logs", "doctor"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    """`--help` shows how to type it."""
    code, text = labo(command, "--help")

    assert code == 0
    assert f"labo {command}" in " ".join(text.split())


def test_phases_are_what_status_prints() -> None:
    """The words of the JSON output are stable."""
    assert {phase.value for phase in Phase} == {
        "waiting",
        "starting",
        "ready",
        "backoff",
        "done",
        "failed",
        "stopped",
    }
