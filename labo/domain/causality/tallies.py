"""The sum of the evidence about one claim in one system.

Every field is an integer sum or a latest moment: a commutative monoid, so that evidence may arrive
in any order and be folded at any point (duplicates are removed by id before).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime

MICRO = 1_000_000
"""Shares and weights are stored in millionths, as integers, so that sums are exact."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one claim in one system.

    `hits` and `misses` of opportunities, seconds of `exposure` without a known cause and `onsets`
    in them; `faded_` is the same with decay by event time (`causality.fading`). `right`, `wrong`:
    order comparisons with the cause first, and with the effect first. `gaps`: ordered hits by
    `gap_bucket`. `company`: hits and misses by another problem that was active. In millionths:
    `seen` (faded), `imported`, `said` and `tried` (net weights of mere co-occurrence, imports,
    people's suggestions and interventions), `effect` and `effect_squares` (sums over `pairs` of
    runs). The latest moments, in milliseconds since the epoch: of anything, of a suggestion, of an
    intervention.
    """

    hits: int = 0
    misses: int = 0
    exposure: int = 0
    onsets: int = 0
    faded_hits: int = 0
    faded_misses: int = 0
    faded_exposure: int = 0
    faded_onsets: int = 0
    right: int = 0
    wrong: int = 0
    seen: int = 0
    imported: int = 0
    said: int = 0
    tried: int = 0
    pairs: int = 0
    effect: int = 0
    effect_squares: int = 0
    last_ms: int = 0
    said_ms: int = 0
    tried_ms: int = 0
    gaps: Mapping[str, int] = field(default_factory=dict)
    company: Mapping[str, tuple[int, int]] = field(default_factory=dict)


_MAPS = ("gaps", "company")
_LATEST = ("last_ms", "said_ms", "tried_ms")
_SUMS = tuple(f.name for f in fields(Tally) if f.name not in (*_MAPS, *_LATEST))


def plus(one: Tally, other: Tally) -> Tally:
    """Both together."""
    sums = {name: getattr(one, name) + getattr(other, name) for name in _SUMS}
    latest = {name: max(getattr(one, name), getattr(other, name)) for name in _LATEST}
    gaps = {
        key: one.gaps.get(key, 0) + other.gaps.get(key, 0)
        for key in one.gaps.keys() | other.gaps.keys()
    }
    return Tally(**sums, **latest, gaps=gaps, company=_joint_company(one.company, other.company))


def _joint_company(
    one: Mapping[str, tuple[int, int]], other: Mapping[str, tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    none = (0, 0)
    pairs = ((key, one.get(key, none), other.get(key, none)) for key in one.keys() | other.keys())
    return {key: (a[0] + b[0], a[1] + b[1]) for key, a, b in pairs}


def joint(
    one: Mapping[str, Tally], other: Mapping[str, Tally] | Iterable[tuple[str, Tally]]
) -> dict[str, Tally]:
    """Tallies by system, added up; `other` may contain a system more than once."""
    result = dict(one)
    for system, tally in other.items() if isinstance(other, Mapping) else other:
        known = result.get(system)
        result[system] = tally if known is None else plus(known, tally)
    return result


def millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1_000, UTC)


def millionths(value: float, *, limit: float = 1e6) -> int:
    """A finite number in millionths, clipped to ±`limit`; a non-finite one is 0."""
    return round(max(-limit, min(limit, value)) * MICRO) if math.isfinite(value) else 0


def gap_bucket(seconds: float) -> str:
    """The k for which `seconds` lies in (2^((k-1)/2), 2^(k/2)]; 0 for anything up to a second."""
    return str(max(0, math.ceil(2 * math.log2(seconds)))) if seconds > 1 else "0"
