"""Answers to many incidents with the same knowledge, in `WORKERS` processes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.lab_cases import WORKERS, Incident
from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.diagnoses import Analysis
from labo.domain.entities.series import Case
from labo.domain.knowledge.knowledge import Knowledge
from labo.services.knowledge.learnt_cache import LearntCache

_known: Knowledge | None = None
_learnt = LearntCache()
"""Of one process of the pool: weights are learnt once, not for each case."""


def answers(incidents: Sequence[Incident], known: Knowledge | None) -> list[Analysis]:
    """One per incident, in their order."""
    with ProcessPoolExecutor(
        WORKERS, mp_context=get_context("spawn"), initializer=_know, initargs=(known,)
    ) as pool:
        return list(pool.map(_answer, [one.case for one in incidents], chunksize=8))


def _know(known: Knowledge | None) -> None:
    global _known
    _known = known


def _answer(case: Case) -> Analysis:
    return analyse(case, _known, _learnt)
