"""Why a component is suspected: the structured reasons with their figures."""

from __future__ import annotations

import numpy as np

from labo.domain.diagnosis.localisation.grid import Grid
from labo.domain.diagnosis.localisation.ranking import Ranked
from labo.domain.diagnosis.localisation.signals import IncidentContext, Signal
from labo.domain.diagnosis.localisation.symptom import Symptom
from labo.domain.entities.reasons import NOTHING, Reason, ReasonKind, reason
from labo.domain.entities.scale import deviation
from labo.domain.entities.series import FloatArray

MAX_NAMED = 10
"""Components that one sentence names, as many as a person reads."""
CHANGED = 2.0
"""Distance of a bin from those around it, in baseline scales, from which it counts as the start of
a change. By judgement: about 2.7 standard deviations of normal noise. It affects the text of a
reason, not the ranking."""


def suspect_reasons(context: IncidentContext, ranked: Ranked) -> tuple[Reason, ...]:
    """Deviation, association, position in the topology and temporal order, where they apply."""
    component, target = ranked.component, context.case.target
    reasons = [_deviation(context.grid, context.symptom, ranked)]
    correlation = _correlation(context.grid, context.symptom, ranked.signal.row)
    if correlation is not None and component != target:
        reasons.append(
            reason(
                ReasonKind.ASSOCIATION,
                component=component,
                metric=ranked.signal.metric,
                target=target,
                correlation=round(correlation, 3),
                strength=round(ranked.signal.strength, 2),
            )
        )
    if ranked.explained_by:
        reasons.append(explained_by(context, ranked, ranked.explained_by))
    elif not ranked.unobserved and not ranked.mutual:
        reasons.append(reason(ReasonKind.NO_ANOMALOUS_DEPENDENCY, component=component))
    if ranked.mutual:
        group = ", ".join(sorted((component, *ranked.mutual))[:MAX_NAMED])
        reasons.append(reason(ReasonKind.MUTUAL_CALLS, components=group))
    if ranked.unobserved:
        callee = ranked.unobserved
        reasons.append(reason(ReasonKind.DEPENDENCY_UNOBSERVED, component=component, callee=callee))
    if ranked.hops:
        hops = ranked.hops
        reasons.append(reason(ReasonKind.REACHABLE, component=component, target=target, hops=hops))
    ahead = _seconds_ahead(context.grid, context.symptom, ranked.signal.row)
    if ahead > 0:
        reasons.append(
            reason(ReasonKind.EARLIEST_ONSET, component=component, of=target, seconds=ahead)
        )
    return tuple(reasons)


def explained_by(context: IncidentContext, ranked: Ranked, by: str) -> Reason:
    """That `by` explains a component's signal: it calls it, or may contain its calls."""
    import networkx as nx

    calls = nx.has_path(context.graph, ranked.component, by)
    kind = ReasonKind.EXPLAINED_BY if calls else ReasonKind.CONTAINS
    share = round(ranked.explained_share, 3)
    return reason(kind, component=ranked.component, by=by, share=share)


def signal_deviation(context: IncidentContext, signal: Signal) -> float:
    """How far the signal's metric is from its reference in the deviating bins, in baseline scales;
    NaN where it has no samples there."""
    return _reference_and_size(context.grid, context.symptom, signal.row)[1]


def _reference_and_size(grid: Grid, symptom: Symptom, row: int) -> tuple[FloatArray, float]:
    """What the deviating bins are compared with: the bins around them, where there are any and the
    whole window is not shifted, else the baseline."""
    before, during = grid.raw_baseline[row], grid.raw_local[row, symptom.focus]
    around = grid.raw_local[row, ~symptom.focus]
    if not symptom.level and np.isfinite(around).any():
        return around, _contrast(before, around, during)
    return before, deviation(before, during)


def _deviation(grid: Grid, symptom: Symptom, ranked: Ranked) -> Reason:
    row = ranked.signal.row
    reference, size = _reference_and_size(grid, symptom, row)
    return reason(
        ReasonKind.DEVIATION,
        component=ranked.component,
        metric=ranked.signal.metric,
        direction=ranked.signal.direction.value,
        before=_shown(reference),
        during=_shown(grid.raw_local[row, symptom.focus]),
        deviation=round(size, 2) if np.isfinite(size) else 0.0,
    )


def _contrast(before: FloatArray, around: FloatArray, during: FloatArray) -> float:
    """Deviation from the bins around, in the baseline's scale, so that slow drift is ignored."""
    known = before[np.isfinite(before)]
    if known.size == 0:
        return float("nan")
    with np.errstate(over="ignore", invalid="ignore"):
        moved = known - np.median(known) + np.nanmedian(around)
    return deviation(moved, during)


def _shown(values: FloatArray) -> str:
    known = values[np.isfinite(values)]
    return f"{np.median(known):.4g}" if known.size else NOTHING


def _correlation(grid: Grid, symptom: Symptom, row: int) -> float | None:
    """Pearson correlation with the target's symptom over the local bins; None when undefined."""
    mine, target = grid.local[row], grid.local[symptom.row]
    both = np.isfinite(mine) & np.isfinite(target)
    if both.sum() < 3:
        return None
    a, b = mine[both] - mine[both].mean(), target[both] - target[both].mean()
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.clip(a @ b / length, -1, 1)) if length > 0 else None


def _seconds_ahead(grid: Grid, symptom: Symptom, row: int) -> float:
    mine, target = _first_change(grid, symptom, row), _first_change(grid, symptom, symptom.row)
    return 0.0 if mine is None or target is None else float((target - mine) * grid.step)


def _first_change(grid: Grid, symptom: Symptom, row: int) -> int | None:
    values = grid.local[row]
    around = values[~symptom.focus & np.isfinite(values)]
    level = float(np.median(around)) if around.size else 0.0
    changed = np.flatnonzero(np.abs(values - level) >= CHANGED)
    return int(changed[0]) if changed.size else None
