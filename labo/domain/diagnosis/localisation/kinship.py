"""How much a signal counts by its metric: the symptom's own, one like it, or another.

`ranking` says how its constants were chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from labo.domain.diagnosis.localisation.grid import Grid
from labo.domain.diagnosis.localisation.span_values import CALLED_ERRORS
from labo.domain.diagnosis.localisation.symptom import Symptom, family
from labo.domain.entities.behaviour_words import Resource
from labo.domain.entities.behaviours import Behaviour, behaviour_of
from labo.domain.entities.conditions import Direction
from labo.domain.entities.series import FloatArray, SeriesKey
from labo.domain.telemetry.rollups import call_statistic, statistic_of_calls

OTHER_FAMILY = 0.5
"""Weight of a signal in another metric than the symptom's, which ranks it behind an equal one in
the same. By judgement; PetShop: 47 right from 0.25 to 1, with 2 more false alarms at 1."""
NEUTRAL_METRIC = 0.25
"""The same for a metric whose harmful direction its name does not tell, mostly load. By judgement;
PetShop: nothing changes from 0.125 to 0.5."""


def weights_of(
    grid: Grid, symptom: Symptom, strengths: FloatArray
) -> Callable[[int], float | None]:
    """How much a row's signal counts, by its metric; None where a better one of its component
    is known."""
    target_metric = grid.keys[symptom.row].metric
    kin = {family(target_metric)}
    if statistic_of_calls(target_metric) == "error_ratio":
        kin.add(family(CALLED_ERRORS))
    known = [key for row, key in enumerate(grid.keys) if np.isfinite(strengths[row])]
    exact = _nearest(known, target_metric)
    has_sense = {key.component for key, sense in zip(grid.keys, grid.harms, strict=True) if sense}

    def weight_of(row: int) -> float | None:
        key, has_harm = grid.keys[row], bool(grid.harms[row])
        plain = OTHER_FAMILY if has_harm else NEUTRAL_METRIC
        if not symptom.is_own:
            return 1.0 if has_harm else NEUTRAL_METRIC
        if key in exact.get(key.component, ()):
            return 1.0
        if family(key.metric) in kin:
            return None if key.component in exact else 1.0
        return None if not has_harm and key.component in has_sense else plain

    return weight_of


def _nearest(keys: Sequence[SeriesKey], metric: str) -> dict[str, list[SeriesKey]]:
    """Of each component the series that compare with the symptom's `metric`: the same statistic of
    the calls to it, else the same metric; without one the component is missing."""
    statistic = statistic_of_calls(metric)
    found: dict[str, list[SeriesKey]] = {}
    for key in keys:
        if statistic and call_statistic(key.metric) == statistic:
            found.setdefault(key.component, []).append(key)
    return {key.component: [key] for key in keys if key.metric == metric} | found


def is_resource(metric: str) -> bool:
    """Whether a metric measures a component's own resource, which nothing that it calls explains:
    so it is the size of the signal that tells a cause from those that it affects. Connections,
    threads, locks and queues are no such: they are held up by what a component calls, and a queue
    by who takes from it."""
    return behaviour_of(metric, Direction.HIGH).subject in _OWN


def is_state(metric: str) -> bool:
    """Whether a metric measures something whose name does not tell what it does, such as the
    entries of a cache: no calls, nor how many there are, so that nothing which a component calls
    explains it."""
    return behaviour_of(metric, Direction.HIGH).behaviour is Behaviour.CHANGED


_OWN = frozenset({Resource.CPU, Resource.MEMORY, Resource.DISK, Resource.FILES})
