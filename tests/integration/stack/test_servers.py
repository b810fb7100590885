"""The embedded servers, really started."""

from __future__ import annotations

from pathlib import Path

import neo4j
import psutil
import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from labo.stack.jars import default_jar_dir, ensure_jars
from labo.stack.neo4j_server import is_initialised, prepare_neo4j
from labo.stack.processes import free_port, spawn, stop
from labo.stack.valkey_server import start_valkey, valkey_command
from tests.conftest import TestStack

pytestmark = pytest.mark.stack


def test_neo4j_answers_over_bolt_with_its_password(stack: TestStack) -> None:
    """The run's Neo4j is 5.26 Community and takes the generated password."""
    auth = (stack.neo4j_user, stack.neo4j_password)
    with neo4j.GraphDatabase.driver(stack.neo4j_uri, auth=auth) as driver:
        [record] = driver.execute_query("CALL dbms.components() YIELD versions, edition").records

    assert record["edition"] == "community"
    assert record["versions"] == ["5.26.24"]


def test_a_password_may_begin_with_a_hyphen(tmp_path: Path) -> None:
    """One generated password in 64 does; neo4j-admin would take it for an option."""
    jars = ensure_jars(default_jar_dir())

    prepare_neo4j(tmp_path, jars, bolt_port=1, http_port=2, password="-vbeginswithhyphen")

    assert is_initialised(tmp_path)


def test_valkey_keeps_an_append_only_file_and_never_evicts(stack: TestStack) -> None:
    """Durability and back-pressure settings reach the server."""
    with redis.Redis.from_url(stack.redis_url, decode_responses=True) as client:
        config = client.config_get("appendonly", "maxmemory-policy")

    assert config == {"appendonly": "yes", "maxmemory-policy": "noeviction"}


def test_a_folder_without_a_password_gets_one_and_keeps_its_data(tmp_path: Path) -> None:
    """As an earlier version left it; from then on nobody reads or writes without the password."""
    (tmp_path / "valkey.conf").touch()
    port = free_port()
    process = spawn(valkey_command(tmp_path, port), log=tmp_path / "log")
    try:
        with redis.Redis(port=port, retry=Retry(ConstantBackoff(0.05), 200)) as client:
            client.set("kept", "yes")
    finally:
        stop(process)

    valkey = start_valkey(tmp_path)
    try:
        with redis.Redis.from_url(valkey.url) as client:
            assert client.get("kept") == b"yes"
        with redis.Redis(port=valkey.port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.get("kept")
        assert (tmp_path / "valkey.conf").stat().st_mode & 0o777 == 0o600
        assert valkey.password not in " ".join(psutil.Process(valkey.process.pid).cmdline())
    finally:
        valkey.stop()
