"""Which episodes are announced individually, and which are announced as a group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from labo.domain.detection.detector import Change
from labo.domain.detection.snapshot import as_count, as_list, as_number
from labo.domain.entities.series import SeriesKey

MINUTE = 60.0
Episode = tuple[str, str, float]
"""Component, metric, start: the identity of an episode within a system."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What an event reports: an episode of `key` began or ended.

    `also` are the other series that it covers: those of the component that vanished together with
    it or, if `folded`, those that were too many to be announced individually; `key` is then the
    strongest.
    """

    key: SeriesKey
    change: Change
    also: tuple[SeriesKey, ...] = ()
    folded: bool = False


@dataclass(slots=True)
class _Fold:
    strongest: Episode
    members: set[Episode]
    total: int


@dataclass(slots=True)
class Announcer:
    """Announces at most `openings` starts of episodes per minute of event time.

    Nothing is dropped: the excess of one call of `announce` becomes a fold, announced as one
    episode that ends when the last of its members has ended. `admit` announces regardless of the
    limit, but counts towards it.
    """

    openings: int = 20
    minute: float = 0.0
    used: int = 0
    announced: set[Episode] = field(default_factory=set)
    folds: list[_Fold] = field(default_factory=list)

    def announce(
        self, changes: Iterable[tuple[SeriesKey, Change]], at: float
    ) -> Iterator[Announcement]:
        """Starts in the order of their strength, then ends."""
        ordered = sorted(changes, key=lambda pair: -pair[1].size)
        if self.minute != at // MINUTE:
            self.minute, self.used = at // MINUTE, 0
        extra = []
        for key, change in (pair for pair in ordered if pair[1].ended_at is None):
            if self.used < self.openings:
                yield self.admit(key, change)
            else:
                extra.append((key, change))
        if extra:
            yield self._fold(extra)
        for key, change in (pair for pair in ordered if pair[1].ended_at is not None):
            yield from self._ended(key, change)

    def admit(
        self, key: SeriesKey, change: Change, also: tuple[SeriesKey, ...] = ()
    ) -> Announcement:
        """Announce one start, regardless of the limit."""
        self.used += 1
        self.announced.add(_episode(key, change))
        return Announcement(key, change, also)

    def _fold(self, extra: list[tuple[SeriesKey, Change]]) -> Announcement:
        episodes = [_episode(key, change) for key, change in extra]
        self.folds.append(_Fold(episodes[0], set(episodes), len(episodes)))
        strongest, change = extra[0]
        return Announcement(strongest, change, tuple(key for key, _ in extra[1:]), folded=True)

    def _ended(self, key: SeriesKey, change: Change) -> Iterator[Announcement]:
        episode = _episode(key, change)
        if episode in self.announced:
            self.announced.remove(episode)
            yield Announcement(key, change)
        for fold in [fold for fold in self.folds if episode in fold.members]:
            fold.members.remove(episode)
            if not fold.members:
                self.folds.remove(fold)
                component, metric, started_at = fold.strongest
                over = Change(change.direction, started_at, change.size, change.ended_at)
                yield Announcement(SeriesKey(component, metric), over, folded=True)

    def dump(self) -> dict[str, object]:
        """The whole state as JSON values."""
        return {
            "minute": self.minute,
            "used": self.used,
            "announced": sorted(map(list, self.announced)),
            "folds": [
                [list(fold.strongest), sorted(map(list, fold.members)), fold.total]
                for fold in self.folds
            ],
        }

    def restore(self, state: dict[str, object]) -> None:
        """Restore what `dump` returned. Raises KeyError, TypeError or ValueError otherwise."""
        self.minute, self.used = as_number(state["minute"]), as_count(state["used"])
        self.announced = {_read_episode(one) for one in as_list(state["announced"])}
        self.folds = []
        for one in as_list(state["folds"]):
            strongest, members, total = as_list(one)
            read = {_read_episode(member) for member in as_list(members)}
            self.folds.append(_Fold(_read_episode(strongest), read, as_count(total)))


def _episode(key: SeriesKey, change: Change) -> Episode:
    return key.component, key.metric, change.started_at


def _read_episode(value: object) -> Episode:
    component, metric, started_at = as_list(value)
    return str(component), str(metric), as_number(started_at)
