"""Which episodes are announced: one per component and behaviour, and the excess as a group.

Series open and end deviations; a component has an episode of a behaviour from the first of them to
the last (ADR 0032). What follows from a component's trouble joins that trouble's episode: fewer
requests because callers wait, lines in its log, and changes without a name; and a second resource
joins the first, as work that waits holds all of them. What outlasts it by `OUTLASTS_S` has an
episode of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from labo.domain.detection.changes import Change
from labo.domain.detection.episodes import (
    Deviation,
    Episode,
    Identity,
    deviation,
    dump_shown,
    read_shown,
    strength,
)
from labo.domain.detection.state_values import as_count, as_list, as_number, as_object
from labo.domain.entities.behaviours import ShownBehaviour
from labo.domain.entities.series import SeriesKey

MINUTE = 60.0
OUTLASTS_S = 300.0
"""Seconds by which a consequence has to outlast its component's trouble to be one of its own:
queues drain, and a rate that counts by the minute ends a minute late. As long as an incident may
take until it is over and done."""

Found = tuple[float, SeriesKey, Change]
"""When it was detected (the time of the value that showed it), in which series, and what."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What an event reports: an episode of `shown` on `component` began, became grave, or ended.

    `deviations` are the series that show it, the strongest first, behind them what follows from
    it; at least one. `others` are the further episodes that it stands for if `folded`: those that
    were too many to be announced individually. Times are epoch seconds.
    """

    component: str
    shown: ShownBehaviour
    started_at: float
    deviations: tuple[Deviation, ...]
    ended_at: float | None = None
    became_normal: bool = False
    folded: bool = False
    others: tuple[Identity, ...] = ()

    @property
    def is_grave(self) -> bool:
        return any(one.is_grave for one in self.deviations)


@dataclass(slots=True)
class _Fold:
    strongest: Episode
    members: set[Identity]


@dataclass(slots=True)
class Announcer:
    """Announces at most `openings` starts of episodes per minute of event time.

    Nothing is dropped: the excess of one moment becomes a fold, announced as one episode that ends
    when the last of its members has ended. What is announced depends on when something was detected
    and not on how many steps one call brings.
    """

    openings: int = 20
    minute: float = 0.0
    used: int = 0
    episodes: dict[str, list[Episode]] = field(default_factory=dict)
    folds: list[_Fold] = field(default_factory=list)

    def announce(
        self, found: Iterable[Found], until: float, *, limited: bool = True
    ) -> Iterator[Announcement]:
        """Announce starts, in the order of their strength, then ends; moment by moment, and what
        outlasted its component's trouble by `until`.

        Without `limited` all starts are announced individually, but count towards the limit.
        """
        ordered = sorted(found, key=lambda one: (one[0], one[1].component, one[1].metric))
        for at, moment in groupby(ordered, key=lambda one: one[0]):
            yield from self._admit_due(at)
            together = [(key, change) for _, key, change in moment]
            started = [pair for pair in together if pair[1].ended_at is None]
            yield from self._start(at, started, limited=limited)
            for key, change in together:
                if change.ended_at is not None:
                    yield from self._end(at, key, change)
        yield from self._admit_due(until)

    def _start(
        self, at: float, started: Sequence[tuple[SeriesKey, Change]], *, limited: bool
    ) -> Iterator[Announcement]:
        pairs = [(key.component, deviation(key.metric, change)) for key, change in started]
        fresh: list[Episode] = []
        # Trouble first, so that what follows from it in the same moment finds it.
        for component, one in sorted(pairs, key=lambda pair: (pair[1].follows, *strength(pair[1]))):
            episode = self._episode_for(component, one)
            if episode is None:
                fresh.append(self._opened(component, one))
                continue
            was_grave = episode.is_grave
            episode.join(one)
            if episode.announced and episode.is_grave and not was_grave:
                yield _announcement(episode)
        yield from self._admit(at, fresh, limited=limited)

    def _episode_for(self, component: str, one: Deviation) -> Episode | None:
        """The open episode of its behaviour, else the strongest one that it belongs with."""
        here = self.episodes.get(component, [])
        same = next((episode for episode in here if episode.shown == one.shown), None)
        fitting = [episode for episode in here if episode.explains(one)]
        return same or min(fitting, key=lambda e: strength(e.strongest), default=None)

    def _opened(self, component: str, one: Deviation, *, due: float | None = None) -> Episode:
        episode = Episode(component, one.shown, one.started_at, due=due)
        episode.join(one)
        self.episodes.setdefault(component, []).append(episode)
        return episode

    def _admit(
        self, at: float, fresh: Iterable[Episode], *, limited: bool
    ) -> Iterator[Announcement]:
        if at // MINUTE > self.minute:
            self.minute, self.used = at // MINUTE, 0
        extra: list[Episode] = []
        for episode in sorted(fresh, key=lambda e: (*strength(e.strongest), e.component)):
            episode.admitted = True
            if limited and self.used >= self.openings:
                extra.append(episode)
                continue
            self.used += 1
            episode.announced = True
            yield _announcement(episode)
        if extra:
            self.folds.append(_Fold(extra[0], {episode.identity for episode in extra}))
            others = tuple(episode.identity for episode in extra[1:])
            yield _announcement(extra[0], folded=True, others=others)

    def _end(self, at: float, key: SeriesKey, change: Change) -> Iterator[Announcement]:
        here = self.episodes.get(key.component, [])
        episode = next((one for one in here if key.metric in one.ongoing), None)
        if episode is None:
            return
        episode.leave(key.metric, change)
        if episode.is_ongoing:
            return
        here.remove(episode)
        if not here:
            del self.episodes[key.component]
        normal = change.became_normal
        if episode.announced:
            yield _announcement(episode, ended_at=episode.ended_at, became_normal=normal)
        for fold in [fold for fold in self.folds if episode.identity in fold.members]:
            fold.members.remove(episode.identity)
            if not fold.members:
                self.folds.remove(fold)
                last = max(episode.ended_at, fold.strongest.started_at)
                yield _announcement(
                    fold.strongest, ended_at=last, became_normal=normal, folded=True
                )
        self._go_on_alone(at, episode)

    def _go_on_alone(self, at: float, episode: Episode) -> None:
        """Give what was taken for a consequence an episode of its own, in case that it lasts."""
        for metric in sorted(episode.ongoing):
            one = episode.deviations[metric]
            other = self._episode_for(episode.component, one)
            if other is None:
                self._opened(episode.component, one, due=at + OUTLASTS_S)
            else:
                other.join(one)

    def _admit_due(self, until: float) -> Iterator[Announcement]:
        """Admit the consequences that have lasted long enough, in the order of time."""
        waiting = [
            (one.due, one)
            for here in self.episodes.values()
            for one in here
            if not one.admitted and one.due is not None and one.due <= until
        ]
        waiting.sort(key=lambda pair: pair[0])
        for due, together in groupby(waiting, key=lambda pair: pair[0]):
            yield from self._admit(due, [one for _, one in together], limited=True)

    def dump(self) -> dict[str, object]:
        """The whole state as JSON values."""
        return {
            "minute": self.minute,
            "used": self.used,
            "episodes": [
                episode.dump() for _, here in sorted(self.episodes.items()) for episode in here
            ],
            "folds": [
                [
                    fold.strongest.dump(),
                    [_dump_identity(one) for one in sorted(fold.members, key=_text)],
                ]
                for fold in self.folds
            ],
        }

    def restore(self, state: dict[str, object]) -> None:
        """Restore what `dump` returned. Raises KeyError, TypeError or ValueError otherwise."""
        self.minute, self.used = as_number(state["minute"]), as_count(state["used"])
        self.episodes = {}
        for one in as_list(state["episodes"]):
            episode = Episode.read(as_object(one))
            self.episodes.setdefault(episode.component, []).append(episode)
        ongoing = {one.identity: one for here in self.episodes.values() for one in here}
        self.folds = []
        for one in as_list(state["folds"]):
            strongest, members = as_list(one)
            episode = Episode.read(as_object(strongest))
            read = {_read_identity(member) for member in as_list(members)}
            self.folds.append(_Fold(ongoing.get(episode.identity, episode), read))


def _announcement(
    episode: Episode,
    *,
    ended_at: float | None = None,
    became_normal: bool = False,
    folded: bool = False,
    others: tuple[Identity, ...] = (),
) -> Announcement:
    return Announcement(
        episode.component,
        episode.shown,
        episode.started_at,
        episode.ranked,
        ended_at,
        became_normal,
        folded,
        others,
    )


def _text(identity: Identity) -> tuple[str, str, float]:
    component, shown, started_at = identity
    return component, shown.key, started_at


def _dump_identity(identity: Identity) -> list[object]:
    component, shown, started_at = identity
    return [component, dump_shown(shown), started_at]


def _read_identity(value: object) -> Identity:
    component, shown, started_at = as_list(value)
    return str(component), read_shown(shown), as_number(started_at)
