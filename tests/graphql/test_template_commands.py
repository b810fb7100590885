"""`labo templates list`, `show` and what decides, against a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from labo.cli.main import EXIT_CODES, app
from labo.cli.stored_token import store_token
from labo.domain.entities.tokens import Scope
from labo.errors import LaboError
from tests.graphql.conftest import Caller, Server

Labo = Callable[..., Coroutine[Any, Any, tuple[int, str]]]


@pytest.fixture
async def labo(
    caller: Caller, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Labo:
    """A command's exit code and output; the error where it fails. The token may do everything."""
    store_token(tmp_path, await caller.token(Scope.ADMIN))
    monkeypatch.setenv("LABO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LABO_API__PUBLIC_URL", server.http)

    def run(words: tuple[str, ...], typed: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["templates", *words], input=typed)
        if isinstance(done.exception, LaboError):
            return EXIT_CODES[done.exception.code], str(done.exception)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.stdout

    async def labo(*words: str, typed: str = "") -> tuple[int, str]:
        return await asyncio.to_thread(run, words, typed)

    return labo


@pytest.mark.stack
async def test_versions_are_listed_and_shown(labo: Labo) -> None:
    """As tables for people, as JSON for programs."""
    code, table = await labo("list", "--kind", "action", "--status", "active")
    shown = json.loads((await labo("show", "restart_service@2", "--json"))[1])

    assert code == 0
    assert table.splitlines()[0].split() == ["key", "kind", "status", "by", "fault"]
    assert (shown["status"], shown["by"], shown["signed_by"]) == ("active", "labo", "labo-3")
    assert shown["content"]["parameters"][-1]["name"] == "drain_s"
    assert "--drain-seconds" in (await labo("show", "restart_service@2"))[1]


@pytest.mark.stack
async def test_a_version_is_taken_out_and_published_again(labo: Labo) -> None:
    """Shown first and confirmed, or by the digest that a script has seen."""
    assert await labo("deprecate", "scale_out@1", "--reason", "too eager") == (
        0,
        "scale_out@1 is deprecated: too eager\n",
    )
    listed = json.loads((await labo("list", "--status", "deprecated", "--json"))[1])
    assert [(one["key"], one["by"]) for one in listed] == [("scale_out@1", "tester")]
    assert (await labo("publish", "scale_out@1", "--reason", "r", typed="n\n"))[0] == 1
    assert (await labo("publish", "scale_out@1", "--reason", "r", typed="y\n"))[0] == 0
    again = ("publish", "scale_out@1", "--reason", "r", "--digest", listed[0]["digest"], "--json")
    assert json.loads((await labo(*again))[1])["status"] == "active"


@pytest.mark.stack
async def test_revoking_is_final(labo: Labo) -> None:
    """The exit code says why a change is refused."""
    assert (await labo("revoke", "flush_cache@1", "--reason", "r"))[0] == 0
    digest = json.loads((await labo("show", "flush_cache@1", "--json"))[1])["digest"]
    code, message = await labo("publish", "flush_cache@1", "--reason", "r", "--digest", digest)

    assert (code, "revoked can't become active" in message) == (5, True)
    assert (await labo("show", "flush_cache@8"))[0] == 4
    assert (await labo("publish", "scale_out@1", "--reason", "r", "--digest", "0"))[0] == 7
