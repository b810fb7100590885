"""The few metrics that carry the diagnosis: what one would still measure if most had to go.

Backward elimination by the learnt weights (Guyon et al., Machine Learning 46, 2002). Metrics that
say the same share what it weighs, and each looks dispensable: so they go in rounds, and what is
left takes over the weight of what went before it is judged again.
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
from labo.domain.knowledge.experiences import BYSTANDER, Example
from labo.errors import InvalidInput

ROUNDS = (0.7, 0.5, 0.35, 0.27)
"""What is kept, of all metrics, on the way to the share that is asked for."""
BYSTANDERS = 0.3
"""What telling a bystander counts beside telling a cause: they are many, and mostly quiet."""

Place = tuple[str, str]
"""(role, metric): a metric's common name on components of a role, or `log` for all lines."""


@dataclass(frozen=True, slots=True)
class Telling:
    """`metric` is a common name; `share` is its part, above 0, of what all the chosen ones tell."""

    role: str
    metric: str
    share: float

    @property
    def name(self) -> str:
        return measurement_key(self.role, self.metric)


def most_telling(examples: Sequence[Example], share: float) -> tuple[str, ...]:
    """The names of `telling_metrics`, each `role:metric`."""
    return tuple(one.name for one in telling_metrics(examples, share))


def telling_metrics(examples: Sequence[Example], share: float) -> tuple[Telling, ...]:
    """At most `share` of all (role, metric) that moved in an example, the most telling first.

    One that tells nothing is left out, also where more were allowed. The order of the examples
    decides at most which of two comes first that are even. Learns weights up to five times, which
    takes up to a minute. Raises InvalidInput for a share outside of (0, 1], and for too few
    examples to learn weights from.
    """
    if not 0 < share <= 1:
        raise InvalidInput(f"{share:g} is no share", where="share", hint="above 0 and up to 1")
    kept = sorted({(e.role, source_of(feature)) for e in examples for feature in e.pattern})
    count, scores = len(kept), dict[Place, float]()
    for part in (*(part for part in ROUNDS if part > share), share):
        scores = _scores(_seen_with(examples, kept))
        kept.sort(key=lambda place: (-scores.get(place, 0.0), place))
        del kept[int(part * count + 1e-9) :]  # 0.29 x 100 is a little less than 29
    telling = {place: scores[place] for place in kept if scores.get(place, 0.0) > 0}
    total = sum(telling.values())
    return tuple(Telling(role, metric, s / total) for (role, metric), s in telling.items())


def collected_as(one: Telling, metrics: Iterable[str]) -> tuple[str, ...]:
    """`role:metric` for each of `metrics` that has this common name; may be none.

    >>> collected_as(Telling("db", "call.rate", 0.1), ["db.client.operation.rate", "cpu"])
    ('db:db.client.operation.rate',)
    """
    names = sorted({metric for metric in metrics if common_name(metric) == one.metric})
    return tuple(measurement_key(one.role, name) for name in names)


def _seen_with(examples: Sequence[Example], kept: Collection[Place]) -> list[Example]:
    measured = {example.role: set[str]() for example in examples}
    for role, metric in kept:
        measured[role].add(metric)
    return seen_with(examples, {role: frozenset(found) for role, found in measured.items()})


def _scores(examples: Sequence[Example]) -> dict[Place, float]:
    """What each (role, metric) adds to the log odds of what the examples are, over all of them."""
    weights = _learnt(examples)
    places = {title: place for place, title in enumerate(weights.titles, 1)}
    scores: dict[Place, float] = {}
    for example in examples:
        for metric, said in weights.says(example.pattern).items():
            if example.title == BYSTANDER:
                told = BYSTANDERS * max(0.0, float(said[0] - said[1:].max()))
            else:
                told = float(said[places[example.title]] - said[0])
            key = example.role, metric
            scores[key] = scores.get(key, 0.0) + told
    return scores


def _learnt(examples: Sequence[Example]) -> Weights:
    weights = learn_weights(examples)
    if weights is None:
        causes = sum(example.title != BYSTANDER for example in examples)
        raise InvalidInput(
            f"{causes} causes and {len(examples) - causes} bystanders are too few to learn from",
            where="lessons",
            hint=f"{MIN_CAUSES} lessons are needed, and {MIN_CAUSES} components that were no cause",
        )
    return weights
