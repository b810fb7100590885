"""Weights take seconds to learn: the last ones are remembered, and never those of other labelled
incidents."""

from __future__ import annotations

import pickle

import numpy as np

from labo.domain.diagnosis.classification.learnt import learnt_of
from labo.domain.knowledge.knowledge import Knowledge
from labo.services.knowledge.learnt_cache import LearntCache
from tests.builders.training_set import look_alikes

EXAMPLES = tuple(look_alikes(20, 20))
ALL = frozenset({"latency", "errors", "disk", "iowait", "queue"})
SEEN = {"database": ALL}
WITHOUT = {"database": ALL - {"disk"}}


def test_the_same_measured_gives_the_same_object() -> None:
    """Whatever the order in which the metrics were met."""
    weights = LearntCache()
    first = weights(EXAMPLES, SEEN)

    assert first is not None
    assert weights(EXAMPLES, {"database": frozenset(sorted(ALL))}) is first
    assert weights(EXAMPLES, WITHOUT) is not first
    assert weights(EXAMPLES, SEEN) is first


def test_remembered_weights_are_the_learnt_ones() -> None:
    """To the bit: a diagnosis does not depend on who was diagnosed before."""
    weights = LearntCache()
    weights(EXAMPLES, WITHOUT)
    found, anew = weights(EXAMPLES, SEEN).weights, learnt_of(EXAMPLES, SEEN).weights

    assert found is not None
    assert anew is not None
    assert (found.titles, found.columns) == (anew.titles, anew.columns)
    np.testing.assert_array_equal(found.values, anew.values)


def test_only_so_many_sets_are_remembered_and_the_least_used_goes_first() -> None:
    """A workspace of many systems must not fill the memory."""
    weights = LearntCache(max_sets=2)
    first, second = weights(EXAMPLES, SEEN), weights(EXAMPLES, WITHOUT)
    again = weights(EXAMPLES, SEEN)
    weights(EXAMPLES, {"database": ALL - {"queue"}})

    assert again is first
    assert weights(EXAMPLES, SEEN) is first
    assert weights(EXAMPLES, WITHOUT) is not second


def test_other_examples_have_weights_of_their_own() -> None:
    """What was learnt since then counts at once."""
    weights = LearntCache()
    first = weights(EXAMPLES, SEEN)
    fewer = weights(EXAMPLES[:10], SEEN)

    assert first is not None
    assert fewer.weights is None
    assert weights(EXAMPLES, SEEN) is not first


def test_knowledge_is_a_value() -> None:
    """Two that say the same are equal, and one that was sent to another process too."""
    knowledge = Knowledge(training_examples=EXAMPLES)

    assert knowledge == Knowledge(training_examples=tuple(look_alikes(20, 20)))
    assert pickle.loads(pickle.dumps(knowledge)) == knowledge  # noqa: S301 - our own bytes
