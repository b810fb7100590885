"""What ends a detached stack when the tests that started it are killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# A killed process can run nothing, but the kernel closes its pipes. At first there may be nothing
# to end yet: a start that was under way goes on by itself.
_WATCH = """
import subprocess, sys, time
give_up = time.monotonic() + 90
while not sys.stdin.read() and time.monotonic() < give_up:
    if b"Stopped." in subprocess.run(sys.argv[1:], capture_output=True).stdout:
        break
    time.sleep(1)
"""


@contextmanager
def down_after_us(data: Path) -> Iterator[None]:
    """`labo down` for this data folder, should this process end inside the block."""
    with run_after_us([sys.executable, "-m", "labo.cli.main", "down", "--data", str(data)]):
        yield


@contextmanager
def run_after_us(command: Sequence[str]) -> Iterator[None]:
    """Run the command until it says `Stopped.`, should this process end inside the block."""
    quiet = subprocess.DEVNULL
    watch = subprocess.Popen(
        [sys.executable, "-c", _WATCH, *command],
        stdin=subprocess.PIPE,
        stdout=quiet,
        stderr=quiet,
        start_new_session=True,  # Ctrl-C is for the tests, which then clean up themselves
    )
    try:
        yield
    finally:
        watch.communicate(b"all is well")
