"""A system's story for counting evidence: incidents in which one problem follows another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from graph.client import Graph
from labo.domain.entities.severity import Severity
from labo.domain.incidents.incidents import IncidentStatus, Occurrence
from tests.builders.incidents import an_event, an_incident, save_incident

START = datetime(2026, 3, 1, tzinfo=UTC)


def an_episode(
    problem: str, component: str, at_s: float, *, lasts_s: float | None = 600, tag: str = ""
) -> Occurrence:
    """`problem` on `shop/<component>`, `at_s` seconds into the story; None: it still lasts."""
    started = START + timedelta(seconds=at_s)
    name = f"{problem}-{component}-{at_s}{tag}"
    return Occurrence(
        id=name,
        problem=problem,
        component=f"shop/{component}",
        severity=Severity.ERROR,
        started_at=started,
        dedup_key=name,
        ended_at=None if lasts_s is None else started + timedelta(seconds=lasts_s),
    )


async def save_linked_incident(graph: Graph, number: int, episodes: Sequence[Occurrence]) -> str:
    """A resolved incident of these episodes; returns its id."""
    incident = replace(an_incident(number), status=IncidentStatus.RESOLVED)
    await save_incident(graph, incident, *episodes, events=[an_event(number)])
    return incident.id
