"""Variations of what is named: components, and the metric that the alert is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from benchmarks.robustness.variations import Variation
from labo.domain.diagnosis.localisation.symptom import family
from labo.domain.entities.series import Case, SeriesKey, Topology


def component_names(case: Case) -> tuple[str, ...]:
    """Every component that a case names, sorted."""
    topology, spans = case.topology, case.traces
    named = {case.target, *case.label, *case.roles, *topology.components}
    named |= {name for pair in topology.dependencies for name in pair}
    named |= {key.component for key in case.series} | {line.component for line in case.logs}
    named |= {span.component for span in spans} | {span.peer for span in spans}
    return tuple(sorted(named - {""}))


def hidden(case: Case, rng: np.random.Generator) -> Case:
    """The case with other, meaningless component names in another order."""
    names = component_names(case)
    numbers = rng.permutation(len(names))
    return renamed(case, {name: f"c{i:03d}" for name, i in zip(names, numbers, strict=True)})


def renamed(case: Case, new: Mapping[str, str]) -> Case:
    """The case with new component names (`new` holds all), also where log lines and operations
    mention them, in any case. Metrics keep their names, which are not the components'."""
    new = {**new, "": ""}
    spelt = {name.lower(): other for name, other in new.items()}
    longest_first = sorted(filter(None, new), key=len, reverse=True)
    any_of = "|".join(map(re.escape, longest_first))
    mention = re.compile(rf"(?<!\w)(?:{any_of})(?!\w)", re.IGNORECASE)

    @cache
    def rewritten(text: str) -> str:
        return mention.sub(lambda found: spelt[found[0].lower()], text)

    return replace(
        case,
        target=new[case.target],
        label=tuple(new[name] for name in case.label),
        roles={new[name]: role for name, role in case.roles.items()},
        topology=Topology(
            tuple(sorted(new[name] for name in case.topology.components)),
            tuple(sorted((new[a], new[b]) for a, b in case.topology.dependencies)),
        ),
        series={SeriesKey(new[k.component], k.metric): one for k, one in case.series.items()},
        logs=tuple(
            replace(line, component=new[line.component], body=rewritten(line.body))
            for line in case.logs
        ),
        traces=tuple(
            replace(
                span,
                component=new[span.component],
                peer=new[span.peer],
                operation=rewritten(span.operation),
            )
            for span in case.traces
        ),
    )


def by_family(case: Case, _rng: np.random.Generator) -> Case | None:
    """The alert names the metric without its statistic: `latency` for `latency_Average`."""
    return replace(case, metric=family(case.metric)) if case.metric else None


def without_metric(case: Case, _rng: np.random.Generator) -> Case | None:
    """The alert names no metric."""
    return replace(case, metric=None) if case.metric else None


NAMES_HIDDEN = Variation("names hidden", hidden)
FAMILY_NAMED = Variation("metric's family named", by_family)
NO_METRIC_NAMED = Variation("no metric named", without_metric)
