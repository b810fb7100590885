"""Metric kinds, and which component exposes which one."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_COST = 1.0


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric *kind*: `key` is its OpenTelemetry semantic-convention name where one exists.

    `cost` is what collecting it costs, in any positive unit the operator chooses, by default 1.
    """

    key: str
    unit: str = ""
    cost: float = DEFAULT_COST


@dataclass(frozen=True, slots=True)
class Exposure:
    """`component` (key) exposes `metric` (key) under `selector`, as reported by `origin`."""

    component: str
    metric: str
    selector: str = ""
    origin: str = "import"
