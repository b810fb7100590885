"""The run's own Neo4j and Valkey: one pair per pytest process, on free ports, gone with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import hypothesis
import pytest

from labo import logs
from tests.builders.servers import servers

pytest_plugins = ["tests.scheduling", "tests.examples"]

_PASSWORD = "only-for-this-run"

# As every edge of the product does: structlog's own default shows the variables of each frame.
logs.configure()

# Compiled modules are kept wherever that was turned off: each of the processes, with all that they
# start, would compile the product and rewrite the tests' assertions anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# For every Neo4j that a test starts: none lives long enough to earn back what the optimising
# compiler takes from two cores. Verifying the classes of its jars, which are known by their hashes,
# takes a tenth to a fifth of a start.
os.environ.setdefault(
    "JDK_JAVA_OPTIONS",
    "-XX:TieredStopAtLevel=1 -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote",
)

# No test may fail because the machine is busy, or a new Neo4j slow: the API answers 503 otherwise.
os.environ.setdefault("LABO_API__ANSWER_S", "60")

# For every API that a test starts: the usual port is one for all of the machine's runs.
os.environ.setdefault("LABO_OTLP__GRPC_PORT", "0")

# No slow machine either: hypothesis allows an example 200 ms otherwise.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


@dataclass(frozen=True)
class TestStack:
    """How to reach the run's servers. Both are empty when the run starts."""

    __test__ = False

    neo4j_uri: str
    neo4j_http_port: int
    neo4j_user: str
    neo4j_password: str
    redis_url: str

    @property
    def env(self) -> dict[str, str]:
        """What a child process needs to use them."""
        return {
            "LABO_NEO4J__URI": self.neo4j_uri,
            "LABO_NEO4J__PASSWORD": self.neo4j_password,
            "LABO_REDIS__URL": self.redis_url,
        }


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestStack]:
    """Started on first use."""
    with servers(tmp_path_factory.mktemp("stack"), _PASSWORD) as (neo4j, valkey):
        yield TestStack(neo4j.uri, neo4j.http_port, "neo4j", _PASSWORD, valkey.url)
