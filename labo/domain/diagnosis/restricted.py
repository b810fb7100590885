"""A case restricted to some of its metrics."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from labo.domain.diagnosis.classification.feature_vectors import common_name, source_of
from labo.domain.entities.diagnoses import Analysis
from labo.domain.entities.keys import measurement_key, owner_and_metric
from labo.domain.entities.reasons import Reason, ReasonKind
from labo.domain.entities.series import Case, SeriesKey
from labo.domain.entities.topology import role_of
from labo.domain.metric_sets.sets import known_names
from labo.errors import InvalidInput


def narrowed(case: Case, only: Collection[str]) -> Case:
    """`case` with the series that `only` names, each by `component:metric`, `role:metric` or the
    bare metric. Logs and traces are not metrics: only series derived from them remain, by name, or
    by `log` for all lines.

    A set that was computed for components with other names stays usable: a name that matches
    neither a component nor a role of this case with that metric means the metric anywhere.
    """
    names = {key: _names(case, key) for key in case.series}
    known = {name for given in names.values() for name in given}
    wanted = {name if name in known else owner_and_metric(name)[1] for name in only}
    kept = {key: series for key, series in case.series.items() if not wanted.isdisjoint(names[key])}
    has_metric = any((key.component, key.metric) == (case.target, case.metric) for key in kept)
    return replace(
        case, series=kept, metric=case.metric if has_metric else None, logs=(), traces=()
    )


def asked_part(case: Case, only: Collection[str]) -> Case:
    """`narrowed` to a set given by a person. Raises InvalidInput when `case` has series but none
    of them is in the set.
    """
    part = narrowed(case, only)
    if case.series and not part.series:
        raise InvalidInput(
            f"{case.name}: the case has none of the given metrics: {', '.join(sorted(only))}",
            where="--metrics-only",
            hint=known_names({key.metric for key in case.series}),
        )
    return part


def _names(case: Case, key: SeriesKey) -> list[str]:
    """The names of a series, including the role-independent one, and `log` for all lines."""
    owners = ("", key.component, role_of(case, key.component))
    metrics = {key.metric, source_of(common_name(key.metric))}
    return [measurement_key(owner, metric) for owner in owners for metric in metrics]


def with_left_out(analysis: Analysis, whole: Case, part: Case) -> Analysis:
    """`analysis` of `part`, with a reason that states how much of `whole` was left out."""
    left_out = Reason(
        ReasonKind.LEFT_OUT,
        {
            "series": len(whole.series) - len(part.series),
            "kept": len(part.series),
            "lines": len(whole.logs),
            "spans": len(whole.traces),
        },
    )
    return replace(analysis, missing=(left_out, *analysis.missing))
