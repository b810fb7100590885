"""What provoked incidents teach, one after the other, as an import of labelled cases does."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from benchmarks.identification_cases import knowledge_of, relabelled
from benchmarks.lab_cases import Incident
from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.keys import hypothesis_key
from labo.domain.knowledge.calibration import Calibration, Claim, calibrate, recent
from labo.domain.knowledge.experiences import Lesson
from labo.domain.learning.labelled_incidents import claims, lessons_of
from labo.services.knowledge.learnt_weights import LearntWeights

AT_ONCE = 20
"""So many incidents are diagnosed with the same knowledge, which saves learning it for each."""


@dataclass(frozen=True, slots=True)
class Taught:
    """`calibration` is by what was claimed of each incident before its label was seen."""

    lessons: tuple[Lesson, ...]
    calibration: Calibration


def taught(incidents: Iterable[Incident]) -> Taught:
    """Diagnose each with what the earlier ones taught, then learn its label."""
    lessons: list[Lesson] = []
    claimed: list[Claim] = []
    known, weights = knowledge_of(lessons), LearntWeights()
    for number, incident in enumerate(incidents):
        label = tuple(hypothesis_key(kind, place) for kind, place in incident.truth)
        if number % AT_ONCE == 0:
            known = replace(knowledge_of(lessons), calibration=calibrate(recent(claimed)))
        case = replace(incident.case, label=label)
        found = lessons_of(case, claims(incident.case, known, weights)).lessons
        lessons += found
        claimed += [claim for lesson in found if (claim := _claim(lesson))]
    return Taught(tuple(lessons), calibrate(recent(claimed)))


def _claim(lesson: Lesson) -> Claim | None:
    if lesson.raw is None or lesson.right is None or lesson.verdict is None:
        return None
    return Claim(lesson.raw, lesson.right, Verdict(lesson.verdict))


def permuted(lessons: Sequence[Lesson]) -> list[Lesson]:
    """The lessons under each other's labels, by chance."""
    order = list(range(len(lessons)))
    random.Random(1).shuffle(order)
    return relabelled(lessons, order)
