"""An episode of a behaviour on one component, and the deviations of series that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from labo.domain.detection.changes import Change
from labo.domain.detection.state_values import as_list, as_number
from labo.domain.entities.behaviours import Behaviour, ShownBehaviour, behaviour_of
from labo.domain.entities.conditions import Direction

GRAVE = 8.0
"""A deviation is an error from this many scales on, or when a series vanished; else a warning. By
judgement: twice the threshold of the sudden test."""

_DIFFERENT = frozenset({Behaviour.TRAFFIC_CHANGED, Behaviour.CHANGED, Behaviour.LOG_ERROR})

Identity = tuple[str, ShownBehaviour, float]
"""Component, behaviour, start: the identity of an episode within a system."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A series (`metric` of the episode's component) that deviates from `started_at` on; `size` is
    the largest so far, as in `Change`."""

    metric: str
    direction: Direction
    started_at: float
    size: float

    @property
    def shown(self) -> ShownBehaviour:
        return behaviour_of(self.metric, self.direction)

    @property
    def is_grave(self) -> bool:
        return self.direction is Direction.ABSENT or self.size >= GRAVE

    @property
    def follows(self) -> bool:
        """Whether it may be a mere consequence of the trouble that its component has."""
        more_traffic = self.direction is Direction.HIGH
        is_traffic = self.shown.behaviour is Behaviour.TRAFFIC_CHANGED
        return is_consequence(self.shown) and not (is_traffic and more_traffic)


def deviation(metric: str, change: Change) -> Deviation:
    return Deviation(metric, change.direction, change.started_at, change.size)


def is_consequence(shown: ShownBehaviour) -> bool:
    """Whether the behaviour says that something is different, and not what is wrong: log lines tell
    of a failure that has a name already."""
    return shown.behaviour in _DIFFERENT


def strength(one: Deviation) -> tuple[bool, float, str]:
    """Sorts the strongest first."""
    return not one.is_grave, -one.size, one.metric


@dataclass(slots=True)
class Episode:
    """`deviations` are all that were part of it, by metric; `ongoing` those that still are.

    `admitted` once its start is fixed, `announced` unless it is part of a fold only. `due` is when
    a consequence that outlasts its trouble is to be admitted (epoch seconds); None of all others.
    """

    component: str
    shown: ShownBehaviour
    started_at: float
    ended_at: float = float("-inf")
    admitted: bool = False
    announced: bool = False
    due: float | None = None
    deviations: dict[str, Deviation] = field(default_factory=dict)
    ongoing: set[str] = field(default_factory=set)

    @property
    def identity(self) -> Identity:
        return self.component, self.shown, self.started_at

    @property
    def ranked(self) -> tuple[Deviation, ...]:
        """The strongest first, behind them what follows from the behaviour."""
        ordered = sorted(self.deviations.values(), key=strength)
        return tuple(sorted(ordered, key=lambda one: one.shown != self.shown))

    @property
    def strongest(self) -> Deviation:
        return self.ranked[0]

    @property
    def is_grave(self) -> bool:
        return any(one.is_grave for one in self.deviations.values())

    @property
    def is_ongoing(self) -> bool:
        """Whether a series still shows the behaviour; its consequences may last longer."""
        return any(self.deviations[metric].shown == self.shown for metric in self.ongoing)

    def explains(self, one: Deviation) -> bool:
        """Whether a deviation of another behaviour is no trouble of its own beside this one."""
        if self.shown.behaviour is Behaviour.SATURATED is one.shown.behaviour:
            return True
        return one.follows and not is_consequence(self.shown)

    def join(self, one: Deviation) -> None:
        """Add a series; before the episode is admitted it may move its start to earlier."""
        self.deviations[one.metric] = one
        self.ongoing.add(one.metric)
        if not self.admitted and one.shown == self.shown:
            self.started_at = min(self.started_at, one.started_at)

    def leave(self, metric: str, change: Change) -> None:
        """End a series' part in it."""
        one = self.deviations[metric]
        self.deviations[metric] = replace(one, size=max(one.size, change.size))
        self.ongoing.discard(metric)
        if one.shown == self.shown and change.ended_at is not None:
            self.ended_at = max(self.ended_at, change.ended_at, self.started_at)

    def dump(self) -> dict[str, object]:
        """The whole state as JSON values."""
        return {
            "component": self.component,
            "shown": dump_shown(self.shown),
            "started_at": self.started_at,
            "ended_at": self.ended_at if self.ended_at > float("-inf") else None,
            "admitted": self.admitted,
            "announced": self.announced,
            "due": self.due,
            "deviations": [
                [one.metric, one.direction.value, one.started_at, one.size, metric in self.ongoing]
                for metric, one in self.deviations.items()
            ],
        }

    @classmethod
    def read(cls, state: Mapping[str, object]) -> Episode:
        """Raises KeyError, TypeError or ValueError for what `dump` did not write."""
        ended_at, due = state["ended_at"], state.get("due")  # none before ADR 0036 was amended
        episode = cls(
            str(state["component"]),
            read_shown(state["shown"]),
            as_number(state["started_at"]),
            float("-inf") if ended_at is None else as_number(ended_at),
            admitted=bool(state["admitted"]),
            announced=bool(state["announced"]),
            due=None if due is None else as_number(due),
        )
        for entry in as_list(state["deviations"]):
            metric, direction, started_at, size, is_ongoing = as_list(entry)
            one = Deviation(
                str(metric), Direction(str(direction)), as_number(started_at), as_number(size)
            )
            episode.deviations[one.metric] = one
            if is_ongoing:
                episode.ongoing.add(one.metric)
        if not episode.deviations:
            raise ValueError("an episode without a deviation")
        return episode


def dump_shown(shown: ShownBehaviour) -> list[str]:
    """A behaviour as JSON values."""
    return [shown.behaviour.value, shown.subject]


def read_shown(value: object) -> ShownBehaviour:
    """Raises TypeError or ValueError for what `dump_shown` did not write."""
    behaviour, subject = as_list(value)
    return ShownBehaviour(Behaviour(str(behaviour)), str(subject))
