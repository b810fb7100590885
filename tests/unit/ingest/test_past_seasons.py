"""The weeks before are read in bounded requests, and seldom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from labo.domain.detection.season import DAYS
from labo.domain.entities.series import Series, SeriesKey, SeriesQuery
from labo.ports.recent_telemetry import LineCount
from labo.services.ingest.past_seasons import AGAIN_S, STEP_S, PastSeasons

SYSTEM = "ours", "shop"
NOW = 1_772_366_500.0


@dataclass
class Asked:
    """A store without a series, which notes what it is asked for."""

    queries: list[SeriesQuery] = field(default_factory=list)

    async def systems(self, since: datetime) -> Sequence[tuple[str, str]]:
        return [SYSTEM]

    async def series(self, query: SeriesQuery) -> Mapping[SeriesKey, Series]:
        self.queries.append(query)
        return {}

    async def line_counts(self, query: SeriesQuery) -> Sequence[LineCount]:
        return []


async def read(past: PastSeasons, asked: Asked, now: float, times: int = 2 * DAYS) -> None:
    for _ in range(times):
        await past.read_next(asked, now)


async def test_two_weeks_are_read_a_day_at_a_time_the_newest_first() -> None:
    """Whole days without a gap between them, up to the present half-hour."""
    asked = Asked()
    await read(PastSeasons(SYSTEM, NOW), asked, NOW)
    windows = [query.window for query in asked.queries]

    assert len(windows) == DAYS
    assert {query.step_s for query in asked.queries} == {STEP_S}
    assert {one.end - one.start for one in windows} == {timedelta(days=1)}
    assert 0 <= NOW - windows[0].end.timestamp() < 1_800
    assert all(one.start == older.end for one, older in pairwise(windows))


async def test_new_series_are_asked_for_once_an_hour_together() -> None:
    """Of their components alone."""
    asked, past = Asked(), PastSeasons(SYSTEM, NOW, day=DAYS)
    past.waiting.add("cart")
    await read(past, asked, NOW + AGAIN_S - 1)
    assert asked.queries == []

    past.waiting.add("web")
    await read(past, asked, NOW + AGAIN_S)
    assert len(asked.queries) == DAYS
    assert {query.components for query in asked.queries} == {frozenset({"cart", "web"})}
    assert past.waiting == set()
