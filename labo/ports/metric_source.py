"""A monitoring system's own store, asked for ranges of its series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from labo.domain.entities.series import Series, SeriesKey, Window


class MetricSource(Protocol):
    """A source of the components of one system of one workspace, so that a query is a window alone
    (compare `SeriesQuery`)."""

    @property
    def system(self) -> str: ...

    async def series(
        self, window: Window, *, step_s: float | None = None
    ) -> Mapping[SeriesKey, Series]:
        """Every configured series with a value in the half-open window, stamped with the start
        of its step; NaN where the source has no number.

        Raises Unavailable, Forbidden (the source refuses us) and InvalidInput (it refuses a
        query, or answers too much).
        """
        ...

    def selectors(self) -> Mapping[str, str]:
        """What the source is asked for, by metric kind."""
        ...
