"""What is usual for a series at the time of day and of week, from its last two weeks.

Of each half-hour the lowest and the highest level that lasted are kept, of 14 days: some 5 KB a
series, however long it is watched. A level is usual at a time when it was reached at that time on
two of the last seven days, or on the same weekday of the last two weeks: once may have been a
fault. Of how far a value must lie beyond what is usual: `Baseline.score_beside`.

Days are those of UTC: after a change of the clocks a job is found anew for two nights.
"""

from __future__ import annotations

import math
from array import array
from base64 import b64decode, b64encode
from bisect import insort
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import numpy as np

from labo.domain.detection.state_values import as_count, as_number, as_numbers

SLOT_S = 1_800.0
"""Seconds of a slot. By judgement: a job mutes its own size for no longer than an hour, and two
weeks of slots are few enough to keep for thousands of series."""
DAYS = 14
"""Days that are looked back on."""
_A_DAY, _A_WEEK = 48, 7
_KEPT = DAYS * _A_DAY + 2
"""Slots kept: those days', and what `JITTER_S` looks at before and after."""
JITTER_S = 600.0
"""What happens so much earlier or later than usual is usual still. By judgement: a nightly job
waits for another, and a crowd is not punctual."""
REPEATS = 2
"""Days, or weeks, on which a level must have been reached at that time to be usual."""
LASTED, LASTED_SHARE = 4, 5
"""The level that lasted is the fourth highest (lowest) value of a slot, as a sudden deviation is
four values; of few values the highest of each five, since each stands for minutes then."""
_FORM = "<f4"
SPREAD = 2**0.5
"""An interquartile range over the median distance of two values of a normal distribution: 1.349 σ
over 0.954 σ."""
SPREAD_ERROR = 1.17
"""Relative standard error of such a median of n distances, times √n: as of an interquartile range
(`baseline`). What is usual may vary by one of them more than it seems; two would let a month pass
before anything is reported."""
LEAST_DISTANCES = 3
"""From a day to the next, without which the spread of levels is not known; of two, one may be that
from a workday to a week-end."""


class Levels(NamedTuple):
    low: float
    high: float


class Usual(NamedTuple):
    """From `low` to `high` is what is usual; the spreads, in units of an interquartile range, are
    how far these levels lie from the day before's."""

    low: float
    high: float
    low_spread: float = 0.0
    high_spread: float = 0.0


