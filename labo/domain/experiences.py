"""Experiences: what the graph learns from, one after the other, in the order of their numbers.

An experience says what happened and never what to conclude: the learner draws the conclusions,
so that replaying the same experiences gives the identical state (design: causality, section 5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ExperienceKind(StrEnum):
    """What an experience is about; `Lesson`, a decision, or an executed action's effect."""

    LESSON = "lesson"
    DECISION = "decision"
    ACTION = "action"
    EXPERIMENT = "experiment"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A resolved incident whose cause is known: problem (key) on a component of `role`.

    `readings` are the robust deviations (-10..10) of that component's metrics in the symptom
    window against its baseline; a metric without data is absent: unknown, not normal.
    `foreseen` is the probability that the diagnosis before the lesson gave the true cause, and
    `verdict` what it claimed; both feed the calibration. None where there was no diagnosis.
    """

    problem: str
    title: str
    role: str
    component: str
    readings: Mapping[str, float]
    foreseen: float | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Experience:
    """One lesson for the online models. `id` follows from its source, so it counts once.

    `seq` is taken in the transaction that writes it, from 1 on without gaps per workspace; 0
    means not kept yet. `authenticated` is whether a known person or an operator's tool says so:
    others are quarantined, kept but not learnt from. `content` depends on `kind`; for a LESSON
    it is the fields of `Lesson`.
    """

    id: str
    kind: ExperienceKind
    system: str
    occurred_at: datetime
    content: Mapping[str, object]
    incident: str | None = None
    authenticated: bool = False
    seq: int = 0
