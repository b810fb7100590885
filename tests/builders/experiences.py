"""Experiences with everything defaulted but what a test speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from labo.domain.knowledge.experiences import (
    Attempt,
    Experience,
    ExperienceKind,
    Lesson,
    lesson_content,
)

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)


def a_lesson(
    problem: str = "p1",
    readings: Mapping[str, float] | None = None,
    *,
    role: str = "database",
    foreseen: float | None = None,
    verdict: str | None = None,
) -> Lesson:
    seen = {"latency": 9.0, "cpu": 0.0} if readings is None else readings
    return Lesson(
        problem,
        f"{problem} happens",
        role,
        "db",
        seen,
        foreseen,
        verdict,
        shown=foreseen,
        raw=foreseen,
        right=None if foreseen is None else foreseen > 0.5,
    )


def taught(
    id_: str,
    lesson: Lesson | None = None,
    *,
    authenticated: bool = True,
    replaces: tuple[str, ...] = (),
    incident: str | None = None,
) -> Experience:
    """A LESSON experience."""
    return Experience(
        id=id_,
        kind=ExperienceKind.LESSON,
        system="shop",
        occurred_at=AT,
        content=lesson_content(lesson or a_lesson()),
        incident=incident,
        authenticated=authenticated,
        replaces=replaces,
    )


def tried(
    id_: str,
    *,
    worked: bool = True,
    template: str = "restart",
    problem: str = "p1",
    kind: ExperienceKind = ExperienceKind.ACTION,
    attended: bool = True,
) -> Experience:
    """An ACTION or DECISION experience."""
    attempt = Attempt(template, problem, "database", worked, attended)
    content = {name: getattr(attempt, name) for name in Attempt.__slots__}
    return Experience(id_, kind, "shop", AT, content, authenticated=True)


def numbered(experiences: Iterable[Experience], first: int = 1) -> list[Experience]:
    """As the graph numbers them."""
    return [replace(one, seq=seq) for seq, one in enumerate(experiences, first)]
