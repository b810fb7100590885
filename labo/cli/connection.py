"""A command's way to the stack which `labo up` started: its settings, and what they open."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from labo.cli.options import data_folder
from labo.errors import Unavailable
from labo.settings import Settings
from labo.stack.state import connection_env, running

if TYPE_CHECKING:
    from labo.bootstrap import App, Services

T = TypeVar("T")


def connected_settings(data: Path | None = None) -> Settings:
    """The settings, completed by the running stack's coordinates; what the operator set wins.

    With nothing running they are the plain settings, so that a server elsewhere can be used; raises
    Unavailable where they name none.
    """
    settings = settings_of(data)
    if settings.neo4j.uri is None and running(data_folder(data)) is None:
        raise no_stack(data_folder(data), "LABO_NEO4J__URI and LABO_REDIS__URL")
    return settings


def settings_of(data: Path | None = None) -> Settings:
    """As `connected_settings`, also where no server is named."""
    folder = data_folder(data)
    found = connection_env(folder) if running(folder) else {}
    added = {name: value for name, value in found.items() if name not in os.environ}
    # For this call only: a command must not change its process's environment for later ones.
    os.environ.update(added)
    try:
        return Settings()
    finally:
        for name in added:
            del os.environ[name]


def no_stack(folder: Path, instead: str) -> Unavailable:
    """What every command says that needs a stack; `instead` names the settings of one elsewhere."""
    return Unavailable(
        "no stack runs on this data folder",
        where=str(folder),
        hint=f"start it with `labo up`, or set {instead}",
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[App]:
    """What `settings` lead to, closed at the end. Raises InvalidInput when one is missing."""
    # Imported here: `labo --help` must not wait for the drivers.
    from labo.bootstrap import build

    app = await build(settings)
    try:
        yield app
    finally:
        await app.close()


def ask_services(settings: Settings, ask: Callable[[Services], Awaitable[T]]) -> T:
    """What the services of the configured workspace answer. Raises as `opened` and `ask` do."""

    async def answer() -> T:
        async with opened(settings) as app:
            return await ask(app.workspace())

    return asyncio.run(answer())
