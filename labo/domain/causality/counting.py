"""From a piece of evidence to its tally, and from summed tallies to a claim's figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from labo.domain.causality import fading
from labo.domain.causality.edges import CausalEdge, Evidence, EvidenceKind, Outcome
from labo.domain.causality.eprocess import MOST_LOG_E, log_e_value
from labo.domain.causality.leak import leak
from labo.domain.causality.opportunities import width
from labo.domain.causality.strength import pooled, rate
from labo.domain.causality.tallies import (
    MICRO,
    Tally,
    gap_bucket,
    joint,
    millionths,
    millis,
    moment,
)

LEAST_GAPS = 5
"""Ordered hits from which the lag is estimated; with fewer, each end would rest on a single hit. By
judgement."""

NO_EFFECT_STEP = 0.1
"""Weight against a claim of a pair of runs without any difference, where a pair with one weighs 1
for it. By judgement: an effect in one run of ten (`interventions.LEAST_EFFECT`) leaves the belief
unchanged."""


def added_by(evidence: Evidence) -> Tally | None:
    """What one piece adds to its system's tally; None when it changes no figure.

    A model's statement changes none, nor does a provoked observation, nor the record of a
    decision, which is stored on the edge itself.
    """
    kind = evidence.kind
    if kind is EvidenceKind.MODEL or (kind is EvidenceKind.OBSERVATION and evidence.provoked):
        return None
    last = millis(evidence.observed_at)
    weight = evidence.weight if math.isfinite(evidence.weight) else 0.0
    net = evidence.polarity * millionths(min(1.0, max(0.0, weight)))
    if kind is EvidenceKind.OBSERVATION:
        return _observed(evidence, net, last)
    if not net:
        return None
    if kind is EvidenceKind.IMPORTED:
        return Tally(imported=net, last_ms=last)
    if kind is EvidenceKind.HUMAN:
        decision = evidence.origin is not None
        return None if decision else Tally(said=net, last_ms=last, said_ms=last if net > 0 else 0)
    if evidence.pairs <= 0:
        return Tally(tried=net, last_ms=last, tried_ms=last)
    effect = millionths(evidence.effect)
    return Tally(
        tried=effect - round(NO_EFFECT_STEP * (evidence.pairs * MICRO - abs(effect))),
        pairs=evidence.pairs,
        effect=effect,
        effect_squares=millionths(evidence.effect_squares),
        last_ms=last,
        tried_ms=last,
    )


def _observed(evidence: Evidence, net: int, last: int) -> Tally | None:
    weight = fading.weight(fading.day_of(evidence.observed_at))
    outcome, order = evidence.outcome, evidence.order
    if outcome is Outcome.EARLY:
        return Tally(right=int(order > 0), wrong=int(order < 0), last_ms=last)
    if outcome not in (Outcome.HIT, Outcome.MISS):
        return Tally(seen=net * weight, last_ms=last) if net else None
    hit = int(outcome is Outcome.HIT)
    exposure = _whole(evidence.exposure)
    onsets = max(0, evidence.onsets) if exposure else 0
    gap = evidence.gap
    timed = hit and order > 0 and gap is not None and math.isfinite(gap)
    return Tally(
        hits=hit,
        misses=1 - hit,
        exposure=exposure,
        onsets=onsets,
        faded_hits=hit * weight,
        faded_misses=(1 - hit) * weight,
        faded_exposure=exposure * weight,
        faded_onsets=onsets * weight,
        right=int(order > 0),
        wrong=int(order < 0),
        last_ms=last,
        gaps={gap_bucket(gap): 1} if timed and gap is not None else {},
        company=dict.fromkeys(evidence.company, (hit, 1 - hit)),
    )


def tally_of_counts(hits: int, misses: int, at: datetime) -> Tally | None:
    """Opportunities counted elsewhere, as of `at`; None without any."""
    if hits + misses <= 0:
        return None
    weight = fading.weight(fading.day_of(at))
    return Tally(
        hits=hits,
        misses=misses,
        faded_hits=hits * weight,
        faded_misses=misses * weight,
        last_ms=millis(at),
    )


def _whole(seconds: float) -> int:
    return int(seconds) if math.isfinite(seconds) and seconds > 0 else 0


def tallied(pieces: Iterable[Evidence]) -> dict[str, Tally]:
    """Tallies by system of pieces of evidence, each id once."""
    once = {piece.id: piece for piece in pieces}
    parts = ((piece.system, added_by(piece)) for piece in once.values())
    return joint({}, ((system, tally) for system, tally in parts if tally is not None))


@dataclass(frozen=True, slots=True)
class Faded:
    """One system's figures as of a day."""

    hits: float
    misses: float
    exposure: float
    onsets: float
    seen: float


