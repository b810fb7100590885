"""What a minimal metric set is. Computing it is `labo/domain/test_cover/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    HIGH = "high"
    LOW = "low"
    NORMAL = "normal"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SignatureTable:
    """Expected state of each metric under each rival cause.

    `states[cause][metric]`; a missing metric is UNKNOWN and separates nothing. `costs` are
    positive, default 1 each.
    """

    causes: tuple[str, ...]
    metrics: tuple[str, ...]
    states: Mapping[str, Mapping[str, State]]
    costs: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class MinimalSet:
    """Metrics in useful order, with the proof or the bound.

    `indistinguishable`: pairs of causes that no available metric separates. `under_covered`:
    pairs with fewer separators than `covers` asked for. `saving`: 1 - cost / cost of all.
    """

    metrics: tuple[str, ...]
    cost: float
    proven: bool
    lower_bound: float
    indistinguishable: tuple[tuple[str, str], ...]
    under_covered: tuple[tuple[str, str], ...]
    covers: int
    saving: float
    took_ms: float = 0.0
