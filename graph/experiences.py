"""Experiences in the graph: numbered without gaps, never changed, read in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType

from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.knowledge.experiences import Experience
from labo.domain.learning.state import LabelledProblem


@dataclass(frozen=True, slots=True)
class Replaced:
    """Experience number `replaced` is corrected by number `by`."""

    replaced: int
    by: int


@dataclass(frozen=True, slots=True)
class ExperienceCount:
    """The newest number taken, and how many experiences are not learnt from."""

    last: int
    quarantined: int


UPSERT_EXPERIENCE = load("experiences/upsert_experience", row=int)
FIND_EXPERIENCES = load("experiences/find_experiences", row=Experience)
FIND_NUMBERED = load("experiences/find_numbered", row=Experience)
FIND_LABELLED_INCIDENTS = load("experiences/find_labelled_incidents", row=Experience)
FIND_ACTIONS = load("experiences/find_actions", row=Experience)
FIND_REPLACED = load("experiences/find_replaced", row=Replaced)
COUNT_EXPERIENCES = load("experiences/count_experiences", row=ExperienceCount)
UPSERT_LEARNT = load("experiences/upsert_learnt", row=NoneType)


async def append(tx: Transaction, experience: Experience) -> int:
    """The experience's number, taken in this transaction: the next one, without gaps.

    Safe to repeat: an id that is stored already returns its number and changes nothing.
    """
    values = {
        name: value
        for name, value in properties(experience).items()
        if name not in ("id", "seq") and value is not None
    }
    return (await tx.run(UPSERT_EXPERIENCE, id=experience.id, properties=values))[0]


async def read_after(graph: Graph, seq: int, limit: int) -> list[Experience]:
    """The next `limit` experiences behind number `seq`, in order."""
    return await graph.fetch(FIND_EXPERIENCES, after=seq, last=seq + limit)


async def find_numbered(graph: Graph, seqs: Sequence[int]) -> list[Experience]:
    """The experiences of these numbers, in order."""
    return await graph.fetch(FIND_NUMBERED, seqs=list(seqs))


async def read_labelled_incidents(tx: Transaction, incident: str) -> list[Experience]:
    """The labelled incidents of an incident or a case, newest first, within a write that decides on
    it."""
    return await tx.run(FIND_LABELLED_INCIDENTS, incident=incident)


async def read_actions(tx: Transaction, incidents: Iterable[str]) -> list[Experience]:
    """What was learnt from the actions on these incidents, in order, within a write that decides on
    it."""
    return await tx.run(FIND_ACTIONS, incidents=sorted(set(incidents)))


async def find_replaced(graph: Graph, last: int) -> list[Replaced]:
    """Every correction up to number `last`, in order."""
    return await graph.fetch(FIND_REPLACED, last=last)


async def count(graph: Graph) -> ExperienceCount:
    return (await graph.fetch(COUNT_EXPERIENCES))[0]


async def save_labelled_incidents(tx: Transaction, problems: Mapping[str, LabelledProblem]) -> None:
    """How many labelled incidents count for each problem (key)."""
    rows = [
        {
            "key": key,
            "lessons": problems[key].labelled_incidents,
            "last_seen": problems[key].last_seen,
        }
        for key in sorted(problems)
    ]
    await tx.run(UPSERT_LEARNT, rows=rows)
