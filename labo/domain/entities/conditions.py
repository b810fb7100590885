"""Conditions: testable statements such as *latency high on a database*."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from labo.caching import cached_texts
from labo.domain.entities.keys import digest


class Direction(StrEnum):
    """How a metric deviates; `FLAT` comes with imported knowledge alone."""

    HIGH = "high"
    LOW = "low"
    ABSENT = "absent"
    FLAT = "flat"
    CHANGED = "changed"


_DIRECTIONS = frozenset(direction.value for direction in Direction)


@dataclass(frozen=True, slots=True)
class Condition:
    """`metric` (a metric kind) goes `direction` on a component of `role`; names no component."""

    key: str
    metric: str
    direction: Direction
    role: str


@cached_texts(entries=4_096, longest=200)  # 4 MB at most
def condition_key(role: str, metric: str, direction: Direction) -> str:
    """The same predicate on the same role is the same condition in every system."""
    return digest("condition", role, metric, direction.value, length=24)


def state_key(metric: str, direction: str) -> str:
    """The state of a metric on one component: `latency:high`."""
    return f"{metric}:{direction}"


def metric_and_direction(state: str) -> tuple[str, Direction] | None:
    """The parts of a `state_key`; None for any other text, such as `normal`.

    >>> metric_and_direction("job:rate:high"), metric_and_direction("normal")
    (('job:rate', <Direction.HIGH: 'high'>), None)
    """
    metric, _, direction = state.rpartition(":")
    return (metric, Direction(direction)) if metric and direction in _DIRECTIONS else None


def condition(role: str, metric: str, direction: Direction) -> Condition:
    """The condition with its key."""
    return Condition(condition_key(role, metric, direction), metric, direction, role)


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[a-z]?\d+[a-z]*")


def metric_words(metric: str) -> tuple[str, ...]:
    """A metric name's lower-case words: `http.server.requestDuration` → http, server, ..."""
    return tuple(word.lower() for word in re.findall(r"p\d+|\dxx|" + _WORD.pattern, metric))
