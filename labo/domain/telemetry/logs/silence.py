"""When a log error is over: nothing ends it but that its lines no longer come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

STEP_S = 10.0
"""Of the counts of lines that are read: the store's finest, so that no end is a minute late."""
LOOK_BACK_S = 2_100.0
"""The longest silence and five minutes before it."""

SHORTEST_S, LONGEST_S = 60.0, 1_800.0
"""Bounds of the silence that ends an error. By judgement. Until it is known to be over, what begins
joins it: another fault two minutes later was shown under the first one's cause with three minutes.
A line each quarter of an hour is still one error."""
SAME_S = 300.0
"""Seconds of a pause after which an error is another one: until then the same error would reopen
its incident (ADR 0036), so that a pause counts as one of its gaps and it does not end each time."""
GAPS = 2.0
"""So many times the longest gap between the lines is silence. By judgement: lines at random, as
many as a few a minute, leave such a gap once in hours."""
UNSEEN_S = 600.0
"""The silence of a source whose lines have no recent times: it is told by its events alone, which
come once in a window of 300 s while there are lines."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The traces of a log error, in epoch seconds: the starts of the steps with a line in the last
    `LOOK_BACK_S`, in order; when its last event happened, and when that was received. `began` is
    the start of its occurrence: steps more than `SAME_S` before it are another error's."""

    steps: Sequence[float]
    event_at: float
    received_at: float
    began: float = 0.0


def silent_since(heard: Heard, now: float) -> float | None:
    """When the last line was; None while the silence since then is not long enough.

    >>> silent_since(Heard([0.0, 60.0], event_at=0.0, received_at=1.0), now=190.0)
    70.0
    >>> silent_since(Heard([0.0, 60.0], event_at=0.0, received_at=1.0), now=189.0) is None
    True
    """
    steps = [at for at in heard.steps if at >= heard.began - SAME_S]
    if not steps:
        return heard.event_at if now - heard.received_at >= UNSEEN_S else None
    last = max(steps[-1] + STEP_S, heard.event_at)
    longest = max((after - before for before, after in pairwise(steps)), default=0.0)
    silence = min(max(GAPS * longest, SHORTEST_S), LONGEST_S)
    return last if now - max(last, heard.received_at) >= silence else None
