"""Which action the deterministic diagnosis supports: what a model may choose from at all.

A model reads texts that anybody may have written. It may be talked into any answer, but not into
changing the diagnosis, which is made from figures. So a change is admitted only where a behaviour
of the leading suspect, shown by its own deviations, is one that the action is known to cure; and of
several such actions only the first, so that no text picks among them. An investigation changes
nothing and is always admitted. No title, label, log line or comment is read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from labo.domain.entities.behaviour_words import Resource
from labo.domain.entities.behaviours import Behaviour, ShownBehaviour, behaviour_of
from labo.domain.entities.conditions import Direction, metric_words
from labo.domain.entities.diagnoses import SURE, Analysis, Suspect
from labo.domain.entities.problems import Problem, ProblemKind, problem_key
from labo.domain.entities.reasons import ReasonKind
from labo.domain.escalation.action_templates import (
    ParameterType,
    RenderedAction,
    Template,
    Value,
    render,
)
from labo.domain.escalation.facts import CaseFacts
from labo.domain.escalation.known_solutions import FAST_TRACK
from labo.errors import InvalidInput

INVESTIGATION = "open_ticket"
"""The template by which a person investigates."""

_DEPLOYMENTS = frozenset({"deploy", "deployment", "deployments", "deploys", "release", "rollout"})
_OF_DEPLOYMENTS = _DEPLOYMENTS | {
    *("app", "changes", "count", "events", "info", "last", "marker"),
    *("number", "service", "time", "total", "version"),
}
"""Words of a metric that counts or marks deployments. All of its words are to be among them: a
sentence that somebody sends as a metric's name is none."""

_DEPLOYMENT = "deployment"
_HIGH_TRAFFIC = "traffic:high"


def _saturated(*resources: Resource) -> frozenset[str]:
    return frozenset(ShownBehaviour(Behaviour.SATURATED, one.value).key for one in resources)


SUPPORT: Mapping[str, frozenset[str]] = {
    "raise_pool_size": _saturated(Resource.CONNECTIONS),
    "rollback_deploy": frozenset({_DEPLOYMENT}),
    # A leak or a deadlock frees nothing by itself; more instances would leak or lock as well.
    "restart_service": _saturated(Resource.MEMORY, Resource.LOCKS, Resource.FILES),
    "scale_out": _saturated(Resource.CPU, Resource.QUEUE, Resource.THREADS, Resource.CAPACITY)
    | {_HIGH_TRAFFIC},
    "flush_cache": frozenset(
        {
            Behaviour.DATA_WRONG.value,
            ShownBehaviour(Behaviour.CHANGED, "cache hits").key,
        }
    ),
}
"""By template id, the behaviours of its target that it cures; from the templates' descriptions.

In the order of preference where several are supported, by judgement: what is used up entirely comes
before what is merely busy, since waiting for the former also makes the latter busy. A slow, failing
or silent component alone supports no change: each of the causes above shows so, and so do others.
"""


PROVEN = FAST_TRACK
"""The learnt chance from which an action proved itself: as high as memory needs to act on it."""

