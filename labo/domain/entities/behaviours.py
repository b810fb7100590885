"""Behaviours: what a component does wrong, whatever metric and statistic show it.

A problem is a behaviour (ADR 0032). A metric that deviates is evidence of one: the mean, the p95
and the p99 of three instruments are one slow service. The behaviour follows from whole words of the
metric's name, as OpenTelemetry's semantic conventions, Prometheus' exporters, Micrometer and cloud
providers write them, in any unit; a name without a known word is a change of its own family.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from labo.caching import cached_texts
from labo.domain.entities import behaviour_words as words_of
from labo.domain.entities.behaviour_words import Resource
from labo.domain.entities.conditions import Direction, metric_words


class Behaviour(StrEnum):
    """What a component does, as an operator would say it."""

    SLOW = "slow"
    FAILING = "failing"
    UNAVAILABLE = "unavailable"
    SATURATED = "saturated"
    SILENT = "silent"
    TRAFFIC_CHANGED = "traffic_changed"
    DATA_WRONG = "data_wrong"
    LOG_ERROR = "log_error"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ShownBehaviour:
    """A behaviour with its `subject`: the resource that is saturated, or what has changed; empty
    for all others."""

    behaviour: Behaviour
    subject: str = ""

    @property
    def key(self) -> str:
        """Its text: `slow`, `saturated:cpu`.

        >>> ShownBehaviour(Behaviour.SATURATED, "cpu").key
        'saturated:cpu'
        """
        return f"{self.behaviour}:{self.subject}" if self.subject else self.behaviour.value

    def of(self, name: str) -> str:
        """The sentence about `name`, a role or a component.

        >>> ShownBehaviour(Behaviour.SATURATED, "cpu").of("database")
        'database is saturated (cpu)'
        """
        return f"{name} {_SAID[self.behaviour].format(subject=self.subject)}"


_SAID = {
    Behaviour.SLOW: "is slow",
    Behaviour.FAILING: "is failing",
    Behaviour.UNAVAILABLE: "is unavailable",
    Behaviour.SATURATED: "is saturated ({subject})",
    Behaviour.SILENT: "is silent",
    Behaviour.TRAFFIC_CHANGED: "has unusual traffic",
    Behaviour.DATA_WRONG: "has wrong data",
    Behaviour.LOG_ERROR: "has unusual log lines",
    Behaviour.CHANGED: "has changed ({subject})",
}


@cached_texts(entries=4_096, longest=200)  # 4 MB at most
def behaviour_of(metric: str, direction: str) -> ShownBehaviour:
    """The behaviour that `metric` shows when it goes `direction`; never raises.

    >>> behaviour_of("http.server.request.duration.p95", "high").key
    'slow'
    >>> behaviour_of("hikaricp.connections.pending", "high").key
    'saturated:connections'
    >>> behaviour_of("ovenTemperature.p95", "high").key
    'changed:oven.temperature'
    """
    if direction == Direction.ABSENT:
        return ShownBehaviour(Behaviour.SILENT)
    if metric.startswith(words_of.LOG_PREFIXES):
        return ShownBehaviour(Behaviour.LOG_ERROR)
    name = _Name(metric)
    if direction in (Direction.HIGH, Direction.LOW):
        high = direction == Direction.HIGH
        for rule in _RULES:
            if shown := rule(name, high):
                return shown
    elif name.has(words_of.TRAFFIC):
        return ShownBehaviour(Behaviour.TRAFFIC_CHANGED)
    return ShownBehaviour(Behaviour.CHANGED, name.family)


class _Name:
    """A metric's words without the statistic at its end."""

    __slots__ = ("family", "is_in_seconds", "kind", "quantile", "statistics", "words")

    def __init__(self, metric: str) -> None:
        words = list(metric_words(metric))
        ending: list[str] = []
        while len(words) > 1 and (words[-1] in words_of.STATISTICS or _is_quantile(words[-1])):
            ending.append(words.pop())
        self.kind = tuple(words)
        self.words = frozenset(words)
        self.statistics = frozenset(ending)
        self.is_in_seconds = metric.endswith(words_of.SECONDS)
        self.quantile = any(_is_quantile(word) for word in ending)
        known = ".".join(_without_ending(words, words_of.UNITS)) if metric.isascii() else ""
        self.family = known or metric.strip() or "nothing"

    def has(self, known: frozenset[str]) -> bool:
        return not known.isdisjoint(self.words)

    @property
    def resource(self) -> Resource | None:
        """The first resource, in the order of `RESOURCES`, that a word names."""
        for resource, names in words_of.RESOURCES:
            if self.has(names):
                return resource
        return Resource.CPU if _is_load(self.kind) else None

    @property
    def is_count(self) -> bool:
        """Whether it says how many, and not how long: `…_seconds_count`, `…_per_second`."""
        return "per" in self.words or not words_of.COUNTS.isdisjoint(self.statistics)

    @property
    def is_time(self) -> bool:
        if self.has(words_of.MOMENTS):
            return False
        timed = self.quantile and self.has(words_of.REQUESTS) and not self.has(words_of.SIZES)
        in_seconds = self.is_in_seconds and not self.has(words_of.SIZES)
        return timed or in_seconds or self.has(words_of.TIMES) or self.has(words_of.TIME_UNITS)


