"""A small shop under observation: what a run of it told, and plain figures of that."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from statistics import fmean

from engine.description.file import parse_system
from engine.description.model import System
from engine.faults.effects import Kind
from engine.faults.schedule import Fault
from engine.records import Hop, LogLine, Sample
from engine.simulate import Summary, simulate

SHOP = """
name: shop
network: 0.0005
hosts: {a: {cores: 2}, b: {cores: 2}, c: {cores: 2}}
load:
  rate: 25
  timeout: 5
  entries: [{component: edge, operation: buy}]
components:
  edge:
    role: edge
    host: a
    workers: 40
    queue: 100
    operations:
      buy:
        service: {median: 0.001, spread: 0.2}
        calls:
          - {component: shop, operation: buy, timeout: 2, retries: 1}
          - {component: mail, operation: publish, timeout: 1}
  shop:
    role: service
    host: a
    workers: 12
    queue: 60
    heap: {limit: 1.0e+9, used: 4.0e+8, restart: 2}
    pools: {store: {size: 6, wait: 0.3}}
    operations:
      buy:
        service: {median: 0.004, spread: 0.3}
        calls:
          - {component: auth, operation: check, timeout: 0.3, retries: 2, breaker: {window: 20}}
          - {component: shelf, operation: get, timeout: 0.1, required: false}
          - {component: store, operation: read, timeout: 0.8, on_miss: true}
          - {component: store, operation: write, timeout: 0.8}
  auth:
    role: service
    host: b
    workers: 4
    queue: 50
    operations:
      check: {service: {median: 0.01, spread: 0.3}}
  shelf:
    role: cache
    host: b
    workers: 4
    cache: {entries: 150, ttl: 30, keys: 200, exponent: 1.1}
    operations:
      get: {service: {median: 0.0005, spread: 0.2}}
  store:
    role: database
    host: c
    workers: 3
    queue: 100
    operations:
      read: {service: {median: 0.05, spread: 0.3}}
      write: {service: {median: 0.015, spread: 0.3}}
  mail:
    role: queue
    host: b
    workers: 4
    operations:
      publish:
        service: {median: 0.0005, spread: 0.2}
        calls: [{component: sender, operation: send, asynchronous: true}]
  sender:
    role: worker
    host: b
    workers: 2
    queue: 2000
    operations:
      send: {service: {median: 0.02, spread: 0.3}}
"""
ONSET, END, SECONDS = 6.0, 18.0, 26.0


class Records:
    """A sink that keeps everything, and asks about the time of the fault unless told otherwise."""

    def __init__(self) -> None:
        self.all_hops: list[Hop] = []
        self.lines: list[LogLine] = []
        self.samples: list[Sample] = []
        self.closed = 0
        self.summary = Summary(0, 0, 0)

    def hop(self, hop: Hop) -> None:
        self.all_hops.append(hop)

    def line(self, line: LogLine) -> None:
        self.lines.append(line)

    def sample(self, sample: Sample) -> None:
        self.samples.append(sample)

    def close(self) -> None:
        self.closed += 1

    def hops(self, component: str, start: float = ONSET, end: float = END) -> list[Hop]:
        return [h for h in self.all_hops if h.component == component and start <= h.sent < end]

    def share(self, component: str, *wanted: str, start: float = ONSET, end: float = END) -> float:
        """Share of a component's hops with one of these states."""
        hops = self.hops(component, start, end)
        return sum(hop.status.value in wanted for hop in hops) / max(1, len(hops))

    def mean(self, component: str, of: Callable[[Hop], float], end: float = END) -> float:
        return fmean([of(hop) for hop in self.hops(component, end=end)] or [0.0])

    def gauge(self, component: str, metric: str, start: float = ONSET, end: float = END) -> float:
        """Largest sample of a gauge."""
        return max(
            each.value
            for each in self.samples
            if (each.component, each.metric) == (component, metric) and start < each.at <= end
        )

    def said(self, component: str, part: str) -> int:
        """How many lines of a component have this in their template."""
        return sum(line.component == component and part in line.template for line in self.lines)


@cache
def shop() -> System:
    return parse_system(SHOP)


@cache
def healthy() -> Records:
    return observe()


def observe(*faults: Fault, system: System | None = None, seconds: float = SECONDS) -> Records:
    """Run the shop with these faults."""
    records = Records()
    records.summary = simulate(
        system or shop(), seed=7, seconds=seconds, faults=faults, sink=records, interval=2.0
    )
    return records


def observe_fault(kind: Kind, target: str, intensity: float | None = None, **more: str) -> Records:
    """Run the shop with one fault from ONSET to END."""
    return observe(
        Fault.model_validate(
            {"kind": kind, "target": target, "onset": ONSET, "duration": END - ONSET}
            | {"intensity": intensity}
            | more
        )
    )


def server_time(hop: Hop) -> float:
    return hop.ended - hop.started


def client_time(hop: Hop) -> float:
    return hop.answered - hop.sent


def waited(hop: Hop) -> float:
    return hop.queue_wait
