"""Trials of verification: an incident of the living engine, an executed action, and the truth.

The truth is the engine's: whether the action ended the fault. Whether a harmful one did harm is
read from its twin, the run with the same requests and noise without it: between faint and clear the
trial is left out, as ADR 0020 has it for edges.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from benchmarks.verification_runs import ONSET_S, SECONDS, Arm, Incident, Record
from engine.faults.effects import Kind
from labo.domain.entities.harm import harm
from labo.domain.entities.series import FloatArray, Series, SeriesKey, Window
from labo.domain.escalation.action_look import ActedIncident
from labo.domain.escalation.recovery import scored
from labo.domain.escalation.spontaneous_ends import SpontaneousEnds
from labo.domain.escalation.verification_outcomes import VerificationOutcome

CLEAR, FAINT = 4.0, 2.0
"""Scales by which a harmful action moves a metric away from its twin's: as detection would report
it, and within what is calm."""
WINDOWS_S = (120.0, 180.0, 300.0)
"""Of counters that are made of the engine's metrics; a run ends nine minutes after its action."""
UNNAMED_S = (60.0, 120.0)
"""Of those whose name tells no window: a baseline of 40 samples shows no longer memory."""
HISTORY = 10
"""Earlier incidents of the kind, where there is a history."""
SETTLED_S = 60.0
WORKED, NO_EFFECT = VerificationOutcome.WORKED, VerificationOutcome.NO_EFFECT
WORSE, UNKNOWN = VerificationOutcome.WORSE, VerificationOutcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Trial:
    """`family` says what was done; `expected` is the engine's truth."""

    system: str
    kind: str
    family: str
    acted: ActedIncident
    expected: VerificationOutcome


def trials_of(incident: Incident, runs: Mapping[Arm, Record]) -> Iterator[Trial]:
    """Every trial that the runs of one incident give."""
    chance = random.Random(f"trials {incident.name}")
    long = SpontaneousEnds(0, sum(chance.uniform(300, 1_200) for _ in range(HISTORY)))
    ends = long if chance.random() < 0.5 else SpontaneousEnds()
    cured = _acted(incident, runs[Arm.CURED], incident.root, ends)
    uncured = _acted(incident, runs[Arm.UNCURED], incident.root, ends)
    normal = replace(cured, series=runs[Arm.NORMAL].series)
    heals = incident.kind is Kind.CACHE_FLUSH  # it is over by itself, whatever is done

    def trial(family: str, acted: ActedIncident, expected: VerificationOutcome) -> Trial:
        return Trial(incident.system, incident.kind.value, family, acted, expected)

    worked = NO_EFFECT if heals else WORKED
    counter = _window(chance)
    if _moved(normal, cured) < CLEAR:  # else the system does not recover within the run
        yield trial("fault removed", cured, worked)
        yield trial("fault removed, counters", _remembering(cured, counter), worked)
        holed = _with_holes(cured, chance.randrange(2**32))
        yield trial("fault removed, a third of the data", holed, worked)
    yield trial("right component, fault stays", uncured, NO_EFFECT)
    yield trial("other component", replace(uncured, target=incident.other), NO_EFFECT)
    yield trial("fault stays, counters", _remembering(uncured, counter), NO_EFFECT)
    yield trial("ended by itself", _self_ended(incident, cured, chance), NO_EFFECT)
    yield trial("no data since the action", _blind(cured), UNKNOWN)
    yield from _third_arm(incident, runs, cured, uncured)


def _third_arm(
    incident: Incident, runs: Mapping[Arm, Record], cured: ActedIncident, uncured: ActedIncident
) -> Iterator[Trial]:
    """The trial of a harmful action or of a restart, unless its effect is between faint and
    clear."""
    for arm, twin, family in (
        (Arm.HARMFUL, uncured, "harmful action, fault stays"),
        (Arm.CURED_HARMFUL, cured, "fault removed, harm done"),
        (Arm.RESTART, uncured, "restart of another component"),
    ):
        if arm not in runs:
            continue
        target = incident.other if arm is Arm.RESTART else incident.harmed
        acted = _acted(incident, runs[arm], target, twin.ends)
        moved = _moved(twin, acted)
        system, kind = incident.system, incident.kind.value
        if moved >= CLEAR:
            yield Trial(system, kind, family, acted, WORSE)
        elif arm is Arm.RESTART and moved < FAINT:
            yield Trial(system, kind, family, acted, NO_EFFECT)


