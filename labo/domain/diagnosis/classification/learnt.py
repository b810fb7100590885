"""What is learnt from training examples for a case: weights that choose, prototypes that doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from labo.domain.diagnosis.classification.resemblance import Prototypes, prototypes_of
from labo.domain.diagnosis.classification.weights import (
    Measured,
    Weights,
    learn_weights,
    seen_with,
)
from labo.domain.knowledge.experiences import TrainingExample


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """`weights` are None while there are too few examples, `prototypes` without a root cause."""

    weights: Weights | None = None
    prototypes: Prototypes | None = None


LearntOf = Callable[[tuple[TrainingExample, ...], Measured], Learnt]
"""Provides what is learnt from training examples for a case: `learnt_of`, or a cache of it."""


def learnt_of(training_examples: tuple[TrainingExample, ...], measured: Measured) -> Learnt:
    """What is learnt from the examples for a case in which only `measured` is available.

    A metric that is not measured differs from one that did not move: without it the others have
    different weights. Learns anew, which takes up to seconds.
    """
    seen = seen_with(training_examples, measured)
    return Learnt(learn_weights(seen), prototypes_of(seen))
