"""What the last cases were diagnosed with, cached since it takes seconds to learn."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from labo.domain.diagnosis.classification.learnt import Learnt, learnt_of
from labo.domain.diagnosis.classification.weights import Measured
from labo.domain.knowledge.experiences import TrainingExample

MAX_SETS = 8
"""Sets of measured metrics. Incidents of one workspace happen in a few contexts, each with its
roles and metrics; one has (columns + 1) x (titles + 1) weights and
as many features as columns of each labelled incident."""

_Key = frozenset[tuple[str, frozenset[str]]]


class LearntCache:
    """A `LearntOf` that caches its last answers for the training examples used last.

    Examples are the same when they are the same object, as `TrainingSetReader` gives them:
    comparing thousands of them would take longer than most diagnoses. Safe to share between
    threads; two simultaneous callers both learn, and get equal answers.
    """

    def __init__(self, max_sets: int = MAX_SETS) -> None:
        self._max_sets = max_sets
        self._lock = Lock()
        self._examples: tuple[TrainingExample, ...] = ()
        self._cached: OrderedDict[_Key, Learnt] = OrderedDict()

    def __call__(self, examples: tuple[TrainingExample, ...], measured: Measured) -> Learnt:
        """As `learnt_of`; the least recently used set goes first."""
        key = frozenset(measured.items())
        with self._lock:
            if self._examples is not examples:
                self._examples, self._cached = examples, OrderedDict()
            cached = self._cached
            if key in cached:
                cached.move_to_end(key)
                return cached[key]
        learnt = learnt_of(examples, measured)  # not under the lock: it takes up to seconds
        with self._lock:
            cached[key] = learnt
            while len(cached) > self._max_sets:
                cached.popitem(last=False)
        return learnt