class Season:
    """Levels by slot since the epoch; `newest` is the last slot that is over, None before any.

    Its levels are low and high by slot modulo `_KEPT`, NaN where unknown; there are none before the
    first slot is over. `_asked` is the last answer, by the slots that it was asked for.
    """

    __slots__ = ("_asked", "_count", "_high", "_levels", "_low", "_seen", "_slot", "newest")

    def __init__(self) -> None:
        self.newest: int | None = None
        self._asked: tuple[tuple[int, int], Usual | None] | None = None
        self._levels: array[float] | None = None
        self._slot: int | None = None
        self._seen = -math.inf
        self._count = 0
        self._low: list[float] = []
        self._high: list[float] = []

    def learn(self, at: float, value: float) -> None:
        """One more value, of any level, since what happens each night is usual although it
        deviates; one that is not newer than the last, or is not known, changes nothing."""
        if not at > self._seen or not math.isfinite(value):
            return
        self._seen = at
        slot = int(at // SLOT_S)
        if slot != self._slot:
            self._finish()
            self._slot = slot
        self._count += 1
        if len(self._high) < LASTED:
            insort(self._high, value)
            insort(self._low, value)
            return
        if value > self._high[0]:
            del self._high[0]
            insort(self._high, value)
        if value < self._low[-1]:
            del self._low[-1]
            insort(self._low, value)

    def recall(self, past: Season) -> None:
        """Take over what `past`, learnt from stored history, knows of slots not known here."""
        past._finish()
        if past.newest is None or past._levels is None:
            return
        newest = past.newest if self.newest is None else max(self.newest, past.newest)
        self._advance_to(newest)
        for position in np.flatnonzero(np.isfinite(np.array(past._levels)[::2])).tolist():
            slot = past.newest - (past.newest - position) % _KEPT
            usual = past._at(slot)
            if usual is not None and slot > newest - _KEPT and self._at(slot) is None:
                self._put(slot, usual)

    def usual(self, at: float) -> Usual | None:
        """What is usual at that time; None where too little is known to say."""
        if self.newest is None:
            return None
        slots = int((at - JITTER_S) // SLOT_S), int((at + JITTER_S) // SLOT_S)
        if self._asked is None or self._asked[0] != slots:
            self._asked = slots, self._usual(*slots)
        return self._asked[1]

    def _usual(self, first: int, last: int) -> Usual | None:
        days = [self._between(first, last, back) for back in range(1, DAYS + 1)]
        low = _usual_level([None if day is None else -day.low for day in days])
        high = _usual_level([None if day is None else day.high for day in days])
        if low is None or high is None:
            return None
        return Usual(-low, high, _spread(days, 0), _spread(days, 1))

    def dump(self) -> dict[str, object]:
        """The whole state as JSON values; levels as the bytes of 32-bit floats."""
        levels = self._levels
        return {
            "newest": self.newest,
            "levels": levels and b64encode(np.array(levels, _FORM).tobytes()).decode("ascii"),
            "seen": self._seen if math.isfinite(self._seen) else None,
            "slot": self._slot,
            "count": self._count,
            "low": list(self._low),
            "high": list(self._high),
        }

    @classmethod
    def read(cls, state: Mapping[str, object]) -> Season:
        """Raises KeyError, TypeError or ValueError for what `dump` did not write."""
        season = cls()
        season.newest, season._slot = _slot_of(state["newest"]), _slot_of(state["slot"])
        if (levels := state["levels"]) is not None:
            season._levels = _floats(levels)
        if (season._levels is None) != (season.newest is None):
            raise ValueError("levels without a slot")
        if (seen := state["seen"]) is not None:
            season._seen = as_number(seen)
        season._count = as_count(state["count"])
        season._low, season._high = as_numbers(state["low"]), as_numbers(state["high"])
        return season

    def _finish(self) -> None:
        """Put the current slot's levels beside those of the slots before."""
        if self._slot is None:
            return
        rank = min(LASTED, max(1, self._count // LASTED_SHARE))
        levels = Levels(self._low[rank - 1], self._high[-rank])
        self._advance_to(self._slot)
        self._put(self._slot, levels)
        self._slot, self._count, self._low, self._high = None, 0, [], []

    def _advance_to(self, slot: int) -> None:
        """Make that slot the newest: what is too old then, or was never seen, is unknown."""
        if self._levels is None or self.newest is None or slot - self.newest >= _KEPT:
            self._levels = array("f", [math.nan] * (2 * _KEPT))
        else:
            for passed in range(self.newest + 1, slot + 1):
                self._put(passed, Levels(math.nan, math.nan))
        self.newest = slot

    def _put(self, slot: int, levels: Levels) -> None:
        self._asked = None
        if self._levels is not None:
            at = 2 * (slot % _KEPT)
            self._levels[at], self._levels[at + 1] = levels

    def _at(self, slot: int) -> Levels | None:
        if self.newest is None or self._levels is None:
            return None
        if not self.newest - _KEPT < slot <= self.newest:
            return None
        at = 2 * (slot % _KEPT)
        low, high = self._levels[at], self._levels[at + 1]
        # What no 32-bit float can hold is unknown.
        return Levels(low, high) if math.isfinite(low) and math.isfinite(high) else None

    def _between(self, first: int, last: int, days_back: int) -> Levels | None:
        """The levels of these slots, so many days before."""
        before = days_back * _A_DAY
        slots = [self._at(slot - before) for slot in range(first, last + 1)]
        known = [one for one in slots if one is not None]
        if not known:
            return None
        return Levels(min(one.low for one in known), max(one.high for one in known))


def _usual_level(days: Sequence[float | None]) -> float | None:
    """The level that is usual, of the highest ones of each day, the last first; None if unknown.

    One that was reached on two of the last seven days; once the same weekday is known of two weeks,
    only as far as it was reached on that too, since a week-end is no guide to a workday. Else what
    was reached on both of the last two days, or on both of those weekdays.
    """
    known = sorted(day for day in days[:_A_WEEK] if day is not None)
    twice = known[-REPEATS] if len(known) >= REPEATS else None
    week, before = days[_A_WEEK - 1], days[2 * _A_WEEK - 1]
    if week is None or before is None or twice is None:
        return twice
    last, last_but_one = days[0], days[1]
    both = -math.inf if last is None or last_but_one is None else min(last, last_but_one)
    return max(min(twice, max(week, before)), min(week, before), both)


def _spread(days: Sequence[Levels | None], of: int) -> float:
    """From one day to the next, of the low (0) or the high (1) levels. Few days are unlike the one
    before, so that week-ends and what happens once a week do not count."""
    distances = [abs(one[of] - before[of]) for one, before in pairwise(days) if one and before]
    if len(distances) < LEAST_DISTANCES:
        return 0.0
    return SPREAD * median(distances) / (1.0 - SPREAD_ERROR / math.sqrt(len(distances)))


def _floats(levels: object) -> array[float]:
    found = array("f", np.frombuffer(b64decode(str(levels), validate=True), _FORM))
    if len(found) != 2 * _KEPT:
        raise ValueError("levels of another form")
    return found


def _slot_of(value: object) -> int | None:
    return None if value is None else as_count(value)
