"""`labo templates list`, `show` and what decides, against a real server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labo.domain.entities.tokens import Scope
from tests.graphql.command_line import Labo, logged_in
from tests.graphql.conftest import Caller, Server


@pytest.fixture
async def labo(
    caller: Caller, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Labo:
    """Whose token may do everything."""
    return logged_in(await caller.token(Scope.ADMIN), server.http, tmp_path, monkeypatch)


@pytest.mark.stack
async def test_versions_are_listed_and_shown(labo: Labo) -> None:
    """As tables for people, as JSON for programs."""
    code, table = await labo("templates", "list", "--kind", "action", "--status", "active")
    shown = json.loads((await labo("templates", "show", "restart_service@2", "--json"))[1])

    assert code == 0
    assert table.splitlines()[0].split() == ["key", "kind", "status", "by", "fault"]
    assert (shown["status"], shown["by"], shown["signed_by"]) == ("active", "labo", "labo-3")
    assert shown["content"]["parameters"][-1]["name"] == "drain_s"
    assert "--drain-seconds" in (await labo("templates", "show", "restart_service@2"))[1]


@pytest.mark.stack
async def test_a_version_is_taken_out_and_published_again(labo: Labo) -> None:
    """Shown first and confirmed, or by the digest that a script has seen."""
    assert await labo("templates", "deprecate", "scale_out@1", "--reason", "too eager") == (
        0,
        "scale_out@1 is deprecated: too eager\n",
    )
    listed = json.loads((await labo("templates", "list", "--status", "deprecated", "--json"))[1])
    assert [(one["key"], one["by"]) for one in listed] == [("scale_out@1", "tester")]
    assert (await labo("templates", "publish", "scale_out@1", "--reason", "r", typed="n\n"))[0] == 1
    assert (await labo("templates", "publish", "scale_out@1", "--reason", "r", typed="y\n"))[0] == 0
    again = ("publish", "scale_out@1", "--reason", "r", "--digest", listed[0]["digest"], "--json")
    assert json.loads((await labo("templates", *again))[1])["status"] == "active"


@pytest.mark.stack
async def test_revoking_is_final(labo: Labo) -> None:
    """The exit code says why a change is refused."""
    assert (await labo("templates", "revoke", "flush_cache@1", "--reason", "r"))[0] == 0
    digest = json.loads((await labo("templates", "show", "flush_cache@1", "--json"))[1])["digest"]
    code, message = await labo(
        "templates", "publish", "flush_cache@1", "--reason", "r", "--digest", digest
    )

    assert (code, "revoked can't become active" in message) == (5, True)
    assert (await labo("templates", "show", "flush_cache@8"))[0] == 4
    assert (await labo("templates", "publish", "scale_out@1", "--reason", "r", "--digest", "0"))[
        0
    ] == 7
