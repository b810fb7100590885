"""A stack of a demo's own: in a folder that is emptied first, and ended when the demo is over."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from labo.cli.output import say
from labo.cli.stack import print_banner, report_phase, stack_request
from labo.errors import Unavailable
from labo.stack.launch import PortChoice
from labo.stack.ownership import holder
from labo.stack.state import running

KeepOption = Annotated[bool, typer.Option("--keep", help="Leave the stack running.")]
NoWaitOption = Annotated[
    bool, typer.Option("--no-wait", help="Stop the stack at once, not when Enter is pressed.")
]
DemoFolderOption = Annotated[
    Path | None, typer.Option("--data", help="Folder of the demo; emptied first.")
]
Start = Callable[[bool], None]
"""Starts the stack and returns when it is ready; the argument is whether to be quiet."""


@contextmanager
def demo_stack(folder: Path, *, keep: bool) -> Iterator[Start]:
    """What starts a light stack in `folder`; it ends with the context unless `keep` is set.

    From here on this process uses that folder, and its model is a scripted one. Raises
    Unavailable when another demo holds the folder.
    """
    if held_by := holder(folder):
        raise Unavailable(
            f"a demo is held by {held_by}", where=str(folder), hint=f"labo down --data {folder}"
        )
    shutil.rmtree(folder, ignore_errors=True)
    os.environ["LABO_LLM__SCRIPTED"] = "true"
    os.environ["LABO_DATA_DIR"] = str(folder)

    def start(quiet: bool) -> None:
        from labo.cli.detached import start_detached

        start_detached(
            stack_request(folder, PortChoice.AUTO, is_light=True),
            observe=(lambda _: None) if quiet else report_phase,
        )

    try:
        yield start
    finally:
        if not keep:
            _stop(folder)


def show_addresses(folder: Path, *, keep: bool, no_wait: bool) -> None:
    """The addresses to explore: at a terminal until Enter is pressed, else after starting again."""
    state = running(folder)
    if state:
        print_banner(folder, state.urls)
    if keep:
        say("The stack keeps running; end it with: labo down --data {}", folder)
        return
    if not no_wait and sys.stdin.isatty():
        say("Explore it; press Enter to stop the stack.", end=" ")
        with suppress(EOFError, KeyboardInterrupt):
            input()
    say("The stack stops now. To explore it: labo up --data {}", folder)


def _stop(folder: Path) -> None:
    state = running(folder)
    if state is None:
        return
    os.kill(state.supervisor_pid, signal.SIGTERM)
    while holder(folder):
        time.sleep(0.1)
