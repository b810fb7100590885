"""The most informative metrics: what one would still collect if most had to go.

Recursive feature elimination by the learnt weights (Guyon et al., Machine Learning 46, 2002).
Redundant metrics share their weight, so that each looks dispensable: they are therefore removed in
rounds, and the weights are fitted again to those that are left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from labo.domain.diagnosis.classification.feature_vectors import common_name, source_of
from labo.domain.diagnosis.classification.weights import (
    MIN_CAUSES,
    Weights,
    learn_weights,
    seen_with,
)
from labo.domain.entities.keys import measurement_key
from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample
from labo.errors import InvalidInput

ROUNDS = (0.7, 0.5, 0.35, 0.27)
"""Shares of all metrics that are left after each round, down to the requested one. By judgement."""
NON_ROOT_WEIGHT = 0.3
"""Weight of recognising an affected component beside recognising a root cause: affected ones are
many, and mostly quiet. By judgement."""

RoleMetric = tuple[str, str]
"""(role, metric): a metric's common name on components of a role, or `log` for all lines."""


@dataclass(frozen=True, slots=True)
class InformativeMetric:
    """`metric` is a common name; `share`, above 0, its part of the chosen metrics' information."""

    role: str
    metric: str
    share: float

    @property
    def name(self) -> str:
        return measurement_key(self.role, self.metric)


def most_informative(training_examples: Sequence[TrainingExample], share: float) -> tuple[str, ...]:
    """The names of `informative_metrics`, each `role:metric`."""
    return tuple(one.name for one in informative_metrics(training_examples, share))


def informative_metrics(
    training_examples: Sequence[TrainingExample], share: float
) -> tuple[InformativeMetric, ...]:
    """At most `share` of all (role, metric) that moved in an example, the most informative first.

    An uninformative one is left out, even where more were allowed. The order of the examples only
    decides between metrics that are equally informative. Learns weights up to five times, which
    takes up to a minute. Raises InvalidInput for a share outside of (0, 1], and for too few
    examples to learn weights from.
    """
    if not 0 < share <= 1:
        raise InvalidInput(f"invalid share {share:g}", where="share", hint="above 0 and up to 1")
    metrics = sorted(
        {(e.role, source_of(feature)) for e in training_examples for feature in e.features}
    )
    count, scores = len(metrics), dict[RoleMetric, float]()
    for part in (*(part for part in ROUNDS if part > share), share):
        scores = _scores(_seen_with(training_examples, metrics))
        metrics.sort(key=lambda metric_key: (-scores.get(metric_key, 0.0), metric_key))
        del metrics[int(part * count + 1e-9) :]  # 0.29 x 100 is a little less than 29
    informative = {
        metric_key: scores[metric_key] for metric_key in metrics if scores.get(metric_key, 0.0) > 0
    }
    total = sum(informative.values())
    return tuple(
        InformativeMetric(role, metric, s / total) for (role, metric), s in informative.items()
    )


def collected_as(one: InformativeMetric, metrics: Iterable[str]) -> tuple[str, ...]:
    """`role:metric` for each of `metrics` that has this common name; may be none.

    >>> collected_as(InformativeMetric("db", "call.rate", 0.1), ["db.client.operation.rate", "cpu"])
    ('db:db.client.operation.rate',)
    """
    names = sorted({metric for metric in metrics if common_name(metric) == one.metric})
    return tuple(measurement_key(one.role, name) for name in names)


def _seen_with(
    training_examples: Sequence[TrainingExample], kept: Collection[RoleMetric]
) -> list[TrainingExample]:
    measured = {training_example.role: set[str]() for training_example in training_examples}
    for role, metric in kept:
        measured[role].add(metric)
    return seen_with(
        training_examples, {role: frozenset(found) for role, found in measured.items()}
    )


def _scores(training_examples: Sequence[TrainingExample]) -> dict[RoleMetric, float]:
    """What each (role, metric) adds to the log-odds of the examples' true titles, in total."""
    weights = _learnt(training_examples)
    indices = {title: index for index, title in enumerate(weights.titles, 1)}
    scores: dict[RoleMetric, float] = {}
    for training_example in training_examples:
        for metric, contribution in weights.contributions(training_example.features).items():
            if training_example.title == NON_ROOT:
                score = NON_ROOT_WEIGHT * max(0.0, float(contribution[0] - contribution[1:].max()))
            else:
                score = float(contribution[indices[training_example.title]] - contribution[0])
            key = training_example.role, metric
            scores[key] = scores.get(key, 0.0) + score
    return scores


def _learnt(training_examples: Sequence[TrainingExample]) -> Weights:
    weights = learn_weights(training_examples)
    if weights is None:
        causes = sum(training_example.title != NON_ROOT for training_example in training_examples)
        raise InvalidInput(
            f"{causes} root causes and {len(training_examples) - causes} affected components "
            "are too few to learn from",
            where="labelled incidents",
            hint=f"{MIN_CAUSES} labelled incidents are needed, and {MIN_CAUSES} components that "
            "were not the root cause",
        )
    return weights
