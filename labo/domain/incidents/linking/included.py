"""Which incidents include what, as far as new occurrences ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from labo.domain.incidents.incidents import GROUPING_WINDOW, Occurrence
from labo.domain.incidents.linking.candidates import Components


@dataclass(frozen=True, slots=True)
class Included:
    """`incident` (id) includes a reported occurrence that started then on `component` (key)."""

    incident: str
    component: str
    dedup_key: str
    started_at: datetime


class KnownIncidents:
    """Which incident includes what, by component and by dedup key.

    Of this batch's occurrences, which are added in the order of their starts, the last one of each
    component is enough.
    """

    def __init__(self, included: Iterable[Included]) -> None:
        self._at: dict[str, list[tuple[datetime, str]]] = {}
        self._of: dict[str, list[tuple[datetime, str]]] = {}
        self._latest: dict[str, tuple[datetime, str]] = {}
        for one in included:
            self._at.setdefault(one.component, []).append((one.started_at, one.incident))
            self._of.setdefault(one.dedup_key, []).append((one.started_at, one.incident))

    def add(self, occurrence: Occurrence, incident: str) -> None:
        self._latest[occurrence.component] = (occurrence.started_at, incident)
        of_key = self._of.setdefault(occurrence.dedup_key, [])
        of_key[:] = [one for one in of_key if one[1] != incident]
        of_key.append((occurrence.started_at, incident))

    def related(self, occurrence: Occurrence, near: Components) -> set[str]:
        """Incidents with an occurrence near in time and topology."""
        incidents = set()
        for component in near[occurrence.component]:
            starts = [*self._at.get(component, ())]
            if component in self._latest:
                starts.append(self._latest[component])
            for started_at, incident in starts:
                if abs(started_at - occurrence.started_at) <= GROUPING_WINDOW:
                    incidents.add(incident)
        return incidents

    def earlier(self, occurrence: Occurrence) -> set[str]:
        """Incidents with an earlier occurrence of the same dedup key."""
        of_key = self._of.get(occurrence.dedup_key, ())
        return {incident for started_at, incident in of_key if started_at <= occurrence.started_at}
