"""Opportunities: each episode of a cause is one opportunity per related component for its effect.

The time before the episode is its own control (self-controlled case series; Farrington,
Biometrics 51, 1995): what begins there began without the cause, in the same system, at the same
time of day. Times are seconds on one clock; an episode without an end is ongoing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labo.domain.causality.edges import Outcome

SAMPLING_S = 15.0
"""Assumed sampling interval of a monitor, in seconds. By judgement: a usual scrape interval; no
event states its monitor's own."""

TOLERANCE_S = 2 * SAMPLING_S
"""Gaps under two sampling intervals have no order."""

CONTROL_S = 3_600.0
"""Length of the control period before an episode, in seconds: long enough for ten windows of the
usual max lag, short enough for the same time of day. By judgement."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A problem (key) on a component (key) from `start` to `end`; None while it is ongoing."""

    id: str
    problem: str
    component: str
    start: float
    end: float | None = None
    provoked: bool = False

    def lasts_at(self, moment: float) -> bool:
        return self.start <= moment and (self.end is None or self.end > moment)


Span = tuple[float, float]
"""From, until."""


@dataclass(frozen=True, slots=True)
class OpportunityContext:
    """What is relevant to one episode of a cause and one component of an effect.

    `effects`: episodes of the effect there. `causes`: episodes of the same cause in the same
    relation to that component, the one in question included or not. `other_causes`: periods in
    which another known cause of the effect was active. `observed_from`: when observation began.
    """

    effects: Sequence[Episode]
    causes: Sequence[Episode] = ()
    other_causes: Sequence[Span] = ()
    observed_from: float = -math.inf


@dataclass(frozen=True, slots=True)
class Opportunity:
    """One opportunity's outcome; see `labo.domain.causality.edges.Evidence` for the fields."""

    outcome: Outcome
    gap: float | None
    order: int
    exposure: float
    onsets: int


def width(max_lag: float) -> float:
    """Seconds in which an onset counts as a hit; one too close to order counts as following."""
    return max_lag + TOLERANCE_S


def opportunity(
    cause: Episode, around: OpportunityContext, *, max_lag: float, as_of: float
) -> Opportunity | None:
    """The opportunity that the episode is for the claim; None when it is not one.

    Not counted: a provoked episode or effect, non-finite times, a lag that has not elapsed at
    `as_of`, the same cause begun within `max_lag` before (one episode that flaps, or spreads), and
    an effect that was active already. For the last, `EARLY` records the order when the effect
    began within `max_lag` before the cause.
    """
    start = cause.start
    if cause.provoked or not math.isfinite(start) or not 0 < max_lag < math.inf:
        return None
    if not as_of >= start + max_lag or _follows_another(cause, around.causes, max_lag):
        return None
    effects = [e for e in around.effects if math.isfinite(e.start)]
    near = [e for e in effects if start - max_lag <= e.start <= start + max_lag]
    if any(e.provoked for e in near):
        return None
    gaps = sorted((e.start - start for e in near), key=lambda g: (abs(g), g))
    gap = gaps[0] if gaps else None
    order = 0 if gap is None or abs(gap) < TOLERANCE_S else (1 if gap > 0 else -1)
    before = start - TOLERANCE_S
    if any(e.start < before and e.lasts_at(start) for e in effects):
        return Opportunity(Outcome.EARLY, gap, order, 0.0, 0) if order < 0 else None
    exposure, onsets = _without_cause(start, effects, around, max_lag)
    hit = next((g for g in gaps if g >= -TOLERANCE_S), None)
    if hit is None:
        return Opportunity(Outcome.MISS, gap, order, exposure, onsets)
    return Opportunity(Outcome.HIT, gap, order, exposure, onsets)


def _follows_another(cause: Episode, causes: Iterable[Episode], max_lag: float) -> bool:
    return any(
        other.id != cause.id
        and (cause.start - max_lag, "") < (other.start, other.id) < (cause.start, cause.id)
        for other in causes
    )


def _without_cause(
    start: float, effects: Sequence[Episode], around: OpportunityContext, max_lag: float
) -> tuple[float, int]:
    """Seconds before the episode in which the effect could begin without a cause, and onsets.

    The time before the last episode of the same cause is not examined: that one counted it.
    """
    high = start - TOLERANCE_S
    low = max(high - CONTROL_S, around.observed_from)
    busy = list(around.other_causes)
    for other in around.causes:
        if other.start < start:
            low = max(low, other.start + max_lag)
            busy.append((other.start, start if other.end is None else other.end))
    blocked = [(e.start, e.end) for e in effects if e.start < high]
    onsets = 0
    for begin, end in blocked:
        if low < begin <= high and not any(a <= begin <= b for a, b in busy):
            onsets += 1
        busy.append((begin, high if end is None else end))
    return _free(low, high, busy), onsets


def _free(low: float, high: float, busy: Iterable[Span]) -> float:
    """Seconds of `low`..`high` that no busy span covers."""
    free, at = 0.0, low
    for begin, end in sorted((max(a, low), min(b, high)) for a, b in busy if a < high and b > low):
        free += max(0.0, begin - at)
        at = max(at, end)
    return max(0.0, free + max(0.0, high - at)) if low < high else 0.0
