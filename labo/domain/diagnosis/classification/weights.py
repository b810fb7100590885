"""What tells problems apart, learnt from many labelled incidents: weights of what a component's
metrics do.

A multinomial logistic regression (Cox, J. R. Stat. Soc. B 20, 1958) over the components of resolved
incidents: each was the cause, by a problem's title, or an affected component. Signatures say how
one problem shows and can be learnt from a single labelled incident; but the metrics that a fault's
victims share with its cause count there once for each metric. Here what tells nothing weighs
nothing, and victims are learnt as such, so that the weights need some labelled incidents, and then
know the place as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labo.domain.diagnosis.classification.feature_vectors import source_of
from labo.domain.entities.series import FloatArray
from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample

MIN_CAUSES = 20
"""Labelled incidents with which weights begin to tell more than signatures do."""
STEPS = ((0.7, 1.5), (2.0, 4.0), (6.0, 8.0))
"""A value counts from 0 at the first figure to 1 at the second, so that weights are no straight
line through the size: slightly, clearly, far."""
PENALTY = 0.3
"""Half of this times the squared weights is added to the loss; from 0.03 to 1 all is alike."""
FREE_PENALTY = 1e-3
"""The same for how frequent each title is."""
MAX_ROUNDS = 300
"""Steps of the search for the weights at most: it bounds the time."""
TOLERANCE = 1e-7
"""Relative gain of the loss in one step below which the search ends."""

Measured = Mapping[str, frozenset[str]]
"""Role → what its components measure in a case, see `feature_vectors`."""


def seen_with(
    training_examples: Iterable[TrainingExample], measured: Measured
) -> list[TrainingExample]:
    """The examples as they look where only `measured` is; roles that it lacks stay as they are."""
    return [
        replace(one, features=_kept(one.features, measured[one.role]))
        if one.role in measured
        else one
        for one in training_examples
    ]


def _kept(features: Mapping[str, float], measured: frozenset[str]) -> dict[str, float]:
    return {feature: v for feature, v in features.items() if source_of(feature) in measured}


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """`values` is (columns + 1, titles + 1): the last row without any column, the first column of
    an affected component."""

    titles: tuple[str, ...]
    columns: Mapping[str, int]
    values: FloatArray

    def log_odds(self, role: str, features: Mapping[str, float]) -> dict[str, float]:
        """Title → log of how much likelier this is its cause than an affected component."""
        found = self.values[-1].copy()
        for column, value in _columns(role, features):
            index = self.columns.get(column)
            if index is not None:
                found += value * self.values[index]
        return dict(zip(self.titles, (found[1:] - found[0]).tolist(), strict=True))

    def contributions(self, features: Mapping[str, float]) -> dict[str, FloatArray]:
        """Source → what its columns add to an affected component's logit and to each title's:
        (titles + 1,).

        Sources whose columns have no weight are absent.
        """
        found: dict[str, FloatArray] = {}
        for feature, value in features.items():
            source = source_of(feature)
            for column, size in _steps(feature, value):
                index = self.columns.get(column)
                if index is not None:
                    found[source] = found.get(source, 0.0) + size * self.values[index]
        return found


WeightsOf = Callable[[tuple[TrainingExample, ...], Measured], Weights | None]
"""Who gives the weights of examples for a case: `weights_of`, or what remembers its answers."""


def weights_of(
    training_examples: tuple[TrainingExample, ...], measured: Measured
) -> Weights | None:
    """The weights that `examples` give for a case in which only `measured` is read.

    A metric that is not measured is no metric that did not move: without it the others have other
    weights. None while there are too few examples. Learns anew, which takes up to seconds.
    """
    return learn_weights(seen_with(training_examples, measured))


def learn_weights(training_examples: Sequence[TrainingExample]) -> Weights | None:
    """The weights of the least penalised log loss, a convex problem: the order of the examples
    does not matter. None when there are too few causes, or affected components."""
    causes = sum(one.title != NON_ROOT for one in training_examples)
    if min(causes, len(training_examples) - causes) < MIN_CAUSES:
        return None
    from scipy.optimize import minimize  # only here: few processes learn

    titles = tuple(sorted({one.title for one in training_examples} - {NON_ROOT}))
    indices = {NON_ROOT: 0} | {title: index for index, title in enumerate(titles, 1)}
    given = [dict(_columns(one.role, one.features)) for one in training_examples]
    columns = {name: index for index, name in enumerate(sorted(set().union(*given)))}
    loss = _Loss(given, columns, [indices[one.title] for one in training_examples])
    start = np.zeros(loss.shape)
    found = minimize(
        loss,
        start.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MAX_ROUNDS, "ftol": TOLERANCE},
    )
    return Weights(titles, columns, found.x.reshape(loss.shape))


class _Loss:
    """Penalised log loss and its gradient, over the flattened weights."""

    def __init__(
        self,
        given: Sequence[Mapping[str, float]],
        columns: Mapping[str, int],
        titles: Sequence[int],
    ) -> None:
        """Of each example the values of its columns, and the place of its title (0: affected
        component)."""
        from scipy.sparse import csr_array

        count, width = len(given), len(columns) + 1
        entries = [
            (row, columns[column], value)
            for row, values in enumerate(given)
            for column, value in values.items()
        ]
        entries += [(row, width - 1, 1.0) for row in range(count)]
        rows, columns_of, values = zip(*entries, strict=True)
        self._given = csr_array((values, (rows, columns_of)), shape=(count, width))
        self._given_by_column = self._given.T.tocsr()
        self._titles = np.eye(max(titles) + 1)[titles]
        self._penalty = np.full((width, 1), PENALTY)
        self._penalty[-1] = FREE_PENALTY
        self.shape = (width, self._titles.shape[1])

    def __call__(self, flat: FloatArray) -> tuple[float, FloatArray]:
        weights = flat.reshape(self.shape)
        logits: FloatArray = self._given @ weights
        logits -= logits.max(axis=1, keepdims=True)
        shares = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        slope = self._given_by_column @ (np.exp(shares) - self._titles) + self._penalty * weights
        lost = -(shares * self._titles).sum() + 0.5 * (self._penalty * weights * weights).sum()
        return float(lost), slope.ravel()


def _columns(role: str, features: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    yield f"role={role}", 1.0
    for feature, value in features.items():
        yield from _steps(feature, value)


def _steps(feature: str, value: float) -> Iterator[tuple[str, float]]:
    size, way = abs(value), "high" if value > 0 else "low"
    for step, (low, high) in enumerate(STEPS):
        if size > low:
            yield f"{feature}:{way}:{step}", min(1.0, (size - low) / (high - low))
