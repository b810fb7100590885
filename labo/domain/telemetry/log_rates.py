"""Log lines as series: how many of a template, and how many errors, a component writes a minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

import numpy as np

from labo.domain.entities.series import FloatArray, Series, SeriesKey

ERRORS = "log.errors.rate"
_TEMPLATE = "log.template."
_ABOUT = "log.about."
MAX_TEMPLATES = 200
"""Templates of one system that become series, the most frequent of the window; it bounds the number
of series. By judgement."""

NEW_STEPS = 60
"""Steps of silence with which a new template's series begins: twice what a detector needs as a
baseline."""

MOST_PAUSE_S = 90.0
"""Seconds between two arrivals that are no loss: one and a half times the minute at which
OpenTelemetry's SDKs export metrics."""


def template_metric(template_id: str) -> str:
    """The pseudo metric of a template's rate in lines per minute."""
    return f"{_TEMPLATE}{template_id}.rate"


def about_metric(template_id: str) -> str:
    """The pseudo metric of other components' lines of a template that name this one."""
    return f"{_ABOUT}{template_id}.rate"


def is_log_rate(metric: str) -> bool:
    """Whether a metric is one that this module derives from log lines."""
    return metric == ERRORS or is_template_rate(metric)


def is_template_rate(metric: str) -> bool:
    """Whether a metric is a template's rate, whose deviations are changes, neither high nor low."""
    return metric.startswith((_TEMPLATE, _ABOUT))


def log_rates(
    counts: Iterable[tuple[str, str, float, int, int]],
    known: Collection[SeriesKey],
    *,
    start: float,
    end: float,
    step_s: float,
    watched_since: float | None = None,
) -> Mapping[SeriesKey, Series]:
    """Rates per step between `start` and `end` (epoch seconds; `start` a multiple of `step_s`). Of
    a last step that `end` cuts, the rate is that of the part before it.

    `counts` are (component, template id, step's start, lines, errors). A step without a line is
    a rate of 0, for what is in `counts` and for the `known` log rates: a template may go silent.
    A new template of a component whose lines were collected since `watched_since` had a rate of 0
    until now, which is included for up to `NEW_STEPS` steps: so its appearance is detected.
    """
    lines = _counted(counts, known)
    if not start < end:
        return {}
    fresh = [key for key in lines if key not in known and key.metric != ERRORS]
    fresh.sort(key=lambda key: (-lines[key].total(), key.component, key.metric))
    room = max(0, MAX_TEMPLATES - sum(key.metric != ERRORS for key in known))
    for key in fresh[room:]:
        del lines[key]
    heard = {key.component for key in known}
    began = start if watched_since is None else max(watched_since, end - NEW_STEPS * step_s)
    rates = {}
    for key, found in lines.items():
        is_news = key not in known and key.component in heard
        steps = np.arange(min(start, began) if is_news else start, end, step_s)
        covered_s = np.minimum(step_s, end - steps)
        values = np.array([found[at] for at in steps.tolist()]) * (60.0 / covered_s)
        rates[key] = Series(steps, values)
    return rates


def where_heard(
    rates: Mapping[SeriesKey, Series], came: Iterable[FloatArray], since: float
) -> Mapping[SeriesKey, Series]:
    """`rates` without those of steps in which all telemetry of their system was lost; `came` are
    the times from `since` on at which any of it came. That nothing was logged then is not known.

    Steps since the newest of those times are unknown until more comes, and so are those of gaps of
    more than `MOST_PAUSE_S`.
    """
    heard = np.unique(np.concatenate([np.empty(0), *came]))
    edges = np.concatenate([[-np.inf], heard, [np.inf]])
    known = {}
    for key, one in rates.items():
        after = np.searchsorted(heard, one.timestamps, side="right")
        pause = edges[after + 1] - edges[after]
        is_lost = (pause > MOST_PAUSE_S) & (one.timestamps > edges[after])
        is_lost &= one.timestamps >= since
        known[key] = Series(one.timestamps, np.where(is_lost, np.nan, one.values))
    return known


def _counted(
    counts: Iterable[tuple[str, str, float, int, int]], known: Collection[SeriesKey]
) -> dict[SeriesKey, Counter[float]]:
    """Lines by series and step; a `known` one is there without any."""
    lines: dict[SeriesKey, Counter[float]] = {key: Counter() for key in known}
    for component, template, at, count, errors in counts:
        lines.setdefault(SeriesKey(component, ERRORS), Counter())[at] += errors
        if template:
            key = SeriesKey(component, template_metric(template))
            lines.setdefault(key, Counter())[at] += count
    return lines
