"""One event loop and one `App` per worker process.

The async driver belongs to one loop, so the loop lives as long as the process: opened after the
fork, closed at its end, never one per task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from labo.bootstrap import App, build
from labo.settings import Settings

T = TypeVar("T")


class Runtime:
    """Runs coroutines of one process, one at a time, on the loop that owns its connections."""

    def __init__(self, settings: Settings) -> None:
        self._runner = asyncio.Runner()
        self._app = self._runner.run(build(settings))

    def run(self, use: Callable[[App], Awaitable[T]]) -> T:
        """The result of `use(app)`.

        A soft time limit interrupts the loop and leaves the coroutine pending; it would go on
        while later tasks run. So whatever this call started is cancelled and awaited.
        """
        before = asyncio.all_tasks(self._runner.get_loop())
        try:
            return self._runner.run(_await(use, self._app))
        except BaseException:
            self._runner.run(_cancel_others(before))
            raise

    def close(self) -> None:
        self._runner.run(self._app.close())
        self._runner.close()


async def _await(use: Callable[[App], Awaitable[T]], app: App) -> T:
    return await use(app)


async def _cancel_others(keep: set[asyncio.Task[object]]) -> None:
    left = asyncio.all_tasks() - keep - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


_runtime: Runtime | None = None


def open_runtime() -> Runtime:
    """This process's runtime; opened on first use where no signal opened it (solo pool)."""
    global _runtime
    if _runtime is None:
        _runtime = Runtime(Settings())
    return _runtime


def close_runtime() -> None:
    global _runtime
    if _runtime is not None:
        _runtime.close()
        _runtime = None
