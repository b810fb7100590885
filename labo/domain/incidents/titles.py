"""Titles of incidents: cause and behaviour once they are known, the symptom until then."""

from __future__ import annotations

from labo.domain.entities.conditions import Direction, metric_and_direction, metric_words
from labo.domain.entities.diagnoses import Analysis, Verdict

LONGEST_TITLE = 300
"""Characters: a problem's title of 120 and two names of components, longer ones are cut."""

_KNOWN = frozenset({Verdict.LIKELY, Verdict.CONFIRMED})
_FAILURES = frozenset(
    {
        *("error", "errors", "fail", "failed", "failure", "failures", "fault", "faults"),
        *("exception", "exceptions", "5xx", "500", "502", "503", "504", "unavailable"),
        *("availability", "success"),
    }
)
_TIMES = frozenset(
    {"latency", "duration", "time", "delay", "wait", "lag", "p50", "p75", "p90", "p95", "p99"}
)
_RESOURCES = frozenset(
    {
        *("queue", "backlog", "depth", "pending", "saturation", "usage", "used", "utilization"),
        *("cpu", "memory", "mem", "heap", "disk", "throttled", "pool", "connections", "threads"),
    }
)
_TRAFFIC = frozenset({"rate", "requests", "throughput", "traffic", "calls", "count", "messages"})


def cause_title(
    component: str,
    *,
    problem: str | None = None,
    behaviour: str | None = None,
    seen_at: str | None = None,
) -> str:
    """The title when the cause is known: `problem` (its name) at the component (name), else what
    the component does by `behaviour`; `seen_at` is the component (name) with the symptom.

    >>> cause_title("payments", behaviour="payments is failing", seen_at="checkout")
    'payments is failing (seen at checkout)'
    >>> cause_title("payments", problem="no free worker", seen_at="payments")
    'no free worker at payments'
    """
    cause = behaviour or f"{component} is the cause"
    if problem:
        cause = f"{problem} at {component}"
    seen = f" (seen at {seen_at})" if seen_at and seen_at != component else ""
    title = cause + seen
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"


def title_after(analysis: Analysis, target: str, problem: str | None = None) -> str | None:
    """The title by `analysis`; None where it names no cause with enough confidence.

    `target` is the component (name) on which the symptom was seen, `problem` what the leading
    suspect's problem is called, None where it has no name of its own.
    """
    if analysis.verdict not in _KNOWN or not analysis.suspects:
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
                return f"{component} {_shown(*deviation)}"
    return None


def _shown(metric: str, direction: Direction) -> str:
    words = frozenset(metric_words(metric))
    if direction is Direction.ABSENT:
        return "is silent"
    if words & _FAILURES:
        return "is failing"
    if words & _TIMES and direction is Direction.HIGH:
        return "is slow"
    if words & _RESOURCES and direction is Direction.HIGH:
        return "is saturated"
    if words & _TRAFFIC:
        return "has unusual traffic"
    return "behaves differently"
