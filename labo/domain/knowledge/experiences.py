"""Experiences: what the graph learns from, one after the other, in the order of their numbers.

An experience records what happened and never what follows from it: the learner draws the
conclusions, so that replaying the same experiences gives the identical state (design: causality,
section 5).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite

from labo.domain.entities.keys import digest
from labo.domain.entities.problems import ProblemKind

Z_SCORE_GRID = 1024
"""Robust z-scores are stored in steps of 1/1024: sums of them, and of their squares, are then exact
in binary, so that the order in which labelled incidents are added has no effect."""

MAX_FLOAT = sys.float_info.max
_KINDS = frozenset(kind.value for kind in ProblemKind)


class ExperienceKind(StrEnum):
    """What an experience is about: a resolved incident with a known cause, a person's decision, the
    effect of an executed action, or an experiment, from which nothing is learnt yet."""

    LABELLED_INCIDENT = "lesson"
    DECISION = "decision"
    ACTION = "action"
    EXPERIMENT = "experiment"


NON_ROOT = ""
"""The title of a component that was not the root cause."""


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """One component during a resolved incident: the problem's title where it was the root cause,
    and its feature vector (see `labo.domain.diagnosis.classification.feature_vectors`).

    `problem` is the key of a root cause's problem where it is known, `is_imported` whether the
    incident was labelled in another workspace.
    """

    role: str
    title: str
    features: Mapping[str, float]
    problem: str = ""
    is_imported: bool = False


@dataclass(frozen=True, slots=True)
class LabelledIncident:
    """A resolved incident whose cause is known: problem (key) on a component of `role`.

    `z_scores` are the robust z-scores (compressed) of that component's metrics in the symptom
    window against its baseline; a metric without data is absent: unknown, not normal.
    `foreseen` is the probability that the diagnosis made before the label gave the true cause,
    `verdict` its verdict; None where there was no diagnosis. For the calibration: `shown` is the
    probability with which its leading suspect was shown, `raw` the same before calibration, and
    `right` whether that suspect was the cause. `training_examples` are the root cause and the
    affected components.
    """

    problem: str
    title: str
    role: str
    component: str
    z_scores: Mapping[str, float]
    foreseen: float | None = None
    verdict: str | None = None
    kind: ProblemKind = ProblemKind.ALERT
    shown: float | None = None
    raw: float | None = None
    right: bool | None = None
    training_examples: tuple[TrainingExample, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """Whether an action (template id) helped against a problem (key) on a component of `role`.

    For a DECISION, `worked` is whether a person approved it. `attended` is whether a person
    assessed it: what a machine measured moves a probability by a bounded step only.
    """

    template: str
    problem: str
    role: str
    worked: bool
    attended: bool = True


@dataclass(frozen=True, slots=True)
class Experience:
    """One record to learn from. `id` derives from its source, so that it counts once.

    `seq` is assigned in the transaction that writes it, from 1 without gaps per workspace; 0 means
    not saved yet. `authenticated` is whether it comes from a known person or an operator's tool:
    others are quarantined, that is saved but not learnt from. `content` depends on `kind`; for a
    LABELLED_INCIDENT it is that of `LabelledIncident` (empty where a correction only withdraws a
    label), for a DECISION or an ACTION that of `Attempt`. `incident` is the id of the incident, or
    of the labelled case, that it is about. `replaces` are the ids of earlier experiences that this
    one corrects and that no longer count.
    """

    id: str
    kind: ExperienceKind
    system: str
    occurred_at: datetime
    content: Mapping[str, object]
    incident: str | None = None
    authenticated: bool = False
    replaces: tuple[str, ...] = ()
    seq: int = 0


def decision_id(proposal: str) -> str:
    """The id of a decision's experience: a proposal is decided once, so it counts once."""
    return digest("experience", "decision", proposal)


def labelled_incident_content(labelled_incident: LabelledIncident) -> dict[str, object]:
    """The content under which it is saved: finite z-scores only, on the grid."""
    known = {
        metric: round(value * Z_SCORE_GRID) / Z_SCORE_GRID
        for metric, value in sorted(labelled_incident.z_scores.items())
        if isfinite(value)
    }
    content = asdict(labelled_incident)
    del content["z_scores"], content["training_examples"]
    examples = [
        {"role": one.role, "title": one.title, "pattern": dict(one.features)}
        for one in labelled_incident.training_examples
    ]
    return {
        **content,
        "readings": known,
        "kind": labelled_incident.kind.value,
        "examples": examples,
    }


def labelled_incident_of(experience: Experience) -> LabelledIncident | None:
    """The labelled incident in a LABELLED_INCIDENT's content; None when it is not a valid one."""
    content = experience.content
    texts = [content.get(name) for name in ("problem", "title", "role", "component")]
    z_scores = _z_scores(content.get("readings"))
    foreseen, verdict = content.get("foreseen"), content.get("verdict")
    right = content.get("right")
    kind = str(content.get("kind", ProblemKind.ALERT.value))
    if (
        experience.kind is not ExperienceKind.LABELLED_INCIDENT
        or not all(isinstance(text, str) and text for text in texts)
        or z_scores is None
        or kind not in _KINDS
    ):
        return None
    problem, title, role, component = map(str, texts)
    return LabelledIncident(
        problem=problem,
        title=title,
        role=role,
        component=component,
        z_scores=z_scores,
        foreseen=finite_number(foreseen),
        verdict=verdict if isinstance(verdict, str) else None,
        kind=ProblemKind(kind),
        shown=finite_number(content.get("shown")),
        raw=finite_number(content.get("raw")),
        right=right if isinstance(right, bool) else None,
        training_examples=_training_examples(content.get("examples")),
    )


def attempt_of(experience: Experience) -> Attempt | None:
    """The attempt in a DECISION's or an ACTION's content; None when it is not a valid one."""
    content = experience.content
    texts = [content.get(name) for name in ("template", "problem", "role")]
    worked, attended = content.get("worked"), content.get("attended", True)
    if (
        experience.kind not in (ExperienceKind.DECISION, ExperienceKind.ACTION)
        or not all(isinstance(text, str) and text for text in texts)
        or not isinstance(worked, bool)
        or not isinstance(attended, bool)
    ):
        return None
    template, problem, role = map(str, texts)
    return Attempt(template, problem, role, worked, attended)


def _z_scores(value: object) -> dict[str, float] | None:
    if not isinstance(value, Mapping):
        return None
    numbers = {str(metric): finite_number(z_score) for metric, z_score in value.items()}
    known = {metric: z_score for metric, z_score in numbers.items() if z_score is not None}
    return known if len(known) == len(numbers) else None


def _training_examples(value: object) -> tuple[TrainingExample, ...]:
    """The valid ones: they are optional, a labelled incident is learnt from without them too."""
    found = []
    for one in value if isinstance(value, Sequence) else ():
        if not isinstance(one, Mapping):
            continue
        role, title, features = one.get("role"), one.get("title"), _z_scores(one.get("pattern"))
        if isinstance(role, str) and isinstance(title, str) and features is not None:
            found.append(TrainingExample(role, title, features))
    return tuple(found)


def finite_number(value: object) -> float | None:
    """A JSON number as a finite float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= MAX_FLOAT else None
