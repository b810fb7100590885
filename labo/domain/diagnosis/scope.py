"""The scope of the diagnosis of one incident: target and windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from labo.domain.entities.series import Case, Series, Window
from labo.domain.entities.severity import SEVERITY_RANK
from labo.domain.incidents.incidents import Incident, Occurrence
from labo.domain.telemetry.log_rates import is_log_rate
from labo.domain.telemetry.rollups import is_rate

SYMPTOM_LEAD = timedelta(minutes=10)
"""Time before the alert that belongs to the symptom: an alert fires after its condition has held
for a while. By judgement, longer than the usual `for:` of an alert rule."""
MOST_LEAD_SHARE = 0.25
"""Largest share of the time observed before an alert that the lead takes, so that most of it is
left as a baseline. By judgement."""
SYMPTOM_SPAN = timedelta(minutes=30)
"""Time after an alert that belongs to the symptom, at most: later, remedies and reactions show
rather than the cause. By judgement."""
BASELINE_SPAN = timedelta(days=7)
"""Length of the baseline: a whole week, as load varies by time of day and weekday."""
TROUBLE_SPAN = timedelta(days=1)
"""Duration beyond which a deviation counts as the new normal. By judgement."""


def choose_target(
    occurrences: Sequence[Occurrence], dependencies: Iterable[tuple[str, str]]
) -> Occurrence:
    """The occurrence that the others may explain: its component depends on the most of theirs.

    `dependencies` are (caller key, callee key). Ties go to the more severe, then the earlier,
    then the smaller id, so that the result does not depend on the order of the input. Raises
    ValueError without occurrences.
    """
    import networkx as nx

    if not occurrences:
        raise ValueError("an incident without occurrences has no target")
    calls = nx.DiGraph(list(dependencies))
    components = {occurrence.component for occurrence in occurrences}

    def rank(occurrence: Occurrence) -> tuple[int, int, float, str]:
        below: set[str] = set()
        if occurrence.component in calls:
            below = nx.descendants(calls, occurrence.component) & components
        return (
            -len(below),
            -SEVERITY_RANK[occurrence.severity],
            occurrence.started_at.timestamp(),
            occurrence.id,
        )

    return min(occurrences, key=rank)


def symptom_window(target: Occurrence, as_of: datetime | None = None) -> Window:
    """From before the alert to its end, at most `SYMPTOM_SPAN` after the alert began, and not
    beyond `as_of`: what is not there yet is not silence."""
    ends = [target.started_at + SYMPTOM_SPAN, *filter(None, [target.ended_at, as_of])]
    return Window(target.started_at - SYMPTOM_LEAD, max(min(ends), target.started_at))


def baseline_window(symptom: Window) -> Window:
    """The baseline: the week before the symptom."""
    return Window(symptom.start - BASELINE_SPAN, symptom.start)


def as_watched(case: Case, began: datetime) -> Case:
    """`case` with windows adapted to how little was observed before the target's problem `began`.

    A system that was connected minutes ago would have no baseline left after a full lead: until it
    was observed for longer than its symptom window, the lead is at most a quarter of the observed
    time, and the window ends with the last sample, so that its bins are not too wide. The symptom
    window never grows.
    """
    own = [
        series.timestamps
        for key, series in case.series.items()
        if key.component == case.target and not is_log_rate(key.metric)
    ]
    times = np.concatenate([np.empty(0), *own])
    if not times.size:
        return case
    first, last = float(times.min()), float(times.max())
    start, end = case.symptom.start.timestamp(), case.symptom.end.timestamp()
    watched = began.timestamp() - first
    if start - first >= end - start or not watched > 0:
        return case
    start = max(start, began.timestamp() - watched * MOST_LEAD_SHARE)
    end = min(end, max(last + 1, began.timestamp()))
    symptom = Window(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
    return replace(case, symptom=symptom, baseline=Window(case.baseline.start, symptom.start))


def after_trouble(case: Case, began: datetime, windows: Iterable[Window]) -> Case:
    """`case` with a symptom that starts no earlier than the last end of those `windows`, other
    incidents, that were over when the target's problem `began`: they are not to be explained."""
    over = [one.end for one in windows if one.end <= began]
    start = max([case.symptom.start, *over])
    symptom = Window(start, case.symptom.end)
    return replace(case, symptom=symptom, baseline=Window(case.baseline.start, start))


