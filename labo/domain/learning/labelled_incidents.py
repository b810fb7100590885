"""Labelled incidents from cases whose cause is known, by a label or by a person's confirmation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.classification.feature_vectors import FeatureVector, feature_vectors
from labo.domain.diagnosis.classification.fingerprint import fingerprint
from labo.domain.diagnosis.classification.learnt import LearntOf, learnt_of
from labo.domain.entities.conditions import Direction, metric_and_direction
from labo.domain.entities.diagnoses import Analysis, Chain, Suspect
from labo.domain.entities.keys import digest, problem_and_component
from labo.domain.entities.problems import ProblemKind, metric_problem, problem_key
from labo.domain.entities.series import Case
from labo.domain.entities.topology import role_of
from labo.domain.knowledge.calibration import Calibration
from labo.domain.knowledge.experiences import (
    NON_ROOT,
    Experience,
    ExperienceKind,
    LabelledIncident,
    TrainingExample,
    labelled_incident_content,
)
from labo.domain.knowledge.knowledge import Knowledge
from labo.errors import InvalidInput

NAMED_FROM = 3.0
"""Robust z-score that names a problem by itself, as in `knowledge.signatures`."""
MAX_AFFECTED = 30
MAX_FEATURES = 200
"""Affected components per incident, and features per component: those that moved most. A labelled
incident is stored for good, so both bound its size. By judgement."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The cause given by a label or a person. `component` is a name; either part may be missing.

    `problem` is the problem's title; `key` its key where the problem is known already.
    """

    problem: str | None
    component: str | None
    key: str | None = None
    role: str | None = None
    kind: ProblemKind = ProblemKind.ALERT


@dataclass(frozen=True, slots=True)
class LabelOutcome:
    """`refused` is why the label, or one of several, yielded no labelled incident; empty when each
    did, and for a case without a label."""

    labelled_incidents: tuple[LabelledIncident, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Analyses of a case from before its cause was known; None where none was made.

    `shown` is the one that people saw, `raw` the same before calibration, `located` the one without
    any knowledge, which localises a problem that is not known yet.
    """

    shown: Analysis | None = None
    raw: Analysis | None = None
    located: Analysis | None = None


def claims(case: Case, knowledge: Knowledge, learnt: LearntOf = learnt_of) -> Claimed:
    """All three analyses of `case`; `learnt` as of `analyse`."""
    uncalibrated = replace(knowledge, calibration=Calibration())
    return Claimed(
        analyse(case, knowledge, learnt), analyse(case, uncalibrated, learnt), analyse(case)
    )


def labelled_incidents_of(case: Case, claimed: Claimed) -> LabelOutcome:
    """The labelled incidents that the label of `case` yields, with what was claimed without it.

    Several labels are several simultaneous causes: one labelled incident each, if each names a
    component of its own; otherwise deviations cannot be attributed to one of them, and nothing is
    learnt. Raises InvalidInput when a label names a component that the case does not have.
    """
    causes = causes_of(case)
    components = {cause.component for cause in causes}
    if len(causes) > 1 and (None in components or len(components) < len(causes)):
        return LabelOutcome(
            refused="several causes must name different components: nothing is learnt"
        )
    also = frozenset(component for component in components if component is not None)
    incidents = [labelled_incident_about(case, cause, claimed, also) for cause in causes]
    deviating = tuple(one for one in incidents if one is not None and _strongest(one.z_scores))
    complete = len(deviating) == len(causes)
    return LabelOutcome(
        deviating, "" if complete else "no deviation at the labelled cause: nothing is learnt"
    )


def causes_of(case: Case) -> list[Cause]:
    """What the labels of `case` name, each once; raises as `cause_of` does, naming the case."""
    try:
        return [cause_of(label, case.topology.components) for label in dict.fromkeys(case.label)]
    except InvalidInput as error:
        where = f"{case.name}/case.json: label"
        raise InvalidInput(error.message, where=where, hint=error.hint) from None


def cause_of(label: str, components: Iterable[str]) -> Cause:
    """A label is a component's name, `problem@component`, or a problem's name.

    Raises InvalidInput when what follows the `@` is not a component.
    """
    known = frozenset(components)
    if label in known:
        return Cause(None, label)
    problem, component = problem_and_component(label, known)
    if not problem:
        return Cause(label, None)
    if component not in known:
        raise InvalidInput(
            f"the label names an unknown component {component!r}",
            where="label",
            hint="problem@component, a component or a problem",
        )
    return Cause(problem, component)


