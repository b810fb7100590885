"""`labo up` as the operator types it, over servers that run elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import httpx
import neo4j
import pytest
from typer.testing import CliRunner

from labo.cli.main import app
from labo.errors import Conflict, NotFound, Unavailable
from labo.stack.launch import PortChoice, StackRequest, choose_ports, prepare
from labo.stack.ownership import processes_of
from labo.stack.processes import free_port
from labo.stack.state import Ports, StackState, read_state
from labo.stack.valkey_server import start_valkey
from tests.builders.watchdog import down_after_us
from tests.conftest import TestStack

WORKERS = ("worker-fast", "worker-link", "worker-slow")

pytestmark = pytest.mark.stack


@pytest.fixture
def elsewhere(
    stack: TestStack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[TestStack]:
    """The run's servers, set as an operator sets servers of their own, without the work that
    earlier tests asked for."""
    for name, value in stack.env.items():
        monkeypatch.setenv(name, value)
    auth = (stack.neo4j_user, stack.neo4j_password)
    with neo4j.GraphDatabase.driver(stack.neo4j_uri, auth=auth) as driver:
        driver.execute_query("MATCH (j:Job) DELETE j")
    with down_after_us(tmp_path):
        yield stack


def labo(*arguments: object) -> tuple[int, str]:
    """Exit code and standard output."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_detached_start_returns_when_ready_and_embeds_only_what_is_needed(
    elsewhere: TestStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With both servers elsewhere, two API processes and the workers are ready on them; `down`
    leaves nothing.

    Port 0 is a free one: status and state name it, and the commands find the API there.
    """
    monkeypatch.setenv("LABO_API__PROCESSES", "2")
    monkeypatch.setenv("LABO_API__PORT", "0")
    code, text = labo("up", "--detach", "--data", tmp_path)
    try:
        assert code == 0
        assert "Labo is ready" in text
        _, shown = labo("status", "--json", "--data", tmp_path)
        status = json.loads(shown)
        names = {row["name"] for row in status["processes"]}
        assert names == {"migrate", "token", "api", "api-2", "stream", *WORKERS}
        assert httpx.get(f"{status['urls']['api']}/readyz", trust_env=False).status_code == 200
        assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
        code, text = labo("doctor", "--json", "--data", tmp_path)
        assert [check for check in json.loads(text) if check["verdict"] != "ok"] == []
        state = read_state(tmp_path)
        assert state is not None
        assert state.ports.api > 0
        assert status["urls"]["api"] == f"http://127.0.0.1:{state.ports.api}"
        monkeypatch.setenv("LABO_DATA_DIR", str(tmp_path))
        _, answer = labo("graphql", "{ __typename }", "--json")
        assert json.loads(answer) == {"data": {"__typename": "Query"}}
    finally:
        labo("down", "--data", tmp_path)
    assert processes_of(state.stack_id) == []


def test_detached_start_that_fails_shows_the_child_and_its_log(
    elsewhere: TestStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password stops the start at the migrations, with their own words."""
    # A user of its own: Neo4j refuses one for a while after three wrong passwords, and other
    # tests log in to the same server meanwhile.
    monkeypatch.setenv("LABO_NEO4J__USER", "nobody")
    monkeypatch.setenv("LABO_NEO4J__PASSWORD", "not-the-password")

    with pytest.raises(Unavailable) as caught:
        labo("up", "--detach", "--ports", "auto", "--data", tmp_path)

    assert caught.value.message.startswith("migrate could not be started")
    assert "last lines of" in caught.value.message
    assert "not-the-password" not in caught.value.message


def test_taken_default_ports_are_named(tmp_path: Path) -> None:
    """The operator learns which port is taken and the way around it."""
    valkey = start_valkey(tmp_path / "other")
    try:
        request = StackRequest(
            tmp_path, api_port=valkey.port, neo4j_uri="bolt://x", redis_url="redis://x"
        )
        with pytest.raises(Conflict, match=rf"{valkey.port} \(api\).*--ports auto"):
            choose_ports(request, None)
        request = replace(request, api_port=free_port(), grpc_port=valkey.port)
        with pytest.raises(Conflict, match=r"\(otlp grpc\).*LABO_OTLP__GRPC=false"):
            choose_ports(request, None)
    finally:
        valkey.stop()


def test_automatic_ports_stay_the_same_over_restarts(tmp_path: Path) -> None:
    """A bookmark keeps working: the last start's ports are taken again while they are free."""
    last = Ports(*(free_port() for _ in fields(Ports)))
    state = StackState("s", 1, 1.0, last, {})

    assert choose_ports(StackRequest(tmp_path, PortChoice.AUTO), state) == last


def test_a_lost_password_file_is_refused_at_once(tmp_path: Path) -> None:
    """A graph whose password is gone is not started to be refused for minutes."""
    (tmp_path / "neo4j" / "data" / "dbms").mkdir(parents=True)
    (tmp_path / "neo4j" / "data" / "dbms" / "auth.ini").touch()

    with pytest.raises(NotFound, match="password file is gone"):
        prepare(StackRequest(tmp_path), Ports())
