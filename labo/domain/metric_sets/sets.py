"""What a minimal metric set is, and what may be asked. `test_cover/` computes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from math import isfinite

from labo.domain.entities.keys import owner_and_metric
from labo.errors import InvalidInput

HEALTHY = "healthy"
"""The row that reads normal everywhere, and no cause's name."""
MAX_COVERS = 5
"""Times that each pair may be asked to be separated; more would collect nearly everything."""
MAX_NAMED = 20
"""So many of the known metrics does an error list."""

Pair = tuple[str, str]


class State(StrEnum):
    HIGH = "high"
    LOW = "low"
    NORMAL = "normal"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SignatureTable:
    """Expected state of each metric under each rival cause.

    `states[cause][metric]`; a missing metric is UNKNOWN and separates nothing. `costs` are
    positive, default 1 each. `sizes[cause][metric]`, where known, is the mean signed robust
    deviation, in [-10, 10]; it only decides between sets of equal cost.
    """

    causes: tuple[str, ...]
    metrics: tuple[str, ...]
    states: Mapping[str, Mapping[str, State]]
    costs: Mapping[str, float]
    sizes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


class RemedyKind(StrEnum):
    ALLOW = "allow"
    """The metric was excluded, and separates the pair."""
    LEARN = "learn"
    """What the metric reads under `unknown_under` is not known; it separates if that differs."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would separate a pair that no available metric separates."""

    pair: Pair
    metric: str
    kind: RemedyKind
    unknown_under: tuple[str, ...] = ()


class Purpose(StrEnum):
    """What a metric of a set is there for."""

    SEPARATES = "separates"
    CAUSE_WITNESS = "cause_witness"
    EFFECT_WITNESS = "effect_witness"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One metric of a set. `gain`: the share of the pairs that it is the first to separate.

    `name` is how the set calls it. `component` is empty where any component of `role` is meant;
    `selector` asks the metric source for it, where one is known.
    """

    name: str
    cost: float
    gain: float
    metric: str = ""
    role: str = ""
    component: str = ""
    selector: str = ""
    purpose: Purpose = Purpose.SEPARATES


@dataclass(frozen=True, slots=True)
class MinimalSet:
    """Metrics in useful order, with the proof or the bound.

    `indistinguishable`: pairs of causes that no available metric separates. `under_covered`:
    pairs with fewer separators than `covers` asked for. `unseparated`: pairs that a bound on the
    number of metrics leaves together; then `lower_bound` is 0. `saving`: 1 - cost / cost of all.
    `rivals` are the causes told apart, `readings` the metrics with all that is known of them.
    `id` is empty unless the set is kept.
    """

    metrics: tuple[str, ...]
    cost: float
    proven: bool
    lower_bound: float
    indistinguishable: tuple[Pair, ...]
    under_covered: tuple[Pair, ...]
    covers: int
    saving: float
    took_ms: float = 0.0
    unseparated: tuple[Pair, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    rivals: tuple[str, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a set. `covers` None: as many separators a pair as `at_most` allows, up to
    three.

    `exclude` and `costs` are by pattern: `role:metric` or a bare metric on any role, `*` and `?` as
    in a shell; for an incident a component stands for the role. Raises InvalidInput.
    """

    covers: int | None = 1
    healthy: bool = True
    exclude: frozenset[str] = frozenset()
    costs: Mapping[str, float] = field(default_factory=dict)
    at_most: int | None = None

    def __post_init__(self) -> None:
        if self.covers is not None and not 1 <= self.covers <= MAX_COVERS:
            raise InvalidInput(f"from 1 to {MAX_COVERS} covers", where="covers")
        if self.covers is None and self.at_most is None:
            raise InvalidInput("how many covers, or how many metrics?", where="covers")
        if self.at_most is not None and self.at_most < 1:
            raise InvalidInput("at least one metric", where="atMost")
        for pattern, cost in self.costs.items():
            if not (cost > 0 and isfinite(cost)):
                raise InvalidInput("a positive number is expected", where=f"costs.{pattern}")

    @property
    def is_plain(self) -> bool:
        """Whether this is the question that kept sets answer."""
        return self == Demand()


def located(found: MinimalSet, roles: Mapping[str, str] | None = None) -> MinimalSet:
    """`found` with what its readings' names say: `role:metric`, or `component:metric` where
    `roles` gives the components' roles.
    """
    measurements = []
    for measurement in found.measurements:
        owner, metric = owner_and_metric(measurement.name)
        if not owner:
            named = replace(measurement, metric=metric)
        elif roles is None:
            named = replace(measurement, metric=metric, role=owner)
        else:
            role = roles.get(owner, "")
            named = replace(measurement, metric=metric, component=owner, role=role)
        measurements.append(named)
    return replace(found, measurements=tuple(measurements))


def fits(name: str, pattern: str) -> bool:
    """Whether a column's name (`place:metric`, or a bare metric) is meant by the pattern.

    `*` and `?` in a pattern stand for any characters, as in a shell.

    >>> fits("cache:misses", "misses"), fits("cache:misses", "cache:*"), fits("db:misses", "db")
    (True, True, False)
    >>> fits("database:db.client.count", "db.*"), fits("db:misses", "*:miss*")
    (True, True)
    """
    metric = owner_and_metric(name)[1]
    return pattern in (name, metric) or any(fnmatchcase(n, pattern) for n in (name, metric))


def excluded(table: SignatureTable, patterns: Collection[str]) -> frozenset[str]:
    """The table's metrics that fit one of the patterns.

    Raises InvalidInput for a pattern that fits none, since after a slip the set would ask for what
    can't be collected. A table without metrics refuses nothing.
    """
    idle = sorted(p for p in patterns if not any(fits(metric, p) for metric in table.metrics))
    if idle and table.metrics:
        raise InvalidInput(
            f"no metric in question is named {', '.join(map(repr, idle))}",
            where="exclude",
            hint=known_names(table.metrics),
        )
    return frozenset(m for m in table.metrics if any(fits(m, pattern) for pattern in patterns))


def known_names(metrics: Collection[str]) -> str:
    """A hint that lists the first of them in the order of the alphabet."""
    shown = ", ".join(sorted(metrics)[:MAX_NAMED])
    more = len(metrics) - MAX_NAMED
    return f"known: {shown}, and {more} more" if more > 0 else f"known: {shown}"


def priced(table: SignatureTable, costs: Mapping[str, float]) -> Mapping[str, float]:
    """The table's costs with `costs` laid over; of several patterns the longest counts."""
    ordered = sorted(costs, key=lambda pattern: (len(pattern), pattern))
    found = {metric: table.costs.get(metric, 1.0) for metric in table.metrics}
    for pattern in ordered:
        found.update({metric: costs[pattern] for metric in table.metrics if fits(metric, pattern)})
    return found
