"""A system as its description says it: frozen pydantic models, times in seconds, sizes in bytes.

What one model can't see (an unknown component, a cycle) is checked in `description_checks`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]


class Part(BaseModel):
    """Settings of every model below: unknown fields are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Role(StrEnum):
    """What a component is for. Telemetry chooses metric names by it; no mechanism depends on it."""

    EDGE = "edge"
    GATEWAY = "gateway"
    SERVICE = "service"
    DATABASE = "database"
    CACHE = "cache"
    CDN = "cdn"
    QUEUE = "queue"
    WORKER = "worker"


class Distribution(StrEnum):
    LOGNORMAL = "lognormal"
    EXPONENTIAL = "exponential"
    CONSTANT = "constant"


class Service(Part):
    """Time that a worker computes for an operation, without its calls."""

    kind: Distribution = Distribution.LOGNORMAL
    median: Seconds
    spread: Annotated[float, Field(ge=0, le=3)] = 0.4
    """Standard deviation of the logarithm (lognormal only)."""


class Breaker(Part):
    """Opens when `ratio` of the last `window` attempts failed; tries one again after `open_for`."""

    ratio: Annotated[float, Field(gt=0, le=1)] = 0.5
    window: Annotated[int, Field(ge=1, le=1000)] = 20
    open_for: Seconds = 5.0


class Call(Part):
    """One call that an operation makes, in the order of the list."""

    component: Name
    operation: Name
    timeout: Seconds | None = None
    retries: Annotated[int, Field(ge=0, le=20)] = 0
    backoff: Annotated[float, Field(ge=0)] = 0.05
    """Wait before the first retry; doubles with each, times a jitter of 0.5 to 1.5."""
    breaker: Breaker | None = None
    probability: Share = 1.0
    group: int | None = None
    """Neighbours of the same group are called at once."""
    required: bool = True
    """A failed required call fails the operation; otherwise it goes on without."""
    on_miss: bool = False
    """Made only when the cache looked into last did not have the key; fills it."""
    asynchronous: bool = False
    """Sent and not waited for, as a message."""


class Operation(Part):
    service: Service
    calls: tuple[Call, ...] = ()


class Cache(Part):
    """Entries under LRU and TTL; keys are drawn from a Zipf law, so the hit ratio emerges."""

    entries: Annotated[int, Field(ge=1)]
    ttl: Seconds
    keys: Annotated[int, Field(ge=1, le=1_000_000)]
    exponent: Annotated[float, Field(ge=0, le=4)] = 1.0


class Pool(Part):
    """Connections that a component keeps to one callee."""

    size: Annotated[int, Field(ge=1)]
    wait: Seconds = 1.0
    """How long a call waits for a free connection before it fails."""


class Heap(Part):
    """Memory of a process; at `limit` it is killed and takes `restart` to come back."""

    limit: Annotated[float, Field(gt=0)]
    used: Annotated[float, Field(gt=0)]
    restart: Seconds = 5.0


class Component(Part):
    role: Role
    host: Name
    workers: Annotated[int, Field(ge=1)]
    queue: Annotated[int, Field(ge=0)] = 1000
    """Places for requests that wait for a worker; one more is rejected."""
    operations: Annotated[dict[Name, Operation], Field(min_length=1)]
    cache: Cache | None = None
    pools: dict[Name, Pool] = Field(default_factory=dict)
    heap: Heap | None = None


class Host(Part):
    cores: Annotated[int, Field(ge=1)]


class Entry(Part):
    """Where requests come in, in proportion to their weights."""

    component: Name
    operation: Name
    weight: Annotated[float, Field(gt=0)] = 1.0


class Daily(Part):
    """A sine on the rate: 1 ± amplitude over one period."""

    amplitude: Annotated[float, Field(ge=0, lt=1)] = 0.3
    period: Seconds = 86_400.0


class Bursts(Part):
    """One burst in each stretch of `every` seconds, somewhere in it."""

    every: Seconds
    length: Seconds
    factor: Annotated[float, Field(gt=0)] = 2.0


class Load(Part):
    """Poisson arrivals of requests from outside of the system."""

    rate: Annotated[float, Field(gt=0)]
    """Requests per second, before the daily shape and bursts."""
    entries: Annotated[tuple[Entry, ...], Field(min_length=1)]
    timeout: Seconds = 30.0
    daily: Daily | None = None
    bursts: Bursts | None = None


class System(Part):
    """A whole system. `network` is the one-way delay between any two components."""

    name: Name
    network: Annotated[float, Field(ge=0)] = 0.0003
    hosts: Annotated[dict[Name, Host], Field(min_length=1)]
    components: Annotated[dict[Name, Component], Field(min_length=1)]
    load: Load
