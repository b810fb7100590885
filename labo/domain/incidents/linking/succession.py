"""How an incident relates to an earlier one that it does not belong to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from labo.domain.incidents.incidents import FOLLOWING_WINDOW
from labo.domain.incidents.linking.grouping import LinkedIncident


class Succession(StrEnum):
    """The name of the relationship from the later incident to the earlier one."""

    FOLLOWS = "FOLLOWS"
    OVERLAPS = "OVERLAPS"


def succession(opened_at: datetime, earlier: LinkedIncident, *, recurs: bool) -> Succession | None:
    """What an incident that opened then is to an `earlier` one near it; None when it is nothing.

    It overlaps what still lasted, and follows what ended less than `FOLLOWING_WINDOW` before; if it
    `recurs`, by the same alert, it follows however long ago that was.
    """
    over_since = earlier.over_since
    if over_since is None or opened_at <= over_since:
        return Succession.OVERLAPS
    if recurs or opened_at - over_since < FOLLOWING_WINDOW:
        return Succession.FOLLOWS
    return None
