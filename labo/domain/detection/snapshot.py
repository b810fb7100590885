"""A detector's whole state as plain JSON values, so that it resumes after a restart."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from math import isfinite
from typing import TypedDict

from labo.domain.detection.baseline import Baseline
from labo.domain.detection.changes import OpenEpisode
from labo.domain.detection.detector import SeriesDetector
from labo.domain.detection.deviating import Sums
from labo.domain.detection.season import Season
from labo.domain.detection.state_values import (
    as_count,
    as_list,
    as_number,
    as_numbers,
    as_object,
)
from labo.domain.entities.conditions import Direction


class DetectorState(TypedDict):
    """`open` is [direction, started_at, size, samples, usual], or None; `measured` is [time,
    value]; the sums are [high, low, since of high, since of low]."""

    metric: str
    step_s: float
    measured: list[float] | None
    last_at: float | None
    gap: float
    steady_since: float | None
    cold_until: float | None
    normal: list[float]
    held: list[list[float]]
    sums: list[float]
    unusual_sums: list[float]
    season: dict[str, object]
    open: list[str | float] | None


def dump_detector(detector: SeriesDetector) -> DetectorState:
    """The state from which `load_detector` rebuilds the same detector."""
    episode = detector.open
    return DetectorState(
        metric=detector.metric,
        step_s=detector.step_s,
        measured=list(detector.measured) if isfinite(detector.measured[0]) else None,
        last_at=detector.last_at if detector.last_at > float("-inf") else None,
        gap=detector.gap,
        steady_since=detector.steady_since if isfinite(detector.steady_since) else None,
        cold_until=detector.cold_until if isfinite(detector.cold_until) else None,
        normal=list(detector.baseline.values),
        held=[list(one) for one in detector.held],
        sums=[*detector.sums.sums, *detector.sums.since],
        unusual_sums=[*detector.unusual_sums.sums, *detector.unusual_sums.since],
        season=detector.season.dump(),
        open=_dump_open(episode) if episode else None,
    )


def load_detector(state: Mapping[str, object]) -> SeriesDetector:
    """Raises KeyError, TypeError or ValueError for what `dump_detector` did not write."""
    last_at, episode, measured = state["last_at"], state["open"], state["measured"]
    steady_since, cold_until = state["steady_since"], state["cold_until"]
    detector = SeriesDetector(
        metric=str(state["metric"]),
        step_s=as_number(state["step_s"]),
        last_at=float("-inf") if last_at is None else as_number(last_at),
        gap=as_number(state["gap"]),
        steady_since=float("inf") if steady_since is None else as_number(steady_since),
        cold_until=float("-inf") if cold_until is None else as_number(cold_until),
        baseline=Baseline(as_numbers(state["normal"])),
        season=Season.read(as_object(state["season"])),
        held=deque((a, b, c, d) for a, b, c, d in map(as_numbers, as_list(state["held"]))),
        sums=_sums(state["sums"]),
        unusual_sums=_sums(state["unusual_sums"]),
    )
    if measured is not None:
        at, value = as_numbers(measured)
        detector.measured = at, value
    if episode is not None:
        direction, *figures = as_list(episode)
        started_at, size, samples, usual = figures
        detector.open = OpenEpisode(
            Direction(str(direction)),
            as_number(started_at),
            as_number(size),
            as_count(samples),
            bool(usual),
        )
    return detector


def _dump_open(episode: OpenEpisode) -> list[str | float]:
    figures = episode.started_at, episode.size, episode.samples, episode.usual
    return [episode.direction.value, *figures]


def _sums(value: object) -> Sums:
    high, low, since_high, since_low = as_numbers(value)
    return Sums([high, low], [since_high, since_low])
