"""Occurrences in the graph: which incident holds which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import NoneType

from graph.client import Graph, Transaction
from graph.statements import load
from labo.domain.entities.severity import Severity
from labo.domain.incidents.incidents import Occurrence


@dataclass(frozen=True, slots=True)
class IncludedOccurrence:
    incident: str
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class TracedOccurrence:
    """`trace_ids` were noted when it was diagnosed."""

    occurrence: Occurrence
    trace_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LastingError:
    """An ongoing occurrence: when it began, its last event happened, and that was received."""

    workspace: str
    system: str
    component: str
    dedup_key: str
    severity: Severity
    title: str
    began_at: datetime
    event_at: datetime
    received_at: datetime


FIND_BY_IDS = load("occurrences/find_by_ids", row=TracedOccurrence)
UPSERT_TRACE_IDS = load("occurrences/upsert_trace_ids", row=NoneType)
FIND_FIRST_BY_INCIDENTS = load("occurrences/find_first_by_incidents", row=IncludedOccurrence)
FIND_BY_INCIDENTS = load("occurrences/find_by_incidents", row=IncludedOccurrence)
FIND_LASTING_ERRORS = load("occurrences/find_lasting_errors", row=LastingError)


async def find_by_incidents(graph: Graph, ids: Sequence[str]) -> dict[str, list[Occurrence]]:
    """The occurrences of each incident, oldest first; an unknown incident has none."""
    return _by_incident(ids, await graph.fetch(FIND_BY_INCIDENTS, ids=list(dict.fromkeys(ids))))


async def read_by_incidents(tx: Transaction, ids: Sequence[str]) -> dict[str, list[Occurrence]]:
    """As `find_by_incidents`, within a write that decides on it."""
    return _by_incident(ids, await tx.run(FIND_BY_INCIDENTS, ids=list(dict.fromkeys(ids))))


async def find_by_ids(graph: Graph, ids: Sequence[str]) -> list[TracedOccurrence]:
    """The occurrences of these ids; unknown ones are left out."""
    return await graph.fetch(FIND_BY_IDS, ids=sorted(set(ids)))


async def find_first(graph: Graph, ids: Sequence[str], limit: int) -> dict[str, list[Occurrence]]:
    """The `limit` oldest occurrences of each incident, for showing them."""
    known = list(dict.fromkeys(ids))
    return _by_incident(ids, await graph.fetch(FIND_FIRST_BY_INCIDENTS, ids=known, limit=limit))


def _by_incident(
    ids: Iterable[str], rows: Iterable[IncludedOccurrence]
) -> dict[str, list[Occurrence]]:
    by_incident: dict[str, list[Occurrence]] = {incident: [] for incident in ids}
    for row in rows:
        by_incident[row.incident].append(row.occurrence)
    return by_incident


async def find_lasting_errors(graph: Graph, thread_prefix: str, limit: int) -> list[LastingError]:
    """Ongoing occurrences, of every workspace, whose dedup key begins so."""
    return await graph.fetch(FIND_LASTING_ERRORS, thread_prefix=thread_prefix, limit=limit)


async def note_traces(tx: Transaction, traces: Mapping[str, Sequence[str]]) -> None:
    """Save which traces show each occurrence (by id)."""
    rows = [{"id": key, "trace_ids": list(traces[key])} for key in sorted(traces)]
    if rows:
        await tx.run(UPSERT_TRACE_IDS, rows=rows)
