"""Traces and log lines of a case as series, so that they are treated like any metric.

In addition to what `trace_signals` derives from traces, per component: `log.errors.rate` and, for
the templates that changed most, `log.template.<id>.rate` for its own lines and
`log.about.<id>.rate` for lines of other components that name it (lines per minute). Each is
compared with its own baseline; where traces or lines do not extend into the baseline, nothing is
known and nothing is added.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from labo.domain.diagnosis.localisation.signal_bins import Bins, binned, bins_of, is_comparable
from labo.domain.diagnosis.localisation.trace_signals import MAX_COMPONENTS, trace_series
from labo.domain.entities.series import Case, FloatArray, LogLine, Series, SeriesKey
from labo.domain.telemetry.log_rates import ERRORS, about_metric, template_metric
from labo.domain.telemetry.logs.templates import mask, template
from labo.domain.telemetry.logs.unstated import reports_error
from labo.domain.telemetry.logs.value_lists import WILDCARD

MAX_LINES = 20_000
"""Lines of each window that are read; of more, only every second, third … with a larger weight. It
bounds the time."""

MAX_TEMPLATES = 12
"""Templates of one component that become series: those that changed most. More would mostly be
noise, and each costs a series. By judgement."""

_WORD = re.compile(r"[\w-]+")
SHORTEST_NAME = 2
"""Least length of a component's name that is searched for: a single letter would match anywhere."""

_ERROR_LEVELS = frozenset({"ERROR", "CRITICAL", "FATAL", "SEVERE"})

_Counts = dict[str, dict[str, FloatArray]]
"""Lines per bin, by component and template's metric."""


def with_signals(case: Case) -> Case:
    """The case with its traces and lines as series. The case's own series are unchanged."""
    bins = bins_of(case)
    found = {**trace_series(case, bins), **_log_series(case, bins), **case.series}
    return replace(case, series=found) if found.keys() != case.series.keys() else case


def _log_series(case: Case, bins: Bins) -> dict[SeriesKey, Series]:
    known = [line for line in case.logs if math.isfinite(line.timestamp)]
    binned_items = binned(bins, [line.timestamp for line in known], known, MAX_LINES)
    unknown = _unheard(case, bins, [bin_ for bin_, _, _ in binned_items])
    if not is_comparable(bins, np.flatnonzero(~unknown).tolist()):
        return {}
    errors, templates = _counted(case, bins, binned_items)
    found = {}
    for component in sorted(templates)[:MAX_COMPONENTS]:
        chosen = {ERRORS: errors[component]} if errors[component].any() else {}
        chosen |= _most_changed(templates[component], bins)
        for metric, counts in chosen.items():
            rate = np.where(unknown, np.nan, counts * (60.0 / bins.width))
            found[SeriesKey(component, metric)] = Series(bins.starts, rate)
    return found


def _counted(
    case: Case, bins: Bins, binned_items: Sequence[tuple[int, LogLine, float]]
) -> tuple[dict[str, FloatArray], _Counts]:
    """Error lines, by their words where no severity is stated, and lines of each template, per
    component and bin."""
    size = bins.starts.size
    errors: dict[str, FloatArray] = defaultdict(lambda: np.zeros(size))
    templates: _Counts = defaultdict(lambda: defaultdict(lambda: np.zeros(size)))
    names = _names(case, (line.body for _, line, _ in binned_items))
    components = frozenset(case.topology.components)
    for bin_, line, weight in binned_items:
        errors[line.component][bin_] += weight * _is_error(line)
        id_ = template(mask(names.sub(WILDCARD, line.body))).id
        templates[line.component][template_metric(id_)][bin_] += weight
        for other in components.intersection(names.findall(line.body)) - {line.component}:
            templates[other][about_metric(id_)][bin_] += weight
    return errors, templates


def _is_error(line: LogLine) -> bool:
    return line.severity.upper() in _ERROR_LEVELS if line.severity else reports_error(line.body)


def _unheard(case: Case, bins: Bins, bins_at: Sequence[int]) -> npt.NDArray[np.bool_]:
    """The bins in which lines are unknown: before they were collected. Where that is not stated,
    before the first line of all and after the last, which need not have been silence."""
    if case.logs_since is not None:
        return np.asarray(bins.starts + bins.width <= case.logs_since, dtype=bool)
    unknown = np.ones(bins.starts.size, dtype=bool)
    if bins_at:
        unknown[min(bins_at) : max(bins_at) + 1] = False
    return unknown


def _names(case: Case, bodies: Iterable[str]) -> re.Pattern[str]:
    """The system's own names of components and operations, as words: unlike the error itself, they
    vary between systems. Only those whose first word occurs in `bodies`, as an expression of
    thousands takes seconds."""
    words = {word for body in bodies for word in _WORD.findall(body)}
    named = {name for span in case.traces for name in (span.operation, span.peer)}
    names = {
        name
        for name in named | set(case.topology.components)
        if len(name) >= SHORTEST_NAME and words.issuperset(_WORD.findall(name)[:1])
    }
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    any_of = "|".join(map(re.escape, longest_first)) or "(?!)"
    return re.compile(rf"(?<![\w.-])(?:{any_of})(?![\w-])")


def _most_changed(counts: Mapping[str, FloatArray], bins: Bins) -> dict[str, FloatArray]:
    """The templates that changed most, including new and vanished ones, by the difference of the
    rates' square roots, whose noise does not depend on the rate (Anscombe, Biometrika 35, 1948)."""

    def moved(metric: str) -> float:
        before, during = counts[metric][: bins.before].mean(), counts[metric][bins.before :].mean()
        return float(abs(math.sqrt(during) - math.sqrt(before)))

    order = sorted(counts, key=lambda metric: (-moved(metric), metric))
    return {metric: counts[metric] for metric in order[:MAX_TEMPLATES]}
