"""A case as it looks when only some metrics are collected."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from labo.domain.diagnoses import Analysis, Reason, ReasonKind
from labo.domain.diagnosis.localise import role_of
from labo.domain.series import Case


def narrowed(case: Case, only: Collection[str]) -> Case:
    """`case` with the series that `only` names, each by `component:metric`, `role:metric` or the
    bare metric; without logs and traces, which are no metrics.
    """
    wanted = frozenset(only)
    kept = {
        key: series
        for key, series in case.series.items()
        if not wanted.isdisjoint(
            (
                key.metric,
                f"{key.component}:{key.metric}",
                f"{role_of(case, key.component)}:{key.metric}",
            )
        )
    }
    has_metric = any((key.component, key.metric) == (case.target, case.metric) for key in kept)
    return replace(
        case, series=kept, metric=case.metric if has_metric else None, logs=(), traces=()
    )


def with_left_out(analysis: Analysis, whole: Case, part: Case) -> Analysis:
    """`analysis` of `part`, saying how much of `whole` it did not look at."""
    said = Reason(
        ReasonKind.LEFT_OUT,
        {
            "series": len(whole.series) - len(part.series),
            "kept": len(part.series),
            "lines": len(whole.logs),
            "spans": len(whole.traces),
        },
    )
    return replace(analysis, missing=(said, *analysis.missing))
