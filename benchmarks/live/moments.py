"""What is shown at a moment, as a person sees it who looks at the list of incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

OVER = frozenset({"RESOLVED", "CLOSED"})
SURE = frozenset({"LIKELY", "CONFIRMED"})


class State(StrEnum):
    """Of the answer that is shown, against the truth."""

    NOTHING = "no incident"
    UNDIAGNOSED = "no answer"
    RIGHT = "right"
    UNSURE = "wrong, not sure"
    SURE_AND_WRONG = "sure and wrong"


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident of a look. `active_at` is epoch seconds; `components` are keys of those that
    its occurrences are on, `problems` those of their problems; `suspect` is the first one's name,
    empty without a diagnosis or without suspects."""

    key: str
    title: str
    status: str
    active_at: float
    components: frozenset[str] = frozenset()
    problems: frozenset[tuple[str, str]] = frozenset()
    verdict: str = ""
    suspect: str = ""
    problem: str = ""
    probability: float = 0.0
    suspects: tuple[str, ...] = ()
    merged_into: str = ""

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @classmethod
    def from_node(cls, node: Mapping[str, Any]) -> Incident:
        """From a node of GraphQL's `incidents`."""
        diagnosis = node["diagnosis"] or {}
        suspects = diagnosis.get("suspects") or []
        first = suspects[0] if suspects else {}
        occurrences = node["occurrences"]
        active = node["lastActivityAt"] or node["openedAt"]
        return cls(
            key=node["key"],
            title=node["title"],
            status=node["status"],
            active_at=datetime.fromisoformat(active).timestamp(),
            components=frozenset(one["componentKey"] for one in occurrences),
            problems=frozenset((one["componentKey"], one["problemKey"]) for one in occurrences),
            verdict=diagnosis.get("verdict") or "",
            suspect=first.get("componentName", ""),
            problem=first.get("problemTitle") or "",
            probability=float(first.get("probability", 0.0)),
            suspects=tuple(one["componentName"] for one in suspects),
            merged_into=node["mergedInto"] or "",
        )


@dataclass(frozen=True, slots=True)
class Look:
    """All incidents of one system, newest first, at a moment in epoch seconds."""

    at: float
    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """What is shown `at_s` seconds after a fault began; without an incident all is empty.

    `is_joined`: the incident was there before the fault. `state` is against the truth.
    """

    at_s: float
    state: State
    incident: str = ""
    is_joined: bool = False
    is_over: bool = False
    title: str = ""
    verdict: str = ""
    suspect: str = ""
    problem: str = ""
    probability: float = 0.0


def shown(look: Look, before: Look, began: float) -> Incident | None:
    """The incident that is read for a fault that `began` (epoch seconds).

    The newest that opened since and isn't over; else an older one that something was added to
    since: so it looks when faults are glued together; else the newest that opened since.
    """
    there = [one for one in look.incidents if not one.merged_into]
    known = {one.key for one in before.incidents}
    fresh = [one for one in there if one.key not in known]
    joined = [one for one in there if one.key in known and one.active_at >= began]
    open_ = [one for one in (*fresh, *joined) if not one.is_over]
    return next(iter((*open_, *fresh, *joined)), None)


def judge(incident: Incident | None, accepted: frozenset[str]) -> State:
    """The first suspect's component against those that are right."""
    if incident is None:
        return State.NOTHING
    if not incident.suspect:
        return State.UNDIAGNOSED
    if incident.suspect in accepted:
        return State.RIGHT
    return State.SURE_AND_WRONG if incident.verdict in SURE else State.UNSURE


def moments(
    looks: Sequence[Look], before: Look, began: float, accepted: frozenset[str]
) -> tuple[Moment, ...]:
    """What was shown at each look since the fault began."""
    return tuple(_moment(look, before, began, accepted) for look in looks if look.at >= began)


def _moment(look: Look, before: Look, began: float, accepted: frozenset[str]) -> Moment:
    incident = shown(look, before, began)
    at_s, state = round(look.at - began, 1), judge(incident, accepted)
    if incident is None:
        return Moment(at_s, state)
    return Moment(
        at_s,
        state,
        incident.key,
        any(one.key == incident.key for one in before.incidents),
        incident.is_over,
        incident.title,
        incident.verdict,
        incident.suspect,
        incident.problem,
        round(incident.probability, 3),
    )
