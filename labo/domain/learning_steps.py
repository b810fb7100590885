"""What one lesson adds to the signatures."""

from __future__ import annotations

from collections.abc import Iterable

from labo.domain.conditions import Direction, condition_key
from labo.domain.experiences import Lesson
from labo.domain.signatures import Signature

SEEN_FROM = 3.0


def increments(lesson: Lesson, known: Iterable[Signature]) -> list[Signature]:
    found = []
    for metric, size in lesson.readings.items():
        for way in (Direction.HIGH, Direction.LOW):
            seen = size >= SEEN_FROM if way is Direction.HIGH else size <= -SEEN_FROM
            if not seen and not (way is Direction.HIGH and abs(size) < SEEN_FROM):
                continue
            key = condition_key(lesson.role, metric, way)
            found.append(
                Signature(
                    lesson.problem,
                    key,
                    metric,
                    way,
                    lesson.role,
                    hits=int(seen),
                    misses=int(not seen),
                    size_sum=size,
                    size_squares=size * size,
                )
            )
    for other in known:
        reading = lesson.readings.get(other.metric)
        if other.problem == lesson.problem or reading is None:
            continue
        seen = reading >= SEEN_FROM if other.direction is Direction.HIGH else reading <= -SEEN_FROM
        found.append(
            Signature(
                other.problem,
                other.condition,
                other.metric,
                other.direction,
                other.role,
                false_hits=int(seen),
                quiets=int(not seen),
            )
        )
    return found
