"""What provoked incidents teach, one after the other, as an import of labelled cases does."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from benchmarks.identification_cases import knowledge_of, relabelled
from benchmarks.lab_cases import Incident
from labo.domain.calibration import Calibration, Claim, calibrate
from labo.domain.diagnoses import Verdict
from labo.domain.experiences import Lesson
from labo.domain.lessons import claims, lessons_of


@dataclass(frozen=True, slots=True)
class Taught:
    """`calibration` is by what was claimed of each incident before its label was seen."""

    lessons: tuple[Lesson, ...]
    calibration: Calibration


def taught(incidents: Iterable[Incident]) -> Taught:
    """Diagnose each with what the earlier ones taught, then learn its label."""
    lessons: list[Lesson] = []
    claimed: list[Claim] = []
    for incident in incidents:
        label = tuple(f"{kind}@{place}" for kind, place in incident.truth)
        known = replace(knowledge_of(lessons), calibration=calibrate(claimed))
        case = replace(incident.case, label=label)
        found = lessons_of(case, claims(incident.case, known)).lessons
        lessons += found
        claimed += [claim for lesson in found if (claim := _claim(lesson))]
    return Taught(tuple(lessons), calibrate(claimed))


def _claim(lesson: Lesson) -> Claim | None:
    if lesson.raw is None or lesson.right is None or lesson.verdict is None:
        return None
    return Claim(lesson.raw, lesson.right, Verdict(lesson.verdict))


def permuted(lessons: Sequence[Lesson]) -> list[Lesson]:
    """The lessons under each other's labels, by chance."""
    order = list(range(len(lessons)))
    random.Random(1).shuffle(order)
    return relabelled(lessons, order)
