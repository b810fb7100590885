"""Which component an event is about and which kind of problem it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labo.domain.entities.components import Component, guess_role
from labo.domain.entities.keys import component_key
from labo.domain.entities.problems import Problem, ProblemKind, metric_problem, problem_key
from labo.domain.incidents.events import Event
from labo.domain.incidents.linking.own_identity import alert_of

DEFAULT_SYSTEM = "default"

_LONGEST_TITLE = 200
"""Characters of a problem's title; longer ones are cut. By judgement: one line of a list."""


def locate(event: Event, name: str, known: Mapping[str, Sequence[Component]]) -> Component:
    """The component that `event` calls `name`; a new one when none of `known` (by name) fits.

    Without a system of its own an event belongs to the default system, or to the only system
    that has a component of this name.
    """
    system = event.labels.get("system") or event.resource.get("system")
    same = {component.key: component for component in known.get(name, ())}
    key = component_key(system or DEFAULT_SYSTEM, name)
    if key in same:
        return same[key]
    if system is None and len(same) == 1:
        return next(iter(same.values()))
    environment = event.labels.get("environment") or event.labels.get("env") or "default"
    return Component(key, name, system or DEFAULT_SYSTEM, environment, guess_role(name))


def problem_of(event: Event, role: str) -> Problem:
    """The kind of problem: a log template, an alert's name, or a metric going the wrong way.

    A title that stands in for a missing alert name is masked, so that changing figures do not
    make a new problem each time.
    """
    labels = event.labels
    if template := labels.get("log.template"):
        problem = _problem(role, ProblemKind.LOG, template)
    elif labels.get("alertname") or labels.get("class"):
        problem = _problem(role, ProblemKind.ALERT, alert_of(event))
    elif metric := labels.get("metric"):
        problem = metric_problem(role, metric, labels.get("direction", "high"))
    else:
        problem = _problem(role, ProblemKind.ALERT, alert_of(event))
    return replace(
        problem,
        title=problem.title[:_LONGEST_TITLE],
        severity=event.severity,
        summary=(event.description or event.title)[:_LONGEST_TITLE],
    )


def _problem(role: str, kind: ProblemKind, what: str) -> Problem:
    return Problem(problem_key(role, kind, what), what, role, kind)