def with_complete_rates(case: Case, settled: datetime) -> Case:
    """`case` without the rates of steps from `settled` on, which are not complete yet: half of a
    step's requests would be half of their rate. Means and shares of what came are kept."""
    until = settled.timestamp()
    series = {
        key: Series(one.timestamps, np.where(one.timestamps < until, one.values, np.nan))
        if is_rate(key.metric) and one.timestamps.size and one.timestamps[-1] >= until
        else one
        for key, one in case.series.items()
    }
    return replace(case, series=series)


def trouble_window(incident: Incident) -> Window:
    """The time in which an incident surely kept its system from being normal: from its opening to
    its last start or end, at most a day."""
    opened = incident.opened_at
    last = max(incident.last_activity_at or opened, opened)
    return Window(opened, min(last, opened + TROUBLE_SPAN))


def episode_before(included: Iterable[Occurrence], target: Occurrence) -> Window | None:
    """The time of an incident before it was reopened with `target`: from its first start to its
    last end. None while something of it lasted until then, which belongs to the symptom."""
    before = [one for one in included if one.started_at < target.started_at]
    ends = [one.ended_at for one in before if one.ended_at and one.ended_at < target.started_at]
    if not before or len(ends) < len(before):
        return None
    return Window(min(one.started_at for one in before), max(ends))


def without_trouble(case: Case, windows: Iterable[Window]) -> Case:
    """`case` without the samples of its baseline that lie in one of `windows`: other incidents.

    The deviations of an earlier incident would count as normal, so that the same problem would not
    be rare when it recurs. As far as enough is left, the time before and after them is dropped as
    well, a symptom window altogether: alerts are late, and remedies take a while. A series that
    would lose more than half of its baseline even so keeps all of it.
    """
    tight = [(one.start.timestamp(), one.end.timestamp()) for one in windows]
    if not tight:
        return case
    lead, span = SYMPTOM_LEAD.total_seconds(), SYMPTOM_SPAN.total_seconds()
    wide = [(start - lead, max(end, start + span)) for start, end in tight]
    series = {
        key: _untroubled(case.baseline, one, wide) or _untroubled(case.baseline, one, tight) or one
        for key, one in case.series.items()
    }
    return replace(case, series=series)


def _untroubled(
    baseline: Window, series: Series, spans: list[tuple[float, float]]
) -> Series | None:
    """None where more than half of the baseline would be lost."""
    times = series.timestamps
    before = (times >= baseline.start.timestamp()) & (times < baseline.end.timestamp())
    troubled = np.zeros(times.size, dtype=bool)
    for start, end in spans:
        troubled |= before & (times >= start) & (times < end)
    if troubled.sum() * 2 > before.sum():
        return None
    return Series(times[~troubled], series.values[~troubled])


def with_baseline_before(case: Case) -> Case:
    """`case` with its baseline shifted in time to end where the symptom begins.

    A case folder may name any window as baseline, even one recorded months later; a live diagnosis
    uses the week before the symptom. Samples at the times that the baseline is shifted to are
    dropped. A baseline that already is before the symptom is unchanged.
    """
    moved_by = case.symptom.start - case.baseline.end
    if timedelta(0) <= moved_by and case.baseline.start >= case.symptom.start - BASELINE_SPAN:
        return case
    return replace(
        case,
        baseline=Window(case.baseline.start + moved_by, case.symptom.start),
        series={key: _moved(case, series) for key, series in case.series.items()},
    )


def _moved(case: Case, series: Series) -> Series:
    start, end = case.baseline.start.timestamp(), case.baseline.end.timestamp()
    onset = case.symptom.start.timestamp()
    times = series.timestamps
    normal = (times >= start) & (times < end)
    kept = ~normal & ~((times >= onset - (end - start)) & (times < onset))
    stamps = np.concatenate([times[normal] + (onset - end), times[kept]])
    values = np.concatenate([series.values[normal], series.values[kept]])
    order = np.argsort(stamps, kind="stable")
    return Series(stamps[order], values[order])
