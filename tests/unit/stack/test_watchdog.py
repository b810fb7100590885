"""What is left running when the tests themselves are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.builders.watchdog import run_after_us

_TESTS = """
import sys, time
from tests.builders.watchdog import run_after_us
with run_after_us(sys.argv[1:]):
    print("inside", flush=True)
    time.sleep(600)
"""


def stopping(said: Path) -> list[str]:
    """A command that has something to stop at its second run only."""
    return [
        sys.executable,
        "-c",
        "import sys; file = open(sys.argv[1], 'a'); file.write('x');"
        "print('Stopped.' if file.tell() > 1 else 'Nothing runs.')",
        str(said),
    ]


def test_a_kill_runs_the_command_until_it_has_stopped_something(tmp_path: Path) -> None:
    """By the pipe that closes, since a killed process cleans nothing up."""
    said = tmp_path / "said"
    tests = subprocess.Popen(
        [sys.executable, "-c", _TESTS, *stopping(said)], stdout=subprocess.PIPE, text=True
    )
    assert tests.stdout is not None and tests.stdout.readline() == "inside\n"

    tests.kill()

    assert tests.wait() == -signal.SIGKILL
    tests.stdout.close()
    for _ in range(1_200):
        if said.exists() and said.read_text() == "xx":
            break
        time.sleep(0.05)
    else:
        pytest.fail("the command was not run twice")


def test_an_end_in_order_runs_nothing(tmp_path: Path) -> None:
    """The watch has gone when the block is left."""
    with run_after_us(stopping(tmp_path / "said")):
        pass

    assert not (tmp_path / "said").exists()