def _acted(incident: Incident, record: Record, target: str, ends: SpontaneousEnds) -> ActedIncident:
    return ActedIncident(
        series=record.series,
        topology=record.topology,
        baseline=Window(_at(0.0), _at(ONSET_S)),
        affected=frozenset(record.topology.components),
        onset=ONSET_S,
        target=target,
        began=incident.acted - 5.0,
        ended=incident.acted,
        ends=ends,
    )


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _self_ended(incident: Incident, cured: ActedIncident, chance: random.Random) -> ActedIncident:
    """The fault ends by itself; the action, of no effect, comes up to 150 s before or a minute
    after. Of two in three there is a history of incidents that ended as fast."""
    ended = max(ONSET_S + 60.0, cured.ended + chance.uniform(-150.0, 60.0))
    lasted = [60.0 + chance.expovariate(1 / 60.0) for _ in range(HISTORY)]
    known = SpontaneousEnds(HISTORY, sum(lasted)) if chance.random() < 2 / 3 else SpontaneousEnds()
    target = chance.choice([incident.root, incident.other])
    return replace(cured, target=target, began=ended - 5.0, ended=ended, ends=known)


def _window(chance: random.Random) -> tuple[float, bool]:
    """Seconds of a counter's window, and whether its name tells."""
    is_named = chance.random() < 0.5
    return chance.choice(WINDOWS_S if is_named else UNNAMED_S), is_named


def _remembering(acted: ActedIncident, counter: tuple[float, bool]) -> ActedIncident:
    """Every harmful metric as a mean over a sliding window alone."""
    seconds, is_named = counter
    suffix = f".avg_{seconds / 60:.0f}m" if is_named else ".recent"
    series = {
        (SeriesKey(key.component, key.metric + suffix) if harm(key.metric) else key): (
            _sliding(one, seconds) if harm(key.metric) else one
        )
        for key, one in acted.series.items()
    }
    return replace(acted, series=series)


def _sliding(series: Series, seconds: float) -> Series:
    step = float(np.median(np.diff(series.timestamps)))
    width = max(1, round(seconds / step))
    known = np.isfinite(series.values)
    sums = _trailing(np.where(known, series.values, 0.0), width)
    counts = _trailing(known.astype(np.float64), width)
    with np.errstate(all="ignore"):
        return Series(series.timestamps, np.where(counts > 0, sums / counts, np.nan))


def _trailing(values: FloatArray, width: int) -> FloatArray:
    sums = np.concatenate([np.zeros(1), np.cumsum(values)])
    starts = np.maximum(np.arange(values.size) + 1 - width, 0)
    return np.asarray(sums[1:] - sums[starts], dtype=np.float64)


def _blind(acted: ActedIncident) -> ActedIncident:
    series = {
        key: Series(one.timestamps[one.timestamps < acted.ended], one.values[:kept])
        for key, one in acted.series.items()
        for kept in [int((one.timestamps < acted.ended).sum())]
    }
    return replace(acted, series=series)


def _with_holes(acted: ActedIncident, seed: int) -> ActedIncident:
    """Two samples of three are lost, at random, before and after the action."""
    rng = np.random.default_rng(seed)
    series = {}
    for key, one in acted.series.items():
        kept = rng.random(one.timestamps.size) < 1 / 3
        series[key] = Series(one.timestamps[kept], one.values[kept])
    return replace(acted, series=series)


def _moved(twin: ActedIncident, one: ActedIncident) -> float:
    """The most scales by which any harmful metric is worse than in the twin after the action."""
    start, end = one.ended + SETTLED_S, SECONDS
    worst = 0.0
    for key, series in one.series.items():
        if harm(key.metric) == 0 or key not in twin.series:
            continue
        mine, other = (scored(key, s, one.baseline) for s in (series, twin.series[key]))
        if mine is None or other is None:
            continue
        ours, theirs = mine.median(start, end), other.median(start, end)
        if np.isfinite(ours) and np.isfinite(theirs) and ours >= CLEAR:
            worst = max(worst, ours - theirs)
    return worst
