"""The kinds of faults, and what each changes in the process that it is injected into."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """What goes wrong. The words are the bench's own: no process that is measured knows them."""

    SLOW = "slow"
    FAILING = "failing"
    UNAVAILABLE = "unavailable"
    CPU = "cpu"
    POOL = "pool"
    SLOW_QUERY = "slow-query"
    LOCK = "lock"
    BACKLOG = "backlog"
    SILENT = "silent"
    SPIKE = "spike"
    BAD_DATA = "bad-data"
    MEMORY = "memory"


CONTROLS: Mapping[Kind, Mapping[str, float]] = {
    # About forty times a request's own work: plain, and still far from any time-out.
    Kind.SLOW: {"slow_s": 0.3},
    # The share that the trial by hand used, which the figures are compared with.
    Kind.FAILING: {"failing_share": 0.4},
    # More than one thread that never waits fills a core and starves the others of the interpreter.
    Kind.CPU: {"burning_threads": 2},
    # All connections of the pool, as code holds them that never gives one back.
    Kind.POOL: {"held_connections": 6},
    Kind.SLOW_QUERY: {"query_s": 0.3},
    # One message a second and worker, of several that come.
    Kind.BACKLOG: {"slow_s": 1.0},
    Kind.SILENT: {"silent": 1},
    Kind.BAD_DATA: {"bad_data_share": 0.5},
    # Doubles a process of about 100 MB within a minute; five minutes of it are 600 MB.
    Kind.MEMORY: {"leak_mb_per_s": 2.0},
}
"""What the control file says while the fault lasts; kinds that are not named happen outside of
the process: it is killed, its database is locked, its callers become more."""

SPIKE_FACTOR = 5.0
LOCKED_S, UNLOCKED_S = 1.0, 0.25
"""Of a held lock: it is held for so long and then let go for so long, again and again, as by a
batch job, so that requests wait and only some give up."""