def faded(tally: Tally, day: int) -> Faded:
    return Faded(
        fading.faded(tally.faded_hits, day),
        fading.faded(tally.faded_misses, day),
        fading.faded(tally.faded_exposure, day),
        fading.faded(tally.faded_onsets, day),
        fading.faded(tally.seen, day) / MICRO,
    )


def as_of_day(tallies: Mapping[str, Tally]) -> int:
    """The day of the latest evidence: figures never depend on when they are read."""
    last = max((tally.last_ms for tally in tallies.values()), default=0)
    return fading.day_of(moment(last))


def log_evidence(edge: CausalEdge, *, without: str | None = None) -> float:
    """Logarithm of the e-value of all opportunities, or of those `without` an active problem.

    Systems are independent, so their e-values multiply; one without any exposure contributes
    nothing. Nothing fades here: an e-process may not forget.
    """
    total = 0.0
    for _, tally in sorted(edge.tallies.items()):
        near = tally.company.get(without, (0, 0)) if without else (0, 0)
        total += log_e_value(
            tally.hits - near[0],
            tally.misses - near[1],
            tally.onsets,
            tally.exposure,
            width(edge.max_lag),
        )
    return max(-MOST_LOG_E, min(MOST_LOG_E, total))


def with_rates(edge: CausalEdge) -> CausalEdge:
    """`edge` with counts, strength, leak, lag and temporal order computed from its tallies."""
    tallies = edge.tallies
    day = as_of_day(tallies)
    figures = [faded(tally, day) for _, tally in sorted(tallies.items())]
    strength = rate(*pooled((f.hits, f.misses) for f in figures))
    own = leak(
        math.fsum(f.onsets for f in figures),
        math.fsum(f.exposure for f in figures),
        width(edge.max_lag),
    )
    low, high = _lag(edge)
    last = max((tally.last_ms for tally in tallies.values()), default=0)
    right = sum(tally.right for tally in tallies.values())
    return replace(
        edge,
        hits=sum(tally.hits for tally in tallies.values()),
        misses=sum(tally.misses for tally in tallies.values()),
        strength=strength.mean,
        strength_low=strength.low,
        strength_high=strength.high,
        leak=own.mean,
        leak_high=own.high,
        lag_low=low,
        lag_high=high,
        in_order=right,
        order_comparisons=right + sum(tally.wrong for tally in tallies.values()),
        as_of=moment(last) if last else None,
    )


def _lag(edge: CausalEdge) -> tuple[float, float]:
    """The 5 % and 95 % quantiles of ordered hits' gaps, rounded outwards to their buckets."""
    gaps: dict[int, int] = {}
    for tally in edge.tallies.values():
        for name, count in tally.gaps.items():
            gaps[int(name)] = gaps.get(int(name), 0) + count
    total = sum(gaps.values())
    if total < LEAST_GAPS:
        return edge.lag_low, edge.lag_high
    seen, low, high = 0, 0, 0
    ranked = sorted(gaps)
    for bucket in ranked:
        if seen <= 0.05 * total:
            low = bucket
        if seen < 0.95 * total:
            high = bucket
        seen += gaps[bucket]
    lag_low = 0.0 if low == 0 else 2 ** ((low - 1) / 2)
    return min(lag_low, edge.max_lag), min(2 ** (high / 2), edge.max_lag)
