"""`--watch`: an answer printed again whenever it changes, until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from labo.cli.client import api_url
from labo.cli.output import console, error_console
from labo.errors import Unavailable

T = TypeVar("T")

EVERY_S = 2.0
"""Seconds between two questions: soon enough for who looks at it, a light load for the API."""

WatchOption = Annotated[
    bool, typer.Option("--watch", "-w", help="Refresh every 2 s, until Ctrl-C.")
]


def present(
    read: Callable[[], T], show: Callable[[T], None], *, watch: bool, data: Path | None
) -> None:
    """Read and show once; with `watch` again and again.

    On a terminal each answer replaces the one before, so that durations go on; elsewhere it is
    shown when it has changed. Raises as `read` does at first; later an API that does not answer
    is waited for as long as its stack runs.
    """
    answer = read()
    _replace_screen(watch)
    show(answer)
    while watch:
        time.sleep(EVERY_S)
        try:
            following = read()
        except Unavailable as error:
            api_url(data)  # Raises once the stack has ended.
            error_console.print(f"{error.message}; asking again")
            continue
        if console.is_terminal or following != answer:
            _replace_screen(watch)
            show(following)
        answer = following


def _replace_screen(watch: bool) -> None:
    if watch and console.is_terminal:
        console.clear()
