"""Will this action work for this problem here? One online model, River's logistic regression.

Its parameters are plain numbers that JSON preserves to the last bit: the graph is not trusted with
code, so nothing is pickled (ADR 0018).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from labo.domain.entities.components import guess_role
from labo.domain.entities.diagnoses import Analysis
from labo.domain.knowledge.experiences import Attempt

LEARNING_RATE = 0.3
"""Step size of the gradient descent. By judgement: the first attempt moves an untouched probability
of 0.5 to about 0.7."""
LARGEST_UNATTENDED_STEP = 0.05
"""Most that an outcome which no person assessed moves the probability of the same question. By
judgement."""
DECISION_WEIGHT = 0.5
"""Weight of a person's approval, which is less evidence than a measured effect. By judgement."""


@dataclass(frozen=True, slots=True)
class OutcomeWeights:
    """The model's parameters. `weights` are (feature, weight) in the order first encountered: the
    order of summation determines the last bit."""

    intercept: float = 0.0
    weights: tuple[tuple[str, float], ...] = ()


UNKNOWN = "unknown"
NOTHING_LEARNT = OutcomeWeights()


def question_of(analysis: Analysis | None) -> tuple[str, str]:
    """Problem and role under which an action for this diagnosis is predicted and learnt.

    The problem is the leading suspect's title or, where it has none, the suspect's state in the
    chains; `unknown` where there is neither. The role is the one that its name suggests.
    """
    if analysis is None or not analysis.suspects:
        return UNKNOWN, UNKNOWN
    leading = analysis.suspects[0]
    states = (
        chain.conditions[0]
        for chain in analysis.chains
        if chain.conditions and chain.components[0] == leading.component
    )
    return leading.problem or next(states, UNKNOWN), guess_role(leading.component)


class _OnlineModel(Protocol):
    """The part of River's model that is used."""

    intercept: float

    @property
    def weights(self) -> Mapping[str, float]: ...

    def learn_one(self, x: Mapping[str, float], y: bool, w: float) -> None: ...

    def predict_proba_one(self, x: Mapping[str, float]) -> Mapping[bool, float]: ...


class OutcomeModel:
    """`learn` takes one attempt at a time, `chance` predicts. Deterministic given the order."""

    def __init__(self, state: OutcomeWeights = NOTHING_LEARNT) -> None:
        self._model = _restored(state)

    @property
    def state(self) -> OutcomeWeights:
        return OutcomeWeights(float(self._model.intercept), tuple(self._model.weights.items()))

    def chance(self, template: str, problem: str, role: str, system: str) -> float:
        """P(the action works), 0.5 while there is no evidence for or against it."""
        return self._chance(_features(template, problem, role, system))

    def learn(self, attempt: Attempt, system: str, *, weight: float = 1.0) -> None:
        """One gradient step; an unattended attempt moves `chance` by a bounded step at most."""
        x = _features(attempt.template, attempt.problem, attempt.role, system)
        if not attempt.attended:
            weight = min(weight, self._bound(x, attempt.worked))
        self._model.learn_one(x, attempt.worked, weight)

    def _bound(self, x: Mapping[str, float], worked: bool) -> float:
        """The weight whose step is the largest allowed.

        The logistic function is nowhere steeper than 1/4, and the step moves its argument by
        rate * weight * |p - y| * (features + 1).
        """
        error = abs(self._chance(x) - worked)
        step = LEARNING_RATE * error * (len(x) + 1)
        return 4 * LARGEST_UNATTENDED_STEP / step if step else 0.0

    def _chance(self, x: Mapping[str, float]) -> float:
        return float(self._model.predict_proba_one(x)[True])


def _features(template: str, problem: str, role: str, system: str) -> dict[str, float]:
    """From general to specific, so that experience from elsewhere helps here."""
    return {
        f"{template}": 1.0,
        f"{template}|role:{role}": 1.0,
        f"{template}|problem:{problem}": 1.0,
        f"{template}|problem:{problem}|system:{system}": 1.0,
    }


def _restored(state: OutcomeWeights) -> _OnlineModel:
    # Importing River takes a second, which only processes that learn should pay.
    from river.linear_model import LogisticRegression
    from river.optim import SGD
    from river.utils import VectorDict

    model = LogisticRegression(
        optimizer=SGD(LEARNING_RATE), intercept_lr=LEARNING_RATE, intercept_init=state.intercept
    )
    model._weights = VectorDict(dict(state.weights))
    restored: _OnlineModel = model
    return restored
