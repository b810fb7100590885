"""A detector's whole state as plain JSON values, so that it resumes after a restart."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from math import isfinite
from typing import TypedDict

from labo.domain.detection.baseline import Baseline
from labo.domain.detection.detector import OpenEpisode, SeriesDetector
from labo.domain.entities.conditions import Direction


class DetectorState(TypedDict):
    """`open` is [direction, started_at, size, samples], or None; `measured` is [time, value]."""

    metric: str
    step_s: float
    measured: list[float] | None
    last_at: float | None
    gap: float
    normal: list[float]
    held: list[list[float]]
    sums: list[float]
    since: list[float]
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
        normal=list(detector.baseline.values),
        held=[list(one) for one in detector.held],
        sums=list(detector.sums),
        since=list(detector.since),
        open=[episode.direction.value, episode.started_at, episode.size, episode.samples]
        if episode
        else None,
    )


def load_detector(state: Mapping[str, object]) -> SeriesDetector:
    """Raises KeyError, TypeError or ValueError for what `dump_detector` did not write."""
    last_at, episode, measured = state["last_at"], state["open"], state["measured"]
    detector = SeriesDetector(
        metric=str(state["metric"]),
        step_s=as_number(state["step_s"]),
        last_at=float("-inf") if last_at is None else as_number(last_at),
        gap=as_number(state["gap"]),
        baseline=Baseline(_numbers(state["normal"])),
        held=deque((a, b, c) for a, b, c in map(_numbers, as_list(state["held"]))),
        sums=_numbers(state["sums"]),
        since=_numbers(state["since"]),
    )
    if measured is not None:
        at, value = _numbers(measured)
        detector.measured = at, value
    if episode is not None:
        direction, *figures = as_list(episode)
        started_at, size, samples = figures
        detector.open = OpenEpisode(
            Direction(str(direction)), as_number(started_at), as_number(size), as_count(samples)
        )
    return detector


def as_list(value: object) -> list[object]:
    """Raises TypeError for anything else."""
    if not isinstance(value, list):
        raise TypeError("a list is expected")
    return value


def as_object(value: object) -> dict[str, object]:
    """Raises TypeError for anything else."""
    if not isinstance(value, dict):
        raise TypeError("an object is expected")
    return value


def as_number(value: object) -> float:
    """Raises TypeError for anything else, ValueError for what no float can hold."""
    if not isinstance(value, int | float):
        raise TypeError("a number is expected")
    try:
        return float(value)
    except OverflowError as error:
        raise ValueError("a number is too large") from error


def as_count(value: object) -> int:
    """Raises as `as_number`, and ValueError for what is not finite."""
    number = as_number(value)
    if not isfinite(number):
        raise ValueError("a finite number is expected")
    return int(number)


def _numbers(value: object) -> list[float]:
    return [as_number(one) for one in as_list(value)]
