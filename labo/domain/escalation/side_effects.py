"""What an action broke: harm in its blast radius that was not there before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from labo.domain.detection.deviating import SUDDEN
from labo.domain.entities.harm import harm
from labo.domain.entities.series import SeriesKey, Topology
from labo.domain.escalation.recovery import CALM, MOSTLY, Scored

LEAST_SAMPLES = 3
"""Since the action settled. By judgement: of two, one may be an outlier."""
GROWN = 3.0
"""How many times worse an existing deviation has to get, to be the action's doing. By
judgement."""
CORROBORATED = 2
"""Metrics that have to be worse where the incident itself was already. By judgement."""
ELSEWHERE = 4.0
"""How many times more a component that deviated already has to deviate in a new metric, since the
incident itself may spread on it."""


@dataclass(frozen=True, slots=True)
class SideEffect:
    """A metric that is worse than `before` the action, in scales of its baseline."""

    key: SeriesKey
    before: float
    after: float


def blast_radius(topology: Topology, target: str) -> frozenset[str]:
    """Where an action on `target` does harm at once: itself, what calls it, and what it calls.

    What lies farther is left out, since the incident itself spreads there.
    """
    near = {target}
    for caller, callee in topology.dependencies:
        if target in (caller, callee):
            near |= {caller, callee}
    return frozenset(near)


@dataclass(frozen=True, slots=True)
class ActionTimes:
    """Epoch seconds: when the action began and ended, from when on it may be judged (`settled`),
    and `now`; `recent_s` is what is compared before it."""

    began: float
    ended: float
    settled: float
    now: float
    recent_s: float


def side_effects(
    scores: Mapping[SeriesKey, Scored],
    topology: Topology,
    target: str,
    times: ActionTimes,
    *,
    incident_lasts: bool,
) -> list[SideEffect]:
    """Harm in the blast radius of an action on `target` since it settled, the largest first.

    What was rising before the action is not its doing. While the incident lasts it may spread by
    itself where it already was: there, more has to be worse, and by more.
    """
    radius = blast_radius(topology, target)
    harmful = {
        key: one for key, one in scores.items() if key.component in radius and harm(key.metric)
    }
    ill = {
        key.component
        for key, one in harmful.items()
        if incident_lasts and one.median(times.began - times.recent_s, times.began) >= SUDDEN
    }
    found = [
        effect
        for key, one in harmful.items()
        if (effect := _effect(key, one, times, ELSEWHERE if key.component in ill else 1.0))
    ]
    sure = any(one.key.component not in ill or one.key.component == target for one in found)
    if not sure and len(found) < CORROBORATED:
        return []
    return sorted(found, key=lambda e: (-(e.after - e.before), e.key.component, e.key.metric))


def _is_prompt(one: Scored, ended: float, settled: float) -> bool:
    """Whether it was bad as soon as the action had ended, in half of the samples or more: what
    comes later comes from the incident as likely."""
    soon = one.between(ended, settled)
    return bool(soon.size and (soon > CALM).mean() >= 0.5)


def _effect(key: SeriesKey, one: Scored, times: ActionTimes, factor: float) -> SideEffect | None:
    least = SUDDEN * factor
    after = one.between(times.settled, times.now)
    start = times.began - times.recent_s
    before, earlier = one.median(start, times.began), one.median(start - times.recent_s, start)
    if after.size < LEAST_SAMPLES or not np.isfinite(before) or before - earlier > CALM:
        return None
    now = float(np.median(after))
    if now < least or (after >= SUDDEN).mean() < MOSTLY or now - before < least:
        return None
    if before > CALM and now < GROWN * max(before, SUDDEN):
        return None
    return SideEffect(key, before, now) if _is_prompt(one, times.ended, times.settled) else None