NOTHING_LEARNT: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether an action may be proposed; `reason` is a sentence, empty where it may."""

    is_admitted: bool
    reason: str = ""


def shown_by(analysis: Analysis | None) -> tuple[str, ...]:
    """Keys of the behaviours of the leading suspect's component: what its deviations show, and the
    behaviour that it is attributed to."""
    if analysis is None or not analysis.suspects:
        return ()
    leading = analysis.suspects[0].component
    return tuple(dict.fromkeys(_shown(analysis, leading)))


def measured(problems: Iterable[Problem]) -> frozenset[str]:
    """Keys of the behaviours that are problems which metrics showed. A problem's key is a digest of
    what it was made from, so that an alert or a log line of the same title counts for nothing."""
    return frozenset(
        key
        for one in problems
        for key in _BEHAVIOURS
        if one.key == problem_key(one.role, ProblemKind.METRIC, key)
    )


def supported(
    analysis: Analysis | None,
    chances: Mapping[str, float] = NOTHING_LEARNT,
    support: Mapping[str, frozenset[str]] = SUPPORT,
    seen: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """Ids of the templates that the diagnosis supports, preferred first; none if it is unsure.

    `chances`, by template id, are the learnt probabilities that the action works for this problem
    here: what proved itself comes before what merely fits. `seen` are behaviours (`measured`) that
    detection saw on the leading suspect: the diagnosis names its strongest deviation alone.
    """
    if analysis is None or analysis.verdict not in SURE:
        return ()
    shown = seen.union(shown_by(analysis))
    proven = [one for one, chance in chances.items() if chance > PROVEN and one != INVESTIGATION]
    proven.sort(key=lambda one: (-chances[one], one))
    fitting = [template for template, cured in support.items() if cured & shown]
    return tuple(dict.fromkeys((*proven, *fitting)))


def admissible(
    template: Template,
    analysis: Analysis | None,
    target: str = "",
    chances: Mapping[str, float] = NOTHING_LEARNT,
    support: Mapping[str, frozenset[str]] = SUPPORT,
    seen: frozenset[str] = frozenset(),
) -> Admission:
    """Whether the diagnosis supports `template` on `target` (component name; empty: not checked).

    `chances` and `seen` are as of `supported`, `support` as SUPPORT; a template in neither is never
    admitted.
    """
    if template.id == INVESTIGATION:
        return Admission(True)
    if analysis is None or analysis.verdict not in SURE or not analysis.suspects:
        return Admission(False, "the diagnosis singles out no cause, so nothing may be changed yet")
    leading = analysis.suspects[0].component
    if target and target != leading:
        return Admission(False, f"{target} is not the leading suspect, {leading} is")
    fitting = supported(analysis, chances, support, seen)
    if not fitting:
        return Admission(False, f"no behaviour of {leading} calls for {template.id}")
    if template.id != fitting[0]:
        return Admission(False, f"the diagnosis supports {fitting[0]} rather than {template.id}")
    return Admission(True)


def admitted_action(
    template: Template,
    parameters: Mapping[str, Value],
    case: CaseFacts,
    support: Mapping[str, frozenset[str]] = SUPPORT,
) -> RenderedAction:
    """The exact action that a model's answer becomes. `support` is as SUPPORT.

    Raises InvalidInput naming what is not allowed or why the diagnosis does not support it.
    """
    action = render(template, first_step(template, parameters), case.component_names)
    analysis = case.diagnosis.analysis if case.diagnosis else None
    admission = admissible(template, analysis, action.target, case.chances, support, case.seen)
    if not admission.is_admitted:
        raise InvalidInput(admission.reason, where=f"template {template.key}")
    return action


def first_step(template: Template, parameters: Mapping[str, Value]) -> dict[str, Value]:
    """`parameters` with every quantity and choice of a change at its mildest: the smallest number,
    the first choice, false. Templates are written so that these are the mildest.

    How far to go follows from no diagnosis, so that a model's figure for it has nothing behind it.
    """
    if template.id == INVESTIGATION:
        return dict(parameters)
    mildest = {parameter.name: parameter for parameter in template.parameters}
    settled = dict(parameters)
    for name in settled.keys() & mildest.keys():
        parameter = mildest[name]
        match parameter.type:
            case ParameterType.INTEGER if parameter.minimum is not None:
                settled[name] = int(parameter.minimum)
            case ParameterType.NUMBER if parameter.minimum is not None:
                settled[name] = parameter.minimum
            case ParameterType.CHOICE if parameter.choices:
                settled[name] = parameter.choices[0]
            case ParameterType.BOOLEAN:
                settled[name] = False
    return settled


def _shown(analysis: Analysis, component: str) -> Iterator[str]:
    for suspect in analysis.suspects:
        if suspect.component != component:
            continue
        if (attributed := _attributed(suspect)) is not None:
            yield attributed
        for one in suspect.reasons:
            if one.kind is ReasonKind.DEVIATION and one.values.get("component") == component:
                metric, direction = str(one.values["metric"]), str(one.values["direction"])
                yield from _keys(metric, direction)


def _attributed(suspect: Suspect) -> str | None:
    """The behaviour that the suspect's problem is. The problem's key says so, for it is a digest of
    what the problem was made from: an alert of the same title has another one.
    """
    for key, shown in _BEHAVIOURS.items():
        role = (suspect.problem or "").removesuffix(shown.of(""))
        if suspect.problem_key == problem_key(role, ProblemKind.METRIC, key):
            return key
    return None


_BEHAVIOURS: Mapping[str, ShownBehaviour] = {
    shown.key: shown
    for shown in (
        *(ShownBehaviour(Behaviour.SATURATED, one.value) for one in Resource),
        ShownBehaviour(Behaviour.DATA_WRONG),
        ShownBehaviour(Behaviour.CHANGED, "cache hits"),
    )
}
"""Those that SUPPORT names and a problem may be. Unusual traffic may be high or low."""


def _keys(metric: str, direction: str) -> Iterator[str]:
    shown = behaviour_of(metric, direction)
    if shown.behaviour is Behaviour.TRAFFIC_CHANGED:
        if direction == Direction.HIGH:
            yield _HIGH_TRAFFIC
        yield shown.key
        return
    words = set(metric_words(metric))
    if words <= _OF_DEPLOYMENTS and words & _DEPLOYMENTS:
        yield _DEPLOYMENT
    yield shown.key
