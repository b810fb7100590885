"""From paired runs to evidence about the causal edge that a scenario tests."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from labo.domain.causality import interventions
from labo.domain.entities.conditions import Direction
from labo.domain.entities.scale import in_scales
from labo.domain.lab.paired_runs import Measurement, Observation
from labo.domain.lab.scenarios import EdgeUnderTest, Symptom

SHOWN_FROM = 3.0
"""Robust z-score from which a metric shows its problem, as in `knowledge.signatures`."""


@dataclass(frozen=True, slots=True)
class Trials:
    """`differences` are whether the effect occurred in arm A minus whether it did in arm B, of the
    pairs that test the claim; `unmanipulated` counts the other pairs.
    """

    differences: tuple[float, ...]
    unmanipulated: int = 0


def deviation_of(measurement: Measurement) -> float:
    """Robust z-score of one run after the onset, compressed; NaN when it is unknown.

    As defined in `labo.domain.entities.scale`; the engine sends medians and scale.

    >>> deviation_of(Measurement(value=9.0, before=1.0, during=9.0, spread=2.0))
    4.0
    """
    difference = measurement.during - measurement.before
    if not (math.isfinite(difference) and math.isfinite(measurement.spread)):
        return math.nan
    return float(in_scales(np.float64(difference), np.float64(measurement.spread)))


def shows(observation: Observation, symptom: Symptom) -> bool | None:
    """Whether the problem occurred in this run; None when its metric was not measured."""
    measurement = observation.measurements.get(symptom.name)
    if measurement is None:
        return None
    deviation = deviation_of(measurement)
    if math.isnan(deviation):
        return None
    size = deviation if symptom.direction is Direction.HIGH else -deviation
    return size >= SHOWN_FROM


def trials(
    pairs: Sequence[tuple[Observation, Observation]], tested: EdgeUnderTest, *, clamped: bool
) -> Trials:
    """The trials of the claim among these pairs; one that lacks a metric is not counted at all.

    A pair is *do A* against *do not A* only when problem A occurred in arm A and did not in arm B:
    a fault that was too weak to cause it does not test what A causes. Under a clamp the fault is in
    both arms; an effect that occurs in both has another cause there, which is no evidence against
    A. If A has no effect, the remaining differences are still symmetric.
    """
    return _trials(pairs, [tested], clamped=clamped)


def _trials(
    pairs: Sequence[tuple[Observation, Observation]],
    ones: Sequence[EdgeUnderTest],
    *,
    clamped: bool,
) -> Trials:
    """As `trials`, of one claim by all symptoms of its cause and of its effect on one component."""
    differences: list[float] = []
    unmanipulated = 0
    for a, b in pairs:
        cause = tuple(_shown(run, (one.cause for one in ones)) for run in (a, b))
        effect = tuple(_shown(run, (one.effect for one in ones)) for run in (a, b))
        if None in cause or None in effect:
            continue
        if cause != (True, False) or (clamped and effect == (True, True)):
            unmanipulated += 1
            continue
        differences.append(float(bool(effect[0])) - float(bool(effect[1])))
    return Trials(tuple(differences), unmanipulated)


def _shown(observation: Observation, symptoms: Iterable[Symptom]) -> bool | None:
    """Whether any of a problem's symptoms occurred; None when none of them was measured."""
    measured = [found for one in set(symptoms) if (found := shows(observation, one)) is not None]
    return any(measured) if measured else None


def trials_by_edge(
    pairs: Sequence[tuple[Observation, Observation]],
    tested: Iterable[EdgeUnderTest],
    *,
    clamped: bool,
) -> dict[str, tuple[EdgeUnderTest, Trials]]:
    """The trials of each claim, by edge key, in the order of `tested`.

    On one component the effect occurs when any of its symptoms does: traffic that rises, or falls.
    A pair is one trial of a claim, on however many components its effect may show: the mean over
    them, so that an effect on many neighbours at once is not counted several times.
    """
    by_edge: dict[str, dict[str, list[EdgeUnderTest]]] = {}
    for one in tested:
        by_edge.setdefault(one.edge, {}).setdefault(one.effect.component, []).append(one)
    trials_of_edges = {}
    for edge, by_component in by_edge.items():
        means: list[float] = []
        unmanipulated = 0
        for pair in pairs:
            each = [_trials([pair], ones, clamped=clamped) for ones in by_component.values()]
            differences = [d for trial in each for d in trial.differences]
            if differences:
                means.append(math.fsum(differences) / len(differences))
            else:
                unmanipulated += any(trial.unmanipulated for trial in each)
        first = next(iter(by_component.values()))[0]
        trials_of_edges[edge] = first, Trials(tuple(means), unmanipulated)
    return trials_of_edges


def effect_of(found: Trials) -> interventions.PairedEffect:
    """Mean difference with the interval by which an edge is validated or refuted."""
    differences = found.differences
    return interventions.paired_effect(
        len(differences), math.fsum(differences), math.fsum(d * d for d in differences)
    )


def as_intervention(
    experiment: str, system: str, tested: EdgeUnderTest, found: Trials, *, ended_at: datetime
) -> interventions.Experiment | None:
    """The runs as an intervention on the tested edge; None when no pair was a trial of it."""
    if not found.differences:
        return None
    effect = interventions.Effect(tested.effect.problem.key, tested.relation, found.differences)
    return interventions.Experiment(
        id=experiment,
        system=system,
        manipulated=tested.cause.problem.key,
        effects=(effect,),
        ended_at=ended_at,
    )
