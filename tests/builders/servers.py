"""The embedded Neo4j and Valkey, as a test holds them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labo.stack.jars import default_jar_dir, ensure_jars
from labo.stack.neo4j_server import Neo4jProcess, start_neo4j
from labo.stack.valkey_server import ValkeyProcess, start_valkey


@contextmanager
def servers(folder: Path, password: str) -> Iterator[tuple[Neo4jProcess, ValkeyProcess]]:
    """Both on `folder`. The kernel kills them when the test's process itself is killed."""
    jars = ensure_jars(default_jar_dir())
    valkey = start_valkey(folder / "valkey", parent_death_signal=signal.SIGKILL)
    try:
        neo4j = start_neo4j(
            folder / "neo4j", jars, password=password, parent_death_signal=signal.SIGKILL
        )
        try:
            yield neo4j, valkey
        finally:
            neo4j.stop()
    finally:
        valkey.stop()
