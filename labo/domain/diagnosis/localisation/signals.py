"""How strongly each component follows the symptom, and whether the symptom is real.

`matched_filter` tells how strongly each series does; `ranking` says how its constants were chosen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labo.domain.diagnosis.localisation.delays import delaying
from labo.domain.diagnosis.localisation.grid import Grid
from labo.domain.diagnosis.localisation.kinship import (
    NEUTRAL_METRIC,
    is_resource,
    is_state,
    weights_of,
)
from labo.domain.diagnosis.localisation.matched_filter import matched_filter, with_steps
from labo.domain.diagnosis.localisation.silence import stopped_rows, vanished_rows
from labo.domain.diagnosis.localisation.symptom import Symptom
from labo.domain.entities.behaviour_words import Resource
from labo.domain.entities.behaviours import Behaviour, ShownBehaviour, behaviour_of
from labo.domain.entities.conditions import Direction
from labo.domain.entities.series import Case, FloatArray
from labo.domain.entities.topology import call_graph, is_linked
from labo.domain.telemetry.host_metrics import is_of_all_services
from labo.domain.telemetry.log_rates import is_template_rate

if TYPE_CHECKING:
    import networkx as nx  # loaded by what uses it: the API keeps graphs of calls nowhere

MAX_SIGNAL = 10.0
"""Largest signal that counts in full, in units of the noise (ADR 0010), but for a component's
own state: beyond, the call graph decides. PetShop: 46 right with 5, 46 with 20. Of what is beyond
the logarithm counts, so that of two that no call connects the stronger leads: without it no call
graph of Online Boutique has 18 of 56 right, with it 37; PetShop is the same."""
CORROBORATING = 3.0
"""Signal of a dependency, in units of the noise, that makes a doubtful symptom credible. It trades
false alarms for misses: PetShop has 48 right and 19 alarms with 1.5, 43 and 15 with 6."""
_PROCESSOR = ShownBehaviour(Behaviour.SATURATED, Resource.CPU)
SURE = 0.01
"""Probability of the symptom in normal windows up to which a verdict may use it (ADR 0010: 1 %).
PetShop: 47 right from 0.005 to 0.02."""


@dataclass(frozen=True, slots=True)
class Signal:
    """How strongly one series follows the symptom: `strength` in units of the noise, compressed
    beyond 10 but for a component's own state, less for another metric than the symptom's; `row` is
    the grid's. `explains` is what it explains of its callers' signals: of a resource, as it is no
    other metric of calls, all of its strength up to 10."""

    metric: str
    strength: float
    direction: Direction
    row: int
    explains: float


@dataclass(frozen=True, slots=True, eq=False)
class IncidentContext:
    """What was observed of one case. `signals`: a strength of 0 means normal, None no data;
    `following` are those in the shape of the symptom, which make a doubtful one credible.

    `starved` are the components whose processor is used more in the shape of the symptom, or that
    delay whatever they do: waiting does neither, so that no dependency explains it.
    """

    case: Case
    grid: Grid
    symptom: Symptom
    graph: nx.DiGraph[str]
    signals: Mapping[str, Signal | None]
    following: Mapping[str, Signal | None]
    starved: frozenset[str] = frozenset()

    @property
    def is_linked(self) -> bool:
        """Whether any call is known: see `topology.is_linked`."""
        return is_linked(self.graph)

    def hides(self, component: str) -> bool:
        """Whether a component's own series don't show what happens behind it: it has none, or it is
        a queue that looks normal, since whoever sends does not notice that nobody takes."""
        signal = self.signals.get(component)
        if signal is None:
            return True
        return signal.strength <= 0 and self.case.roles.get(component) == "queue"


def measure_signals(
    grid: Grid, symptom: Symptom, strengths: FloatArray, signs: FloatArray
) -> dict[str, Signal | None]:
    """Each component's strongest signal; a strength of 0 means normal, None means no data.

    The symptom's own metric counts in full, another statistic of it where that is missing or has
    no value, other metrics by half; of failing calls the share by spans is the same. Of calls it is
    the same statistic of the calls to a component: those that it makes are what its dependencies
    do. A metric whose harmful direction is not known (load, mostly) counts only for a component
    without any other signal, and by a quarter. Silence is of no metric: it counts in full.
    """
    vanished = vanished_rows(grid, symptom)
    weight_of = weights_of(grid, symptom, strengths)
    found: dict[str, Signal | None] = {}
    for row, key in enumerate(grid.keys):
        found.setdefault(key.component, None)
        strength, direction = strengths[row], _direction(grid, row, signs[row])
        if vanished[row]:
            strength, direction = MAX_SIGNAL, Direction.ABSENT
        if not np.isfinite(strength) or is_of_all_services(key.metric):
            continue
        weight = 1.0 if vanished[row] else weight_of(row)
        if weight is None:
            continue
        signal = _weighed(key.metric, float(strength), weight, direction, row)
        best = found[key.component]
        if best is None or signal.strength > best.strength:
            found[key.component] = signal
    return found


def _add_stopped(signals: dict[str, Signal | None], grid: Grid, stopped: Mapping[str, int]) -> None:
    """A component that is called no more, while its callers go on, tells as much by that as one
    that fell silent, whatever else it shows."""
    for name, row in stopped.items():
        known = signals.get(name)
        if known is None or known.strength < MAX_SIGNAL:
            metric = grid.keys[row].metric
            signals[name] = Signal(metric, MAX_SIGNAL, Direction.LOW, row, MAX_SIGNAL)


def _weighed(metric: str, strength: float, weight: float, direction: Direction, row: int) -> Signal:
    full = min(strength, MAX_SIGNAL)
    if is_resource(metric) or (weight == NEUTRAL_METRIC and is_state(metric)):
        return Signal(metric, strength * weight, direction, row, full)
    if strength > MAX_SIGNAL:
        full += math.log(strength / MAX_SIGNAL)
    return Signal(metric, full * weight, direction, row, full * weight)


def _direction(grid: Grid, row: int, sign: float) -> Direction:
    if is_template_rate(grid.keys[row].metric):
        return Direction.CHANGED
    upwards = sign * (grid.harms[row] or 1) > 0
    return Direction.HIGH if upwards else Direction.LOW


def _starved(grid: Grid, strengths: FloatArray, signs: FloatArray) -> frozenset[str]:
    return frozenset(
        key.component
        for row, key in enumerate(grid.keys)
        if strengths[row] >= CORROBORATING
        and behaviour_of(key.metric, _direction(grid, row, signs[row])) == _PROCESSOR
    )


def observe(case: Case, grid: Grid, symptom: Symptom) -> IncidentContext:
    """Measure every component of the case against the symptom."""
    strengths, signs = matched_filter(grid, symptom)
    graph = call_graph(case)
    following = measure_signals(grid, symptom, strengths, signs)
    stepped, directions = with_steps(grid, symptom, strengths, signs)
    has_steps = stepped is not strengths
    signals = dict(measure_signals(grid, symptom, stepped, directions) if has_steps else following)
    _add_stopped(signals, grid, stopped_rows(grid, symptom, graph))
    starved = _starved(grid, strengths, signs).union(
        delaying(grid, strengths, graph, CORROBORATING)
    )
    return IncidentContext(case, grid, symptom, graph, signals, following, starved)


def observe_any(case: Case, grid: Grid, symptoms: Iterable[Symptom]) -> IncidentContext | None:
    """The case measured against the first of the symptoms that is real, else against the first;
    None without any. Those after it are not asked for."""
    first = None
    for symptom in symptoms:
        context = observe(case, grid, symptom)
        if is_unwell(context):
            return context
        first = first or context
    return first


def is_unwell(context: IncidentContext) -> bool:
    """Whether the target's symptom is real: rare by itself, or possible and corroborated.

    A dependency whose signal is several times the noise, in the same shape as a doubtful symptom,
    makes that symptom credible.
    """
    return context.symptom.present or (context.symptom.possible and _corroborated(context))


def is_sure(context: IncidentContext) -> bool:
    """Whether a verdict may rest on the symptom: the target's, beyond chance or corroborated."""
    if not context.symptom.is_own:
        return False
    return context.symptom.chance <= SURE or _corroborated(context)


def _corroborated(context: IncidentContext) -> bool:
    """A strong signal at the end of an unbroken chain of deviating or unobserved components."""
    seen, queue = {context.case.target}, [context.case.target]
    while queue:
        for callee in context.graph.successors(queue.pop()):
            signal = context.following.get(callee)
            is_normal = signal is not None and signal.strength <= 0
            if callee in seen or (is_normal and not context.hides(callee)):
                continue
            if signal is not None and signal.strength >= CORROBORATING:
                return True
            seen.add(callee)
            queue.append(callee)
    return False
