"""What to do about a kind of problem in general, when no model has answered in time.

One entry per behaviour (ADR 0032), written by code alone: what to check, the first step that does
no harm, and the action that fits if the diagnosis supports one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labo.domain.entities.behaviours import Behaviour, behaviour_of
from labo.domain.entities.diagnoses import Analysis
from labo.domain.entities.reasons import ReasonKind
from labo.domain.escalation.admissible import INVESTIGATION, supported


@dataclass(frozen=True, slots=True)
class GenericSolution:
    """`checks` and `first_step` are sentences about one component. `focus` is where a ticket sends
    whoever investigates; `template_id` the action that fits, which is to investigate where none
    does."""

    component: str
    behaviour: Behaviour | None
    checks: tuple[str, ...]
    first_step: str
    focus: str
    template_id: str = INVESTIGATION

    @property
    def analysis(self) -> str:
        """The whole advice as one text."""
        about = f" about {self.component}" if self.component else ""
        checks = " ".join(self.checks)
        return f"General advice{about}, by the kind of problem: {checks} {self.first_step}"


@dataclass(frozen=True, slots=True)
class _Advice:
    checks: tuple[str, ...]
    first_step: str
    focus: str


ADVICE: Mapping[Behaviour, _Advice] = {
    Behaviour.SLOW: _Advice(
        (
            "Compare its response time with that of everything it calls at the same moment.",
            "Check whether requests wait for a connection, a lock or a thread.",
        ),
        "Take a profile or a trace of one slow request before anything is restarted.",
        "latency",
    ),
    Behaviour.FAILING: _Advice(
        (
            "Read the first error after the onset, not the most frequent one.",
            "Check what was deployed or configured just before the onset.",
        ),
        "Find out whether the errors are its own or passed on from what it calls.",
        "errors",
    ),
    Behaviour.UNAVAILABLE: _Advice(
        (
            "Check whether its process runs, and why it ended if not.",
            "Check whether its address answers from within its own network.",
        ),
        "Save its last log lines and its exit code before it is started again.",
        "availability",
    ),
    Behaviour.SATURATED: _Advice(
        (
            "Check which caller or job takes most of the resource.",
            "Compare the resource's limit with its use at the same time of an ordinary day.",
        ),
        "Hold back work that can wait, such as batch jobs, before the limit is raised.",
        "saturation",
    ),
    Behaviour.SILENT: _Advice(
        (
            "Check whether the component or only its telemetry is gone: ask it directly.",
            "Check whether other components on the same host are silent too.",
        ),
        "Take silence for an outage until one request has been answered.",
        "availability",
    ),
    Behaviour.TRAFFIC_CHANGED: _Advice(
        (
            "Find the caller or the address whose share of the requests has changed.",
            "Check whether callers try again after failures, which multiplies requests.",
        ),
        "Limit the one caller that has grown before all of them are limited.",
        "traffic",
    ),
    Behaviour.DATA_WRONG: _Advice(
        (
            "Find the first wrong record, and what wrote it.",
            "Check whether caches or replicas hold the same values as the source.",
        ),
        "Stop what writes wrong records; correct those that exist afterwards.",
        "errors",
    ),
    Behaviour.LOG_ERROR: _Advice(
        (
            "Read the new kind of line together with the one before it.",
            "Check whether users notice anything: response time, failures, traffic.",
        ),
        "Watch the users' figures; a new line alone is no outage.",
        "errors",
    ),
    Behaviour.CHANGED: _Advice(
        (
            "Check what was changed at the onset: version, configuration, flags, data.",
            "Compare with another instance or another day at the same time.",
        ),
        "Write down the value before and now; change nothing until users are affected.",
        "configuration",
    ),
}

_UNKNOWN = _Advice(
    (
        "Check what was changed just before the onset, anywhere in the system.",
        "Check which component deviated first.",
    ),
    "Collect the figures that the diagnosis names as missing.",
    "unknown",
)


def generic_solution(analysis: Analysis | None, component: str = "") -> GenericSolution:
    """The general advice for the leading suspect's behaviour; `component` where none is suspected.

    The behaviour is that of the suspect's first deviation; None where it has none.
    """
    suspects = analysis.suspects if analysis else ()
    named = suspects[0].component if suspects else component
    behaviour = _behaviour(analysis)
    advice = _UNKNOWN if behaviour is None else ADVICE[behaviour]
    fitting = supported(analysis)
    return GenericSolution(
        component=named,
        behaviour=behaviour,
        checks=advice.checks,
        first_step=advice.first_step,
        focus=advice.focus,
        template_id=fitting[0] if fitting else INVESTIGATION,
    )


def _behaviour(analysis: Analysis | None) -> Behaviour | None:
    for suspect in analysis.suspects[:1] if analysis else ():
        for one in suspect.reasons:
            if one.kind is ReasonKind.DEVIATION:
                metric, direction = one.values.get("metric", ""), one.values.get("direction", "")
                return behaviour_of(str(metric), str(direction)).behaviour
    return None
