"""Titles of incidents: cause and behaviour once they are known, the symptom until then."""

from __future__ import annotations

from labo.domain.entities.behaviours import behaviour_of
from labo.domain.entities.conditions import metric_and_direction
from labo.domain.entities.diagnoses import SURE, Analysis

LONGEST_TITLE = 300
"""Characters: a problem's title of 120 and two names of components, longer ones are cut."""


def cause_title(
    component: str,
    *,
    problem: str | None = None,
    behaviour: str | None = None,
    seen_at: str | None = None,
) -> str | None:
    """The title when the cause is known: `problem` (its name) at the component (name), else what
    the component does by `behaviour`; `seen_at` is the component (name) with the symptom. None
    where that says less than the symptom: the cause is where it is seen, and no more is known.

    >>> cause_title("payments", behaviour="payments is failing", seen_at="checkout")
    'payments is failing (seen at checkout)'
    >>> cause_title("payments", problem="no free worker", seen_at="payments")
    'no free worker at payments'
    """
    if not problem and not behaviour and seen_at == component:
        return None
    cause = f"{problem} at {component}" if problem else behaviour or f"{component} is the cause"
    seen = f" (seen at {seen_at})" if seen_at and seen_at != component else ""
    title = cause + seen
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"


def title_after(analysis: Analysis, target: str, problem: str | None = None) -> str | None:
    """The title by `analysis`; None where it names no cause with enough confidence.

    `target` is the component (name) on which the symptom was seen, `problem` what the leading
    suspect's problem is called, None where it has no name of its own.
    """
    if analysis.verdict not in SURE or not analysis.suspects:
        return None
    component = analysis.suspects[0].component
    behaviour = behaviour_at(component, analysis)
    return cause_title(component, problem=problem, behaviour=behaviour, seen_at=target)


def behaviour_at(component: str, analysis: Analysis) -> str | None:
    """What `component` does by the diagnosis, as in `payments is slow`; None where no chain shows a
    deviation there."""
    for chain in analysis.chains:
        for name, state in zip(chain.components, chain.conditions, strict=True):
            if name == component and (deviation := metric_and_direction(state)):
                return behaviour_of(*deviation).of(component)
    return None
