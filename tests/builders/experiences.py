"""Experiences with everything defaulted but what a test speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from labo.domain.knowledge.experiences import (
    Attempt,
    Experience,
    ExperienceKind,
    LabelledIncident,
    labelled_incident_content,
)

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)


def a_labelled_incident(
    problem: str = "p1",
    z_scores: Mapping[str, float] | None = None,
    *,
    role: str = "database",
    foreseen: float | None = None,
    verdict: str | None = None,
) -> LabelledIncident:
    seen = {"latency": 9.0, "cpu": 0.0} if z_scores is None else z_scores
    return LabelledIncident(
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


def labelled(
    id_: str,
    labelled_incident: LabelledIncident | None = None,
    *,
    authenticated: bool = True,
    replaces: tuple[str, ...] = (),
    incident: str | None = None,
) -> Experience:
    """A LESSON experience."""
    return Experience(
        id=id_,
        kind=ExperienceKind.LABELLED_INCIDENT,
        system="shop",
        occurred_at=AT,
        content=labelled_incident_content(labelled_incident or a_labelled_incident()),
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
