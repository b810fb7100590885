"""Scores of one fault by what was shown while it lasted and afterwards. The truth ends here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.live.moments import Look, Moment, State

SOON_S = 90.0
"""The goal's limit for the first right answer, in seconds."""


@dataclass(frozen=True, slots=True)
class Times:
    """Of a fault, in epoch seconds."""

    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Score:
    """Seconds count from the fault's begin, `resolved_s` from its end; None: never.

    `right_share` is of the moments within the window after the first right answer, 0 where there
    was none; `wrong_share`, sure and wrong, is of all moments of the fault. `incidents` opened for
    it or were joined by it; `joined_over` of those had been resolved. `problems` is the most of
    one component. `mixed` incidents hold components of several systems.
    """

    opened_s: float | None
    right_s: float | None
    right_share: float
    flips: int
    wrong_share: float
    moments: int
    incidents: int
    joined: int
    joined_over: int
    resolved_s: float | None
    problems: int
    mixed: int
    title: str
    answer: str

    @property
    def is_right_soon(self) -> bool:
        return self.right_s is not None and self.right_s <= SOON_S


def score(
    seen: Sequence[Moment], looks: Sequence[Look], before: Look, times: Times, window_s: float
) -> Score:
    """Score one fault. `looks` are those since it began, `before` is the last one ahead of it."""
    right_s = next((one.at_s for one in seen if one.state is State.RIGHT), None)
    window = [one for one in seen if right_s is not None and 0 <= one.at_s - right_s <= window_s]
    wrong = [one for one in seen if one.state is State.SURE_AND_WRONG]
    involved = _involved(looks, before, times.began)
    over = {one.key for one in before.incidents if one.is_over}
    known = {one.key for one in before.incidents}
    last = next((one for one in reversed(seen) if one.incident), None)
    answer = (
        f"{last.verdict} {last.suspect} {last.probability:.0%}" if last and last.suspect else ""
    )
    return Score(
        opened_s=next((one.at_s for one in seen if one.incident), None),
        right_s=right_s,
        right_share=_share([one.state is State.RIGHT for one in window]),
        flips=flips(seen),
        wrong_share=len(wrong) / max(1, len(seen)),
        moments=len(seen),
        incidents=len(involved),
        joined=len(involved & known),
        joined_over=len(involved & over),
        resolved_s=_resolved(looks, involved, times),
        problems=_problems(looks, involved),
        mixed=_mixed(looks, involved),
        title=last.title if last else "",
        answer=f"{answer}: {last.problem}" if last and last.problem else answer,
    )


def flips(seen: Sequence[Moment]) -> int:
    """How often the first suspect changed from one answer to the next."""
    answers = [one.suspect for one in seen if one.suspect]
    return sum(one != other for one, other in pairwise(answers))


def false_incidents(looks: Sequence[Look], spans: Sequence[tuple[float, float]]) -> list[str]:
    """Titles of incidents that were first seen in normal times, (begin, end) in epoch seconds."""
    first: dict[str, tuple[float, str]] = {}
    for look in looks:
        for one in look.incidents:
            if not one.merged_into:
                first.setdefault(one.key, (look.at, one.title))
    return [title for at, title in first.values() if any(begin <= at < end for begin, end in spans)]


def open_at_end(looks: Sequence[Look], before: Look, began: float, until: float) -> int:
    """How many of the incidents that a fault had had by `until` (epoch seconds) are not over at
    the last of `looks`, which are all since it `began`."""
    involved = _involved([look for look in looks if look.at <= until], before, began)
    last = looks[-1].incidents if looks else ()
    return sum(one.key in involved and not (one.is_over or one.merged_into) for one in last)


def _involved(looks: Sequence[Look], before: Look, began: float) -> set[str]:
    known = {one.key for one in before.incidents}
    merged = {one.key for look in looks for one in look.incidents if one.merged_into}
    found = {
        one.key
        for look in looks
        for one in look.incidents
        if one.key not in known or one.active_at >= began
    }
    return found - merged


def _resolved(looks: Sequence[Look], involved: set[str], times: Times) -> float | None:
    """Seconds after the fault's end until all its incidents were over and stayed so."""
    if not involved:
        return None
    resolved: float | None = None
    for look in looks:
        states = [one.is_over for one in look.incidents if one.key in involved]
        if not states or not all(states):
            resolved = None
        elif resolved is None:
            resolved = max(0.0, look.at - times.ended)
    return None if resolved is None else round(resolved, 1)


def _problems(looks: Sequence[Look], involved: set[str]) -> int:
    """The most problems that one component had in these incidents."""
    pairs = {
        pair for look in looks for one in look.incidents if one.key in involved
        for pair in one.problems
    }  # fmt: skip
    components = [component for component, _ in pairs]
    return max((components.count(component) for component in set(components)), default=0)


def _mixed(looks: Sequence[Look], involved: set[str]) -> int:
    """Incidents whose occurrences are on components of more than one system."""
    systems: dict[str, set[str]] = {}
    for look in looks:
        for one in look.incidents:
            names = {key.partition("/")[0] for key in one.components}
            systems.setdefault(one.key, set()).update(names)
    return sum(len(systems[key]) > 1 for key in involved)


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else 0.0