def _is_quantile(word: str) -> bool:
    return word[:1] == "p" and word[1:].isdigit()


def _without_ending(words: list[str], ending: frozenset[str]) -> list[str]:
    kept = list(words)
    while len(kept) > 1 and kept[-1] in ending:
        kept.pop()
    return kept


def _is_load(words: tuple[str, ...]) -> bool:
    """Whether `load` is the processor's, as in `node_load1` and `system.cpu.load_average`."""
    at = words.index("load") if "load" in words else -1
    around = set(words[max(0, at - 1) : at] + words[at + 1 : at + 2])
    return "loadavg" in words or (at >= 0 and not words_of.LOAD_OF.isdisjoint(around))


def _changed(subject: str) -> ShownBehaviour:
    return ShownBehaviour(Behaviour.CHANGED, subject)


def _hits(name: _Name, _high: bool) -> ShownBehaviour | None:
    """Hits and misses of a cache, whichever of them is counted."""
    of_a_cache = not words_of.OF_A_CACHE.isdisjoint(name.words | name.statistics)
    return _changed("cache hits") if name.has(words_of.HITS) and of_a_cache else None


def _unavailable(name: _Name, high: bool) -> ShownBehaviour | None:
    if name.has(words_of.DOWN):
        return ShownBehaviour(Behaviour.UNAVAILABLE) if high else _changed("availability")
    is_probe = "probe" in name.words and name.has(words_of.SUCCESSES)
    said_up = name.kind[-1:] == ("up",) or name.has(words_of.UP) or is_probe
    if not said_up or name.is_time or name.resource is not None:
        return None
    return _changed("availability") if high else ShownBehaviour(Behaviour.UNAVAILABLE)


def _failing(name: _Name, high: bool) -> ShownBehaviour | None:
    if name.has(words_of.LOST) and name.resource in (Resource.NETWORK, Resource.CONNECTIONS):
        return None
    if name.has(words_of.FAILURES) or name.has(words_of.LOST):
        return ShownBehaviour(Behaviour.FAILING) if high else _changed("failures")
    if name.has(words_of.SUCCESSES):
        return _changed("failures") if high else ShownBehaviour(Behaviour.FAILING)
    return None


def _data_wrong(name: _Name, high: bool) -> ShownBehaviour | None:
    if not name.has(words_of.WRONG):
        return None
    return ShownBehaviour(Behaviour.DATA_WRONG) if high else _changed("data")


def _saturated(name: _Name, high: bool) -> ShownBehaviour | None:
    resource = name.resource
    if resource is None and name.has(words_of.FULL):
        resource = Resource.CAPACITY
    if resource is None or _is_flow(name, resource):
        return None
    if name.has(words_of.LIMITS):
        return _changed(f"{resource} limit")
    if resource is Resource.MEMORY and name.has(words_of.TIMES) and "gc" not in name.words:
        return None  # a search in a memory takes time; that is no lack of it
    is_full = not high if name.has(words_of.LEFT) else high
    return ShownBehaviour(Behaviour.SATURATED, resource) if is_full else _changed(f"{resource} use")


def _is_flow(name: _Name, resource: Resource) -> bool:
    """Whether it is what passes through the resource, and not what of it is taken."""
    if resource is Resource.NETWORK:
        return not (name.has(words_of.FULL) or name.has(words_of.LOST))
    passes = "per" in name.words or "rate" in name.statistics or name.has(words_of.FLOWS)
    return resource in words_of.PASSED and passes


def _slow(name: _Name, high: bool) -> ShownBehaviour | None:
    if "apdex" in name.words:
        return _changed("response time") if high else ShownBehaviour(Behaviour.SLOW)
    if not name.is_time or name.is_count:
        return None
    return ShownBehaviour(Behaviour.SLOW) if high else _changed("response time")


def _traffic(name: _Name, _high: bool) -> ShownBehaviour | None:
    counted = name.is_time and name.is_count
    flows = name.has(words_of.TRAFFIC) or name.has(words_of.FLOWS) or counted
    passes = "per" in name.words or not words_of.RATES.isdisjoint(name.statistics)
    return ShownBehaviour(Behaviour.TRAFFIC_CHANGED) if flows or passes else None


_RULES: tuple[Callable[[_Name, bool], ShownBehaviour | None], ...] = (
    _hits,
    _unavailable,
    _failing,
    _data_wrong,
    _saturated,
    _slow,
    _traffic,
)
"""In this order: `db.pool.timeouts` is a pool, `disk.errors` fail, `queue.wait_time` is a queue,
and `request.duration.count` is traffic."""
