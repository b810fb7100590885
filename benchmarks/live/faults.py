"""The kinds of faults and disturbances, and what each changes where it is injected."""

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


class Disturbance(StrEnum):
    """What changes the telemetry while nothing is broken, so that no answer is expected."""

    SLOWER_VERSION = "slower-version"
    LOAD_TEST = "load-test"
    WEEK_END = "week-end"
    TELEMETRY_STOPS = "telemetry-stops"
    CLOCK_JUMP = "clock-jump"
    CLOCK_AHEAD = "clock-ahead"


Change = Kind | Disturbance

CONTROLS: Mapping[Change, Mapping[str, float]] = {
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
    Disturbance.TELEMETRY_STOPS: {"silent": 1},
    # Twice and half as far as the product lets a span be ahead of its receipt: what is further
    # ahead is dated by its receipt, what is less far ahead is believed.
    Disturbance.CLOCK_JUMP: {"clock_ahead_s": 1_200},
    Disturbance.CLOCK_AHEAD: {"clock_ahead_s": 300},
}
"""What the control file says while it lasts; what is not named happens outside of the process: it
is killed or replaced, its database is locked, its callers become more or fewer."""

TRAFFIC: Mapping[Change, float] = {
    Kind.SPIKE: 5.0,
    Disturbance.LOAD_TEST: 3.0,
    Disturbance.WEEK_END: 0.25,
}
"""The requests while it lasts, times the usual number."""

WORK_FACTOR, CACHE_MB = 3.0, 150
"""Of a slower version for good: its own work takes so many times as long, and it holds so much
more memory, which is more than twice what such a process has."""
LOCKED_S, UNLOCKED_S = 1.0, 0.25
"""Of a held lock: it is held for so long and then let go for so long, again and again, as by a
batch job, so that requests wait and only some give up."""
