"""`labo graphql` against a real server."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from labo.cli.stored_token import store_token
from labo.domain.entities.tokens import Scope
from tests.builders.incidents import an_incident, save_incident
from tests.graphql.conftest import Caller, Server


async def labo(
    data: Path, url: str, *words: str, given: str = ""
) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"LABO_DATA_DIR": str(data), "LABO_API__PUBLIC_URL": url}
    return await asyncio.to_thread(
        lambda: subprocess.run(
            [sys.executable, "-m", "labo.cli.main", "graphql", *words],
            env=env,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
        )
    )


@pytest.fixture
async def data(caller: Caller, tmp_path: Path) -> Path:
    """A data folder with a token that may read."""
    store_token(tmp_path, await caller.token(Scope.READ))
    await save_incident(caller.graph, an_incident(1))
    return tmp_path


async def test_a_query_is_answered(data: Path, server: Server) -> None:
    """The document comes as argument, file or standard input; variables as JSON or file."""
    query = "query ($id: ID!) { incident(id: $id) { ... on Incident { key } } }"
    variables = '{"id": "incident-0001"}'
    (data / "query.graphql").write_text(query)
    (data / "variables.json").write_text(variables)

    answers = [
        await labo(data, server.http, query, "--variables", variables, "--json"),
        await labo(
            data,
            server.http,
            f"@{data / 'query.graphql'}",
            "--variables",
            f"@{data / 'variables.json'}",
        ),
        await labo(data, server.http, "-", "--variables", variables, given=query),
    ]

    assert [answer.returncode for answer in answers] == [0, 0, 0]
    for answer in answers:
        assert json.loads(answer.stdout) == {"data": {"incident": {"key": "incident-0001"}}}
    assert answers[0].stdout.count("\n") == 1


async def test_errors_show_in_the_exit_code(data: Path, server: Server) -> None:
    """An answer with errors is printed and ends with 1."""
    answer = await labo(data, server.http, "{ nope }")

    assert answer.returncode == 1
    assert "nope" in json.loads(answer.stdout)["errors"][0]["message"]


async def test_mistakes_are_one_line(data: Path, server: Server, tmp_path: Path) -> None:
    """Unreadable input is 2, nobody there 3, a token that isn't known 7."""
    bad_json = await labo(data, server.http, "{ x }", "--variables", "[1]")
    no_json = await labo(data, server.http, "{ x }", "--variables", "{")
    no_file = await labo(data, server.http, "@/nowhere/query")
    nobody = await labo(data, "http://127.0.0.1:1", "{ x }")
    store_token(tmp_path, "labo_wrong")
    stranger = await labo(data, server.http, "{ x }")
    (tmp_path / "token").unlink()
    tokenless = await labo(data, server.http, "{ x }")

    answers = (bad_json, no_json, no_file, nobody, stranger, tokenless)
    assert [answer.returncode for answer in answers] == [2, 2, 2, 3, 7, 7]
    assert all(answer.stderr.startswith("error: ") for answer in answers)
    assert "labo token ensure" in tokenless.stderr