def labelled_incident_about(
    case: Case, cause: Cause, claimed: Claimed, also: Collection[str] = ()
) -> LabelledIncident | None:
    """The labelled incident; None when the cause names no problem and nothing deviates there, or no
    component and none of the problem's role is suspected. `also` are the other causes' components.

    Without a component in the cause it is the one that the analysis suspects, else the target.
    Without a problem it is that of the component's strongest condition, named as in a diagnosis.
    """
    component = cause.component or _suspected(case, cause, claimed)
    if component is None:
        return None
    role, z_scores = cause.role or role_of(case, component), fingerprint(case, component)
    problem, kind = cause.problem, cause.kind
    if problem is None:
        chains = claimed.shown.chains if claimed.shown else ()
        if (state := _state(component, chains) or _strongest(z_scores)) is None:
            return None
        shown_as = metric_problem(role, *state)
        kind, key, problem = shown_as.kind, shown_as.key, shown_as.title
    else:
        key = cause.key or problem_key(role, kind, problem)
    shown = claimed.shown if claimed.shown and claimed.shown.suspects else None
    raw = claimed.raw if claimed.raw and claimed.raw.suspects else shown
    return LabelledIncident(
        problem=key,
        title=problem,
        role=role,
        component=component,
        z_scores=z_scores,
        foreseen=_foreseen(component, problem, shown) if shown else None,
        verdict=shown.verdict.value if shown else None,
        kind=kind,
        shown=shown.suspects[0].probability if shown else None,
        raw=raw.suspects[0].probability if raw and shown else None,
        right=_is_right(shown.suspects[0], component, key) if shown else None,
        training_examples=_training_examples(case, component, problem, also),
    )


def _training_examples(
    case: Case, component: str, title: str, also: Collection[str]
) -> tuple[TrainingExample, ...]:
    """The root cause, and the affected components whose metrics moved most."""
    vectors = {
        name: _widest(one) for name, one in feature_vectors(case, case.topology.components).items()
    }
    cause = TrainingExample(role_of(case, component), title, vectors.get(component, {}))
    others = [name for name in vectors if name != component and name not in also]
    others.sort(key=lambda name: (-sum(map(abs, vectors[name].values())), name))
    affected = (
        TrainingExample(role_of(case, name), NON_ROOT, vectors[name])
        for name in others[:MAX_AFFECTED]
    )
    return cause, *affected


def _widest(features: FeatureVector) -> FeatureVector:
    widest = sorted(features, key=lambda feature: (-abs(features[feature]), feature))
    return {feature: features[feature] for feature in sorted(widest[:MAX_FEATURES])}


def case_id(case: Case, system: str) -> str:
    """The identity of a labelled case, whatever its folder is called: its target, its windows and
    all of its series, in that system. Logs and traces count only in the form of series."""
    series = [
        digest(
            key.component, key.metric, one.timestamps.tobytes().hex(), one.values.tobytes().hex()
        )
        for key, one in sorted(
            case.series.items(), key=lambda item: (item[0].component, item[0].metric)
        )
    ]
    windows = repr((case.symptom, case.baseline))
    return digest("case", system, case.target, windows, *series, length=24)


def correcting(
    subject: str,
    labelled_incidents: Sequence[LabelledIncident],
    earlier: Iterable[Experience],
    *,
    system: str,
    at: datetime,
) -> list[Experience]:
    """The experiences to save so that exactly `labelled_incidents` count as labels of `subject`.

    `earlier` are all its labels so far. Empty when the same problems on the same components are
    labelled already, whatever their z-scores; else the first one replaces what counted so far,
    with an empty content where no label is left.
    """
    labels = list(earlier)
    replaced = {id_ for one in labels for id_ in one.replaces}
    counting = [one for one in labels if one.id not in replaced and one.content]
    known = {(one.content.get("problem"), one.content.get("component")) for one in counting}
    if known == {(one.problem, one.component) for one in labelled_incidents}:
        return []
    replaces = tuple(sorted(one.id for one in counting))
    contents = [labelled_incident_content(one) for one in labelled_incidents] or [{}]
    return [
        Experience(
            id=digest("lesson", subject, str(len(labels)), str(i)),
            kind=ExperienceKind.LABELLED_INCIDENT,
            system=system,
            occurred_at=at,
            content=content,
            incident=subject,
            authenticated=True,
            replaces=replaces if i == 0 else (),
        )
        for i, content in enumerate(contents)
    ]


def _suspected(case: Case, cause: Cause, claimed: Claimed) -> str | None:
    """The component on which the problem itself is suspected, else the likeliest root-cause
    component, else the target; of the cause's role when that is known."""
    known = claimed.shown.suspects if claimed.shown else ()
    located = claimed.located or claimed.shown
    candidates = (
        *(suspect.component for suspect in known if suspect.problem == cause.problem),
        *(suspect.component for suspect in (located.suspects if located else ())),
        case.target,
    )
    for component in candidates:
        if cause.role is None or role_of(case, component) == cause.role:
            return component
    return None


def _foreseen(component: str, problem: str, analysis: Analysis) -> float:
    """The probability of this cause; a suspect without a problem claims the component only."""
    return min(
        1.0,
        sum(
            suspect.probability
            for suspect in analysis.suspects
            if suspect.component == component and suspect.problem in (None, problem)
        ),
    )


def _is_right(leading: Suspect, component: str, key: str) -> bool:
    """A suspect without a problem claims the component only."""
    return leading.component == component and leading.problem_key in (None, key)


def _state(component: str, chains: Iterable[Chain]) -> tuple[str, Direction] | None:
    for chain in chains:
        for name, state in zip(chain.components, chain.conditions, strict=True):
            if name == component and (deviation := metric_and_direction(state)):
                return deviation
    return None


def _strongest(z_scores: Mapping[str, float]) -> tuple[str, Direction] | None:
    if not z_scores:
        return None
    metric = max(sorted(z_scores), key=lambda name: abs(z_scores[name]))
    if abs(z_scores[metric]) < NAMED_FROM:
        return None
    return metric, Direction.HIGH if z_scores[metric] > 0 else Direction.LOW
