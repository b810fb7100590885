"""Whether Neo4j can do what the process needs of it."""

from __future__ import annotations

import contextlib
import time
from types import NoneType

from graph.client import Graph
from graph.statements import load
from labo.errors import Conflict

WRITE_CHECK = load("health/upsert_write_check", row=NoneType)

FRESH_S = 15.0
"""How long a successful write says that the next one will succeed: a few of a prober's rounds."""


async def check(graph: Graph) -> None:
    """Raise Unavailable unless Neo4j answers and takes writes.

    The last write tells; where it failed or is long ago, one is tried.
    """
    last = graph.last_write
    if last.succeeded and time.monotonic() - last.at < FRESH_S:
        await graph.check()
        return
    with contextlib.suppress(Conflict):  # another process wrote the same at this moment
        await graph.execute(WRITE_CHECK)
