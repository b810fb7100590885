"""False incidents over a simulated month, and recall and delay of faults by detection alone.

A world of 50 components (`month_world`) in which nothing is wrong is judged for 30 days; whatever
opens is false. Episodes become incidents by the product's own linking. In the same run: detection
without seasons, and a static three-sigma rule on the first two hours. Then faults, by kind,
intensity and time, each in a component of its own, with the season from stored history.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from benchmarks.detection import three_sigma
from benchmarks.month_faults import FaultKind
from benchmarks.month_trials import (
    PAST,
    TIMES,
    WARM_UP,
    Outcome,
    Trial,
    a_watch,
    announced,
    between,
    incidents,
    outcome,
    past,
    trials,
)
from benchmarks.month_world import DAY, MINUTE, START, World
from benchmarks.table import Table
from labo.domain.entities.series import Series, SeriesKey

SEED, FAULT_SEED = 7, 8
"""Of the report; others were used while the season was made (ADR 0045)."""
DAYS, NEW_DAYS, CONTROL_DAYS, FAULT_DAYS = 30, 14, 7, 21
"""Days that are judged; from nothing; in the controls, which have incidents enough; and of the
world of the faults, history included."""


@dataclass(frozen=True, slots=True)
class Calm:
    """Some days without a fault: incidents and announced episodes a day, and the microseconds of
    CPU a value."""

    incidents: float
    episodes: float
    last_week: float
    microseconds: float


def calm(
    world: World,
    series: Mapping[SeriesKey, Series],
    days: int,
    *,
    knows_seasons: bool = True,
    knows_past: bool = False,
) -> Calm:
    """The first `days` after `PAST`."""
    begin, end = PAST * DAY, (PAST + days) * DAY
    watch = a_watch(series, knows_seasons=knows_seasons)
    watch.learn(between(series, begin - WARM_UP, begin), 0.0, START + begin * MINUTE)
    if knows_past:
        watch.recall(past(series, begin))
    began = time.process_time()
    found = announced(watch, series, begin, end)
    spent = time.process_time() - began
    values = sum(one.values.size for one in between(series, begin, end).values())
    starts = incidents((one for _, one in found), world.neighbours)
    opened = {(one.component, one.shown, one.started_at) for _, one in found}
    late = sum(at >= START + (end - 7 * DAY) * MINUTE for at in starts)
    return Calm(len(starts) / days, len(opened) / days, late / 7, spent / values * 1e6)


def static(series: Mapping[SeriesKey, Series], days: int) -> float:
    """Crossings a day of three standard deviations of the first two hours, over all series."""
    within = between(series, PAST * DAY, (PAST + days) * DAY)
    found = (three_sigma(key.metric, one.timestamps, one.values) for key, one in within.items())
    return sum(len(one) for one in found) / days


def _share(found: Sequence[Outcome]) -> tuple[float, str]:
    delays = [one.delay for one in found if one.delay is not None]
    return len(delays) / len(found), f"{median(delays):.0f}" if delays else "–"


def _fault_rows(world: World) -> Iterator[tuple[object, ...]]:
    tried = trials(world)
    ours, plain, nothing = (
        [outcome(world, one, knows_seasons=seasons, is_real=real) for one in tried]
        for seasons, real in ((True, True), (False, True), (True, False))
    )

    def row(name: str, chosen: Callable[[Trial], bool]) -> tuple[object, ...]:
        at = [i for i, one in enumerate(tried) if chosen(one)]
        (recall, delay), (before, delay_before), (chance, _) = (
            _share([found[i] for i in at]) for found in (ours, plain, nothing)
        )
        hit = [ours[i] for i in at if ours[i].delay is not None]
        own = [one for one in hit if one.episodes]
        return (
            f"{name} ({len(at)})",
            *(recall, delay, before, delay_before, chance),
            mean(one.episodes / one.behaviours for one in own) if own else "–",
            mean(one.behaviours for one in own) if own else "–",
        )

    yield row("all faults", lambda _: True)
    for level, name in enumerate(("mild", "plain", "severe")):
        yield row(name, lambda one, level=level: one.level == level)  # type: ignore[misc]
    for when, _ in TIMES:
        yield row(when, lambda one, when=when: one.time == when)  # type: ignore[misc]
    for kind in FaultKind:
        yield row(kind, lambda one, kind=kind: one.fault.kind is kind)  # type: ignore[misc]


def run() -> Table:
    """Rows of calm days, then of faults."""
    world = World(SEED, PAST + DAYS)
    count = range(len(world.components))
    series = {key: one for i in count for key, one in world.series(i).items()}
    faults = [(row[0], *("",) * 4, *row[1:]) for row in _fault_rows(World(FAULT_SEED, FAULT_DAYS))]
    control = calm(world, series, CONTROL_DAYS, knows_seasons=False)
    crossings = static(series, CONTROL_DAYS)
    rows: list[tuple[object, ...]] = []
    for name, days, found in (
        ("without seasons (control)", CONTROL_DAYS, control),
        ("as it is, two weeks of history", DAYS, calm(world, series, DAYS, knows_past=True)),
        ("as it is, from nothing", NEW_DAYS, calm(world, series, NEW_DAYS)),
    ):
        ratio = found.microseconds / control.microseconds
        figures = found.incidents, found.episodes, found.last_week, ratio
        rows.append((f"{name}, {days} days", *figures, *("",) * 7))
    name = f"static 3 sigma (control), crossings, {CONTROL_DAYS} days"
    rows += [(name, "", crossings, *("",) * 9), *faults]
    columns = (
        *("days without a fault, or faults (number)", "false incidents a day", "episodes a day"),
        *("incidents a day, last week", "CPU a value, to that without seasons"),
        *("recall", "delay, min", "recall without seasons (control)", "delay, min"),
        *("found where there is none (control)", "episodes a behaviour", "behaviours a fault"),
    )
    notes = (
        "50 components, six series each, a value a minute; jobs, week-ends, deploys, noise that is "
        "heavy-tailed and lasts. A third of the components has fewer than 50 requests a minute.",
        "Deploys alone are some nine a day. In a job the control "
        "has one open already, which does not count as found.",
        "A fault lasts an hour and is found by an episode dated five minutes before it or later; "
        "the delay is to the end of the minute that told.",
        "Two weeks of history come in steps of ten minutes, as the store and a Prometheus give "
        "them.",
    )
    return Table("False incidents over a month", columns, rows, notes)
