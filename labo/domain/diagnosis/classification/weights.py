"""Weights of the features that distinguish problems, learnt from many labelled incidents.

A multinomial logistic regression (Cox, J. R. Stat. Soc. B 20, 1958) over the components of resolved
incidents: each was the root cause, with a problem's title, or an affected component. Signatures
describe one problem and can be learnt from a single labelled incident; but there the metrics that
affected components share with the root cause each count in full. Here an uninformative feature has
no weight, and affected components are a class of their own, so that the weights need more labelled
incidents, and then localise as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labo.domain.diagnosis.classification.feature_vectors import source_of
from labo.domain.entities.series import FloatArray
from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample

MIN_CAUSES = 20
"""Labelled incidents from which weights distinguish problems better than signatures do (docs/adr/
0022)."""
STEPS = ((0.7, 1.5), (2.0, 4.0), (6.0, 8.0))
"""A feature is encoded in three columns, each rising from 0 at the first figure to 1 at the second,
so that its effect need not be linear in its size: slightly, clearly, far."""
PENALTY = 0.3
"""Half of this times the squared weights is added to the loss; results are the same from 0.03 to
1."""
FREE_PENALTY = 1e-3
"""The same for the intercepts, that is for how frequent each title is."""
MAX_ROUNDS = 300
"""Steps of the optimiser at most; it bounds the time."""
TOLERANCE = 1e-7
"""Relative decrease of the loss in one step below which the optimiser stops."""

Measured = Mapping[str, frozenset[str]]
"""Role → the sources that its components measure in a case, see `feature_vectors`."""


def seen_with(
    training_examples: Iterable[TrainingExample], measured: Measured
) -> list[TrainingExample]:
    """The examples restricted to what is `measured`; those of other roles are unchanged."""
    return [
        replace(one, features=_measured_part(one.features, measured[one.role]))
        if one.role in measured
        else one
        for one in training_examples
    ]


def _measured_part(features: Mapping[str, float], measured: frozenset[str]) -> dict[str, float]:
    return {feature: v for feature, v in features.items() if source_of(feature) in measured}


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """`values` is (columns + 1, titles + 1): the last row is the intercept, the first column the
    class of affected components."""

    titles: tuple[str, ...]
    columns: Mapping[str, int]
    values: FloatArray

    def log_odds(self, role: str, features: Mapping[str, float]) -> dict[str, float]:
        """Title → log-odds that this is its root cause rather than an affected component."""
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


def is_enough(training_examples: Sequence[TrainingExample]) -> bool:
    """Whether weights can be learnt from them: enough causes, and as many affected components."""
    causes = sum(one.title != NON_ROOT for one in training_examples)
    return min(causes, len(training_examples) - causes) >= MIN_CAUSES


def learn_weights(training_examples: Sequence[TrainingExample]) -> Weights | None:
    """The weights of the least penalised log loss, a convex problem: the order of the examples
    does not matter. None when there are too few causes, or affected components."""
    if not is_enough(training_examples):
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
        """Of each example the values of its columns, and the index of its title (0: affected
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
