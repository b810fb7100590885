"""The diagnosis of one case as evidence with ids, in words that nobody outside has written.

The local model is small and easily talked into something. So it reads no foreign text at all: names
of components become `c1`, `c2`, metrics become the behaviour that they show, problems become "a
known problem", and only figures stay. People are shown the same evidence under the real names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from labo.domain.causality.edges import EdgeStatus
from labo.domain.entities.behaviour_words import Resource
from labo.domain.entities.behaviours import Behaviour, behaviour_of
from labo.domain.entities.conditions import Direction
from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.reasons import NOTHING, Reason
from labo.domain.escalation.facts import CaseFacts

_MOST_COMPONENTS = 20
_MOST_REASONS = 10
_MOST_SIMILAR = 3
_FIGURE = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,10})?(?:e[+-]?\d{1,3})?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
_WORDS: frozenset[str] = frozenset(
    {
        NOTHING,
        *(one.value for one in Direction),
        *(one.value for one in Verdict),
        *(one.value for one in EdgeStatus),
    }
)
"""Values of reasons that are words of our own."""
_METRICS = frozenset({"metric"})
_PROBLEMS = frozenset({"problem", "rival", "cause", "effect"})
_SUBJECTS: Mapping[Behaviour, str] = {
    Behaviour.SLOW: "the response time",
    Behaviour.FAILING: "the share of failures",
    Behaviour.UNAVAILABLE: "the downtime",
    Behaviour.SILENT: "the telemetry",
    Behaviour.TRAFFIC_CHANGED: "the traffic",
    Behaviour.DATA_WRONG: "the share of wrong data",
    Behaviour.LOG_ERROR: "the rate of unusual log lines",
}
_CHANGED: frozenset[str] = frozenset(
    {"response time", "failures", "data", "availability", "cache hits"}
    | {f"{one.value} {what}" for one in Resource for what in ("use", "limit")}
)
"""Subjects of a change that are words of our own; any other is a metric's name."""


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """`plain` is for the model, `sentence` for people. `component` is the item's suspect, as the
    model knows it; empty for what is about none."""

    id: str
    plain: str
    sentence: str
    component: str = ""


def component_ids(case: CaseFacts) -> dict[str, str]:
    """`c1` and so on, by the name of the component that an action may target; suspects first."""
    names = case.component_names[:_MOST_COMPONENTS]
    return {name: f"c{number}" for number, name in enumerate(names, 1)}


def evidence_of(case: CaseFacts) -> tuple[EvidenceItem, ...]:
    """What the diagnosis rests on: `v1` the verdict, `e…` reasons for a suspect, `r…` what was
    ruled out, `m…` what is missing, `h…` incidents of the past."""
    return tuple(_items(case))


def _items(case: CaseFacts) -> Iterator[EvidenceItem]:
    ids = component_ids(case)
    verdict = f"the verdict of the diagnosis is {case.verdict.value}"
    yield EvidenceItem("v1", verdict, verdict)
    number = 0
    for suspect in case.suspects[:5]:
        for one in suspect.reasons[:_MOST_REASONS]:
            number += 1
            about = ids.get(suspect.component, "")
            yield EvidenceItem(f"e{number}", _plain(one, ids), one.sentence, about)
    analysis = case.diagnosis.analysis if case.diagnosis else None
    for number, out in enumerate(analysis.ruled_out[:_MOST_REASONS] if analysis else (), 1):
        about = ids.get(out.component, "another one")
        plain = f"{about} is ruled out: {_plain(out.reason, ids)}"
        sentence = f"{out.component} is ruled out: {out.reason.sentence}"
        yield EvidenceItem(f"r{number}", plain, sentence)
    for number, missing in enumerate(analysis.missing[:_MOST_REASONS] if analysis else (), 1):
        yield EvidenceItem(f"m{number}", _plain(missing, ids), missing.sentence)
    for number, past in enumerate(case.similar[:_MOST_SIMILAR], 1):
        where = "on the same component" if past.same_component else "on another component"
        known = "is confirmed" if past.incident.cause_confirmed else "is not confirmed"
        plain = f"a similar incident happened {where}; its cause {known}"
        yield EvidenceItem(f"h{number}", plain, f"{plain} ({past.incident.title})")


def _plain(reason: Reason, ids: Mapping[str, str]) -> str:
    return Reason(reason.kind, dict(_values(reason, ids))).sentence


def _values(reason: Reason, ids: Mapping[str, str]) -> Iterator[tuple[str, str | float | int]]:
    direction = str(reason.values.get("direction", Direction.HIGH.value))
    for name, value in reason.values.items():
        if not isinstance(value, str):
            yield name, value
        elif name in _METRICS:
            yield name, _subject(value, direction)
        elif name in _PROBLEMS:
            yield name, "a known problem"
        elif value in _WORDS or _FIGURE.fullmatch(value) or _MOMENT.fullmatch(value):
            yield name, value
        else:
            yield name, ids.get(value, "another one")


def _subject(metric: str, direction: str) -> str:
    """The behaviour that a metric shows, as what goes high or low."""
    shown = behaviour_of(metric, direction)
    if shown.behaviour is Behaviour.SATURATED:
        return f"the use of {shown.subject}"
    if shown.behaviour is Behaviour.CHANGED:
        return f"the {shown.subject}" if shown.subject in _CHANGED else "a figure"
    return _SUBJECTS[shown.behaviour]
