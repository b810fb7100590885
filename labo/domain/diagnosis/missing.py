"""Which data a case lacks for its diagnosis, and what to measure next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labo.domain.diagnosis.explanations import MAX_NAMED
from labo.domain.diagnosis.localisation.grid import Grid
from labo.domain.diagnosis.localisation.ranking import Ranked
from labo.domain.diagnosis.localisation.signals import IncidentContext
from labo.domain.diagnosis.localisation.symptom import target_rows
from labo.domain.entities.diagnoses import Suspect
from labo.domain.entities.keys import measurement_key
from labo.domain.entities.reasons import Reason, ReasonKind, reason
from labo.domain.entities.scale import MIN_BASELINE_SAMPLES
from labo.domain.entities.series import Case, SeriesKey
from labo.domain.entities.topology import call_graph, is_linked
from labo.domain.knowledge.knowledge import Knowledge

MAX_LISTED = 50
"""Components ruled out or without data that are listed, so that a result stays small where there
are hundreds."""


def missing_data(case: Case, grid: Grid, knowledge: Knowledge | None) -> tuple[Reason, ...]:
    """What was not available: the target's data, a baseline, calls, knowledge."""
    reasons = []
    rows = target_rows(grid, case.target, case.metric)
    if not any(np.isfinite(grid.raw_local[row, grid.lead :]).any() for row in rows):
        reasons.append(reason(ReasonKind.NO_DATA, component=case.target))
    samples = max((int(np.isfinite(grid.raw_baseline[row]).sum()) for row in rows), default=0)
    if samples < MIN_BASELINE_SAMPLES:
        reasons.append(reason(ReasonKind.TOO_FEW_SAMPLES, component=case.target, samples=samples))
    if rows and case.metric and SeriesKey(case.target, case.metric) not in case.series:
        reasons.append(reason(ReasonKind.NO_SUCH_METRIC, component=case.target, metric=case.metric))
    graph = call_graph(case)
    silent = sorted(set(graph) - _readable(grid) - {case.target})
    reasons.extend(reason(ReasonKind.NO_DATA, component=name) for name in silent[:MAX_LISTED])
    if not is_linked(graph):
        reasons.append(reason(ReasonKind.NO_CALL_GRAPH))
    if knowledge is None or not knowledge.problems:
        reasons.append(reason(ReasonKind.NO_KNOWLEDGE))
    return tuple(reasons)


def mutual_calls(ranked: Sequence[Ranked]) -> tuple[Reason, ...]:
    """The deviating components that call each other, so that none of them explains another."""
    groups = {tuple(sorted((one.component, *one.mutual))) for one in ranked if one.mutual}
    return tuple(
        reason(ReasonKind.MUTUAL_CALLS, components=", ".join(group[:MAX_NAMED]))
        for group in sorted(groups)[:MAX_LISTED]
    )


def next_metric(context: IncidentContext, suspects: Sequence[Suspect]) -> str | None:
    """The symptom's metric on an unobserved callee of the strongest suspect that has one."""
    metric = context.grid.keys[context.symptom.row].metric
    for suspect in suspects:
        for callee in sorted(context.graph.successors(suspect.component)):
            if context.signals.get(callee) is None:
                return measurement_key(callee, metric)
    return None


def target_metric(case: Case) -> str:
    """What to measure when the target itself has no data."""
    return measurement_key(case.target, case.metric or "latency")


def _readable(grid: Grid) -> set[str]:
    """Components with a sample around the symptom, and a baseline to compare it with."""
    rows = np.flatnonzero(np.isfinite(grid.local).any(axis=1)).tolist()
    return {grid.keys[row].component for row in rows}
