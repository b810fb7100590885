"""The beginning and the end of an episode of one series."""

from __future__ import annotations

from dataclasses import dataclass

from labo.domain.entities.conditions import Direction


@dataclass(frozen=True, slots=True)
class Change:
    """An episode of one series began (`ended_at` None) or ended. Times are epoch seconds.

    `size` is in scales of the series' baseline: at a sudden start the median |z| of the values
    beyond the threshold, at a slow one the newest; at the end the largest of the episode. For an
    absence it is the number of missed steps.
    """

    direction: Direction
    started_at: float
    size: float
    ended_at: float | None = None
    became_normal: bool = False


@dataclass(slots=True)
class OpenEpisode:
    """The ongoing episode; `samples` counts its values. If `usual`, the series deviates from its
    recent values only, not from what is usual at the time, and nothing is reported."""

    direction: Direction
    started_at: float
    size: float
    samples: int = 0
    usual: bool = False
