"""How strongly each component follows the symptom, and whether the symptom is real.

The association of a series with the symptom is a matched filter: the inner product of its
deviations with the target's own shape in time, in units of what the same filter gives over the
baseline (its 99 % quantile; docs/adr/0010). `ranking` says how its constants were chosen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labo.domain.diagnosis.localisation.delays import delaying
from labo.domain.diagnosis.localisation.grid import Grid
from labo.domain.diagnosis.localisation.kinship import weights_of
from labo.domain.diagnosis.localisation.silence import vanished_rows
from labo.domain.diagnosis.localisation.symptom import Symptom, tail
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
resources: beyond, the call graph decides. PetShop: 46 right with 5, 46 with 20. Of what is beyond
the logarithm counts, so that of two that no call connects the stronger leads: without it no call
graph of Online Boutique has 18 of 56 right, with it 37; PetShop is the same."""
RARE = 0.05
"""Share of baseline windows in which a signal may be as strong and still count (ADR 0010: 1 in 20).
PetShop: 47 right from 0.025 to 0.1."""
NOISE_FLOOR = 0.5
"""Least noise that a signal is divided by, in baseline scales (ADR 0010: half a scale), so that a
nearly constant series does not dominate. PetShop: 47 right with 0.25, but 43 with 1."""
NOISE_UNKNOWN = 1.7
"""Noise assumed, in scales, where the baseline has too few windows: the 99 % quantile of normal,
2.33 / 1.35, the scale being its interquartile range. PetShop's baselines never need it."""
ENOUGH_WINDOWS = 50
"""Baseline windows from which their own 99 % quantile is used as the noise; fewer do not determine
a tail. By judgement; PetShop: 47 right from 25 to 100, as its baselines have thousands."""
CORROBORATING = 3.0
"""Signal of a dependency, in units of the noise, that makes a doubtful symptom credible. It trades
false alarms for misses: PetShop has 48 right and 19 alarms with 1.5, 43 and 15 with 6."""
_OWN = frozenset({Resource.CPU, Resource.MEMORY, Resource.DISK, Resource.FILES})
_PROCESSOR = ShownBehaviour(Behaviour.SATURATED, Resource.CPU)
SURE = 0.01
"""Probability of the symptom in normal windows up to which a verdict may use it (ADR 0010: 1 %).
PetShop: 47 right from 0.005 to 0.02."""


@dataclass(frozen=True, slots=True)
class Signal:
    """How strongly one series follows the symptom: `strength` in units of the noise, compressed
    beyond 10 but for resources, less for another metric than the symptom's; `row` is the grid's.
    `explains` is what it explains of its callers' signals: of a resource, as it is no other metric
    of calls, all of its strength up to 10."""

    metric: str
    strength: float
    direction: Direction
    row: int
    explains: float


@dataclass(frozen=True, slots=True, eq=False)
class IncidentContext:
    """What was observed of one case. `signals`: a strength of 0 means normal, None no data.

    `starved` are the components whose processor is used more in the shape of the symptom, or that
    delay whatever they do: waiting does neither, so that no dependency explains it.
    """

    case: Case
    grid: Grid
    symptom: Symptom
    graph: nx.DiGraph[str]
    signals: Mapping[str, Signal | None]
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


def _weighed(metric: str, strength: float, weight: float, direction: Direction, row: int) -> Signal:
    full = min(strength, MAX_SIGNAL)
    if is_resource(metric):
        return Signal(metric, strength * weight, direction, row, full)
    if strength > MAX_SIGNAL:
        full += math.log(strength / MAX_SIGNAL)
    return Signal(metric, full * weight, direction, row, full * weight)


def is_resource(metric: str) -> bool:
    """Whether a metric measures a component's own resource, which nothing that it calls explains:
    so it is the size of the signal that tells a cause from those that it affects. Connections,
    threads, locks and queues are no such: they are held up by what a component calls, and a queue
    by who takes from it."""
    return behaviour_of(metric, Direction.HIGH).subject in _OWN


def matched_filter(grid: Grid, symptom: Symptom) -> tuple[FloatArray, FloatArray]:
    """Signal-to-noise of every row, 0 where not rare, NaN where unknown; and its sign."""
    weights = symptom.weights
    used = np.flatnonzero(weights)
    if not used.size:
        return np.where(np.isfinite(grid.local).any(axis=1), 0.0, np.nan), np.ones(len(grid.keys))
    local = grid.local[:, used]
    known = np.isfinite(local)
    enough = known[:, symptom.focus[used]].sum(axis=1) * 2 >= symptom.focus[used].sum()
    held = np.where(known, local, 0.0)
    if not symptom.level:
        means = held.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        held = np.where(known, local - means[:, None], 0.0)
    statistics = held @ weights[used]
    null = _null(grid.baseline, weights[used[0] : used[-1] + 1])
    signs = np.where(grid.harms == 0, np.where(statistics < 0, -1.0, 1.0), 1.0)
    strengths = np.full(len(grid.keys), np.nan)
    for row in np.flatnonzero(enough & np.isfinite(grid.baseline).any(axis=1)):
        strengths[row] = _strength(statistics[row] * signs[row], null[row] * signs[row])
    return strengths, signs


def _null(baseline: FloatArray, weights: FloatArray) -> FloatArray:
    """The same filter at every position of the baseline: shape (series, positions)."""
    positions = baseline.shape[1] - weights.size + 1
    if positions <= 0:
        return np.zeros((baseline.shape[0], 0))
    held = np.where(np.isfinite(baseline), baseline, 0.0)
    null = np.zeros((baseline.shape[0], positions))
    for i, weight in enumerate(weights):
        null += weight * held[:, i : i + positions]
    return null


def _strength(statistic: float, null: FloatArray) -> float:
    if tail(statistic, null) > RARE:
        return 0.0
    floor = NOISE_FLOOR if null.size >= ENOUGH_WINDOWS else NOISE_UNKNOWN
    quantile = 0.0
    if null.size:
        rank_of = int(np.ceil(0.99 * (null.size - 1)))
        quantile = float(np.partition(null, rank_of)[rank_of])
    return float(statistic / max(quantile, floor))


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
    signals = measure_signals(grid, symptom, strengths, signs)
    graph = call_graph(case)
    starved = _starved(grid, strengths, signs).union(
        delaying(grid, strengths, graph, CORROBORATING)
    )
    return IncidentContext(case, grid, symptom, graph, signals, starved)


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
            signal = context.signals.get(callee)
            is_normal = signal is not None and signal.strength <= 0
            if callee in seen or (is_normal and not context.hides(callee)):
                continue
            if signal is not None and signal.strength >= CORROBORATING:
                return True
            seen.add(callee)
            queue.append(callee)
    return False
