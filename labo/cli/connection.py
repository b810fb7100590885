"""Settings of a command that talks to the stack which `labo up` started."""

from __future__ import annotations

import os
from pathlib import Path

from labo.cli.stack import data_folder
from labo.settings import Settings
from labo.stack.state import connection_env, running


def connected_settings(data: Path | None = None) -> Settings:
    """The settings, completed by the running stack's coordinates; what the operator set wins.

    With nothing running they are the plain settings, so that a server elsewhere can be used.
    """
    folder = data_folder(data)
    found = connection_env(folder) if running(folder) else {}
    added = {name: value for name, value in found.items() if name not in os.environ}
    # For this one reading only: a command must not change its process for what comes after.
    os.environ.update(added)
    try:
        return Settings()
    finally:
        for name in added:
            del os.environ[name]
