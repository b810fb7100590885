"""Labelled incidents out of a case whose cause is known: by its label, or because a person says
so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.classification.feature_vectors import FeatureVector, feature_vectors
from labo.domain.diagnosis.classification.fingerprint import fingerprint
from labo.domain.diagnosis.classification.weights import WeightsOf, weights_of
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
"""A deviation that names a problem by itself."""
MAX_AFFECTED = 30
MAX_FEATURES = 200
"""Of one component in an example: those that moved most. A labelled incident is kept for good."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What a label or a person names. `component` is a component's name; either may be open.

    `problem` is the problem's title; `key` its key where the problem is known already.
    """

    problem: str | None
    component: str | None
    key: str | None = None
    role: str | None = None
    kind: ProblemKind = ProblemKind.ALERT


@dataclass(frozen=True, slots=True)
class LabelOutcome:
    """`refused` says why the label, or one of several, taught nothing; empty when each did, and for
    a case without a label."""

    labelled_incidents: tuple[LabelledIncident, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What analyses say of a case before its cause is known; None when none was made.

    `shown` is the one that people saw, `raw` the same before calibration, `located` the one
    without any knowledge: it finds the place of a problem that nobody knows yet.
    """

    shown: Analysis | None = None
    raw: Analysis | None = None
    located: Analysis | None = None


def claims(case: Case, knowledge: Knowledge, weights: WeightsOf = weights_of) -> Claimed:
    """All three analyses of `case`; `weights` as of `analyse`."""
    uncalibrated = replace(knowledge, calibration=Calibration())
    return Claimed(
        analyse(case, knowledge, weights), analyse(case, uncalibrated, weights), analyse(case)
    )


def labelled_incidents_of(case: Case, claimed: Claimed) -> LabelOutcome:
    """What the label of `case` teaches, beside what was claimed without it.

    Several labels are several causes at once: one labelled incident each, where each names a
    component of its own; else it can't be told which deviation belongs to which, and nothing is
    taught. Raises InvalidInput when a label names a component that the case does not have.
    """
    causes = causes_of(case)
    components = {cause.component for cause in causes}
    if len(causes) > 1 and (None in components or len(components) < len(causes)):
        return LabelOutcome(
            refused="several causes that are not told apart by component: nothing is learnt"
        )
    also = frozenset(component for component in components if component is not None)
    found = [labelled_incident_about(case, cause, claimed, also) for cause in causes]
    labelled_incidents = tuple(one for one in found if one is not None and _strongest(one.z_scores))
    refused = (
        ""
        if len(labelled_incidents) == len(causes)
        else "nothing deviates there: nothing is learnt"
    )
    return LabelOutcome(labelled_incidents, refused)


def causes_of(case: Case) -> list[Cause]:
    """What the labels of `case` name, each once; raises as `cause_of` does, naming the case."""
    try:
        return [cause_of(label, case.topology.components) for label in dict.fromkeys(case.label)]
    except InvalidInput as error:
        where = f"{case.name}/case.json: label"
        raise InvalidInput(error.message, where=where, hint=error.hint) from None


def cause_of(label: str, components: Iterable[str]) -> Cause:
    """A label is a component's name, `problem@component`, or a problem's name.

    Raises InvalidInput when what follows the `@` is no component.
    """
    known = frozenset(components)
    if label in known:
        return Cause(None, label)
    problem, component = problem_and_component(label, known)
    if not problem:
        return Cause(label, None)
    if component not in known:
        raise InvalidInput(
            f"the label names the component {component!r}, which the case does not have",
            where="label",
            hint="problem@component, a component or a problem",
        )
    return Cause(problem, component)


def labelled_incident_about(
    case: Case, cause: Cause, claimed: Claimed, also: Collection[str] = ()
) -> LabelledIncident | None:
    """The labelled incident; None when the cause names no problem and nothing deviates there, or no
    component and none of the problem's role is suspected. `also` are the other causes' components.

    Where no component is named, it is where the analysis finds the cause, else the target. A
    component alone has the problem of its strongest condition, named as diagnoses name it.
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
    """The cause, and the affected components whose metrics moved most."""
    found = {
        name: _widest(one) for name, one in feature_vectors(case, case.topology.components).items()
    }
    cause = TrainingExample(role_of(case, component), title, found.get(component, {}))
    others = [name for name in found if name != component and name not in also]
    others.sort(key=lambda name: (-sum(map(abs, found[name].values())), name))
    affected = (
        TrainingExample(role_of(case, name), NON_ROOT, found[name])
        for name in others[:MAX_AFFECTED]
    )
    return cause, *affected


def _widest(features: FeatureVector) -> FeatureVector:
    kept = sorted(features, key=lambda feature: (-abs(features[feature]), feature))[:MAX_FEATURES]
    return {feature: features[feature] for feature in sorted(kept)}


def case_id(case: Case, system: str) -> str:
    """What a labelled case is known by, whatever its folder is called: its target, its windows and
    all of its series, in that system. Logs and traces count as far as they were made series."""
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
    kept = list(earlier)
    gone = {id_ for one in kept for id_ in one.replaces}
    counting = [one for one in kept if one.id not in gone and one.content]
    known = {(one.content.get("problem"), one.content.get("component")) for one in counting}
    if known == {(one.problem, one.component) for one in labelled_incidents}:
        return []
    replaces = tuple(sorted(one.id for one in counting))
    contents = [labelled_incident_content(one) for one in labelled_incidents] or [{}]
    return [
        Experience(
            id=digest("lesson", subject, str(len(kept)), str(i)),
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
    """Where the problem itself is suspected, else the likeliest place, else the target; of the
    cause's role when that is known."""
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
    """What the analysis gave to this cause; a suspect without a problem claims the place only."""
    return min(
        1.0,
        sum(
            suspect.probability
            for suspect in analysis.suspects
            if suspect.component == component and suspect.problem in (None, problem)
        ),
    )


def _is_right(leading: Suspect, component: str, key: str) -> bool:
    """A suspect without a problem claims the place only."""
    return leading.component == component and leading.problem_key in (None, key)


def _state(component: str, chains: Iterable[Chain]) -> tuple[str, Direction] | None:
    for chain in chains:
        for name, state in zip(chain.components, chain.conditions, strict=True):
            if name == component and (found := metric_and_direction(state)):
                return found
    return None


def _strongest(z_scores: Mapping[str, float]) -> tuple[str, Direction] | None:
    if not z_scores:
        return None
    metric = max(sorted(z_scores), key=lambda name: abs(z_scores[name]))
    if abs(z_scores[metric]) < NAMED_FROM:
        return None
    return metric, Direction.HIGH if z_scores[metric] > 0 else Direction.LOW
