"""Minimal metric sets and the questions they answer. `test_cover/` computes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from math import isfinite

from labo.domain.entities.keys import owner_and_metric
from labo.errors import InvalidInput

HEALTHY = "healthy"
"""The name of the row that is normal everywhere; not the name of a cause."""
MAX_COVERS = 5
"""Separators per pair that may be requested; more would collect nearly everything. By judgement."""
MAX_NAMED = 20
"""Known metrics that an error lists at most."""

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
    deviation, compressed; it only decides between sets of equal cost.
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
    """The metric's state under `unknown_under` is not known; it separates if that differs."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would separate a pair that no available metric separates."""

    pair: Pair
    metric: str
    kind: RemedyKind
    unknown_under: tuple[str, ...] = ()


class Purpose(StrEnum):
    """Why a metric is in a set."""

    SEPARATES = "separates"
    CAUSE_WITNESS = "cause_witness"
    EFFECT_WITNESS = "effect_witness"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One metric of a set. `gain`: the share of the pairs that it is the first to separate.

    `name` is its name in the set. `component` is empty where any component of `role` is meant;
    `selector` identifies it at the metric source, where known.
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
    pairs with fewer separators than the requested `covers`. `unseparated`: pairs that a bound on
    the number of metrics leaves together; then `lower_bound` is 0. `saving`: 1 - cost / cost of
    all. `rivals` are the causes to distinguish, `measurements` the metrics with all that is known
    of them. `id` is empty unless the set is saved.
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
    """The requirements on a set. `covers` None: as many separators per pair as `at_most` allows, up
    to three.

    `exclude` and `costs` are by pattern: `role:metric` or a bare metric on any role, `*` and `?` as
    in a shell; for an incident a component replaces the role. Raises InvalidInput.
    """

    covers: int | None = 1
    healthy: bool = True
    exclude: frozenset[str] = frozenset()
    costs: Mapping[str, float] = field(default_factory=dict)
    at_most: int | None = None

    def __post_init__(self) -> None:
        if self.covers is not None and not 1 <= self.covers <= MAX_COVERS:
            raise InvalidInput(f"a number from 1 to {MAX_COVERS} is expected", where="covers")
        if self.covers is None and self.at_most is None:
            raise InvalidInput("either covers or atMost is required", where="covers")
        if self.at_most is not None and self.at_most < 1:
            raise InvalidInput("at least one metric is required", where="atMost")
        for pattern, cost in self.costs.items():
            if not (cost > 0 and isfinite(cost)):
                raise InvalidInput("a positive number is expected", where=f"costs.{pattern}")

    @property
    def is_plain(self) -> bool:
        """Whether this is the demand that saved sets meet."""
        return self == Demand()


def located(found: MinimalSet, roles: Mapping[str, str] | None = None) -> MinimalSet:
    """`found` with its measurements' names resolved: `role:metric`, or `component:metric` where
    `roles` maps components to roles.
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
    """Whether the pattern matches a column's name (`role:metric`, `component:metric`, or a metric).

    `*` and `?` in a pattern stand for any characters, as in a shell.

    >>> fits("cache:misses", "misses"), fits("cache:misses", "cache:*"), fits("db:misses", "db")
    (True, True, False)
    >>> fits("database:db.client.count", "db.*"), fits("db:misses", "*:miss*")
    (True, True)
    """
    metric = owner_and_metric(name)[1]
    return pattern in (name, metric) or any(fnmatchcase(n, pattern) for n in (name, metric))


def excluded(table: SignatureTable, patterns: Collection[str]) -> frozenset[str]:
    """The table's metrics that match one of the patterns.

    Raises InvalidInput for a pattern that matches none: with a typo the set would include what
    cannot be collected. A table without metrics accepts any pattern.
    """
    idle = sorted(p for p in patterns if not any(fits(metric, p) for metric in table.metrics))
    if idle and table.metrics:
        raise InvalidInput(
            f"no metric matches {', '.join(map(repr, idle))}",
            where="exclude",
            hint=known_names(table.metrics),
        )
    return frozenset(m for m in table.metrics if any(fits(m, pattern) for pattern in patterns))


def known_names(metrics: Collection[str]) -> str:
    """A hint that lists the first of them in alphabetical order."""
    shown = ", ".join(sorted(metrics)[:MAX_NAMED])
    more = len(metrics) - MAX_NAMED
    return f"known: {shown}, and {more} more" if more > 0 else f"known: {shown}"


def priced(table: SignatureTable, costs: Mapping[str, float]) -> Mapping[str, float]:
    """The table's costs, overridden by `costs`; of several matching patterns the longest counts."""
    ordered = sorted(costs, key=lambda pattern: (len(pattern), pattern))
    prices = {metric: table.costs.get(metric, 1.0) for metric in table.metrics}
    for pattern in ordered:
        prices.update({metric: costs[pattern] for metric in table.metrics if fits(metric, pattern)})
    return prices
