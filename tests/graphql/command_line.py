"""Labo's commands, run in this process against a real server as one who holds a token."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

import pytest
from typer.testing import CliRunner

from labo.cli.main import EXIT_CODES, app
from labo.cli.stored_token import store_token
from labo.errors import LaboError


class Labo(Protocol):
    """A command's exit code, and what it prints: the error where it fails."""

    async def __call__(self, *words: str, typed: str = "") -> tuple[int, str]: ...


def logged_in(token: str, url: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> Labo:
    """`labo` with `token` stored in `data`, and its server at `url`."""
    store_token(data, token)
    monkeypatch.setenv("LABO_DATA_DIR", str(data))
    monkeypatch.setenv("LABO_API__PUBLIC_URL", url)

    def run(words: tuple[str, ...], typed: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(words), input=typed)
        if isinstance(done.exception, LaboError):
            return EXIT_CODES.get(done.exception.code, 1), str(done.exception)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.stdout

    async def labo(*words: str, typed: str = "") -> tuple[int, str]:
        return await asyncio.to_thread(run, words, typed)

    return labo
