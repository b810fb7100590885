"""Kinds of problems in the graph, their merging and retiring."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import NoneType

from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.entities.person_texts import name_key
from labo.domain.entities.problems import Problem, ProblemKind, ProblemStatus
from labo.errors import NotFound


@dataclass(frozen=True, slots=True)
class CanonicalKey:
    key: str
    canonical: str


@dataclass(frozen=True, slots=True)
class Stored:
    """The problem with key `subject` of a workspace."""

    workspace: str
    subject: str


GET_PROBLEM = load("problems/get_problem", row=Problem)
FIND_PROBLEMS = load("problems/find_problems", row=tuple[Problem, ...])
FIND_PROBLEMS_BY_KEYS = load("problems/find_problems_by_keys", row=tuple[Problem, ...])
FIND_CANONICAL_KEYS = load("problems/find_canonical_keys", row=CanonicalKey)
FIND_NAMED = load("problems/find_named", row=Problem)
FIND_OF_ONE_METRIC = load("problems/find_of_one_metric", row=Stored)
UPSERT_HELD = load("problems/upsert_held", row=CanonicalKey)
UPSERT_NAME = load("problems/upsert_name", row=Problem)
UPSERT_PROBLEMS = load("problems/upsert_problems", row=NoneType)
UPSERT_PROBLEM_STATUS = load("problems/upsert_problem_status", row=Problem)
DELETE_UNMET = load("problems/delete_unmet", row=str)
LINK_ALIAS = load("problems/link_alias", row=NoneType)
LINK_OCCURRENCES_INTO = load("problems/link_occurrences_into", row=int)
LINK_MENTIONS_INTO = load("problems/link_mentions_into", row=int)

LIVE = (ProblemStatus.OBSERVED, ProblemStatus.VALIDATED)
BATCH = 1_000
_END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


async def get(graph: Graph, key: str) -> Problem:
    """The problem that `key` stands for now: of a merged one, what it was merged into.

    Raises NotFound.
    """
    problem = (await find_by_keys(graph, [key])).get(key)
    if problem is not None and problem.merged_into:
        problem = (await find_by_keys(graph, [problem.merged_into])).get(problem.merged_into)
    if problem is None:
        raise NotFound("no such problem", where=key)
    return problem


async def read(tx: Transaction, key: str) -> Problem | None:
    """The record under exactly this key, within a write that decides on it."""
    rows = await tx.run(GET_PROBLEM, key=key)
    return rows[0] if rows else None


async def find_by_keys(graph: Graph, keys: Iterable[str]) -> dict[str, Problem]:
    """Problems by key; an unknown one is absent."""
    [found] = await graph.fetch(FIND_PROBLEMS_BY_KEYS, keys=sorted(set(keys)))
    return {problem.key: problem for problem in found}


async def read_by_keys(tx: Transaction, keys: Iterable[str]) -> dict[str, Problem]:
    """As `find_by_keys`, within a transaction."""
    [found] = await tx.run(FIND_PROBLEMS_BY_KEYS, keys=sorted(set(keys)))
    return {problem.key: problem for problem in found}


async def read_named(tx: Transaction, name: str, role: str) -> Problem | None:
    """The problem of `role` that people call so, in whatever case; a merged one is none."""
    rows = await tx.run(FIND_NAMED, role=role, name_key=name_key(name))
    return rows[0] if rows else None


async def find_canonical(graph: Graph, keys: Iterable[str]) -> dict[str, str]:
    """What each known key stands for: itself, or the problem that it was merged into."""
    rows = await graph.fetch(FIND_CANONICAL_KEYS, keys=sorted(set(keys)))
    return {row.key: row.canonical for row in rows}


async def read_canonical(tx: Transaction, keys: Iterable[str]) -> dict[str, str]:
    """As `find_canonical`, within a write that decides on it."""
    rows = await tx.run(FIND_CANONICAL_KEYS, keys=sorted(set(keys)))
    return {row.key: row.canonical for row in rows}


async def hold(tx: Transaction, keys: Iterable[str]) -> dict[str, str]:
    """As `read_canonical`, and no other write merges or changes these until this one is over."""
    rows = await tx.run(UPSERT_HELD, keys=sorted(set(keys)))
    return {row.key: row.canonical for row in rows}


async def find(
    graph: Graph,
    *,
    statuses: Iterable[ProblemStatus] = LIVE,
    role: str | None = None,
    shown: bool = False,
    before: datetime | None = None,
    after_key: str = "",
    limit: int = 50,
) -> list[Problem]:
    """A page, last seen first, then by key backwards: behind the one last seen at `before` with
    key `after_key`.

    `shown` leaves only those of which it is known how they show themselves.
    """
    [page] = await graph.fetch(
        FIND_PROBLEMS,
        statuses=[status.value for status in statuses],
        role=role,
        shown=shown,
        before=before or _END_OF_TIME,
        after=after_key,
        limit=limit,
    )
    return list(page)


async def find_of_one_metric(graph: Graph) -> list[Stored]:
    """Live problems of every workspace that may be named by one metric and its direction."""
    statuses = [status.value for status in LIVE]
    return await graph.fetch(FIND_OF_ONE_METRIC, kind=ProblemKind.METRIC.value, statuses=statuses)


async def upsert(tx: Transaction, problems: Iterable[Problem], *, written_by: str) -> None:
    """Create what is missing. A known problem retains its figures; an empty summary is filled."""
    by_key = {problem.key: problem for problem in problems}
    rows = [properties(by_key[key]) for key in sorted(by_key)]
    for start in range(0, len(rows), BATCH):
        await tx.run(UPSERT_PROBLEMS, rows=rows[start : start + BATCH], written_by=written_by)


async def delete_unmet(tx: Transaction, incident: str, keys: Iterable[str]) -> list[str]:
    """Forget those of `keys` that only a confirmed cause of `incident`, taken back now, created and
    named; which they were."""
    return await tx.run(DELETE_UNMET, incident=incident, keys=sorted(set(keys)))


async def set_status(
    tx: Transaction,
    key: str,
    status: ProblemStatus,
    *,
    by: str,
    reason: str,
    expected: int | None = None,
) -> Problem | None:
    """The problem with its new status; None when it is gone, merged or not at `expected`."""
    rows = await tx.run(
        UPSERT_PROBLEM_STATUS,
        key=key,
        status=status.value,
        by=by,
        reason=reason,
        expected=expected,
    )
    return rows[0] if rows else None


async def set_name(
    tx: Transaction,
    key: str,
    name: str,
    *,
    by: str,
    at: datetime,
    expected: int | None = None,
) -> Problem | None:
    """The problem under its new name; None when it is gone, merged or not at `expected`.

    Raises Conflict when another problem of its role is called so.
    """
    rows = await tx.run(
        UPSERT_NAME,
        key=key,
        name=name,
        name_key=name_key(name),
        expected=expected,
        by=by,
        at=at,
    )
    return rows[0] if rows else None


async def hand_over(tx: Transaction, source: str, into: str, *, by: str, reason: str) -> int:
    """Occurrences, counts and mentions of `source` go to `into`; `source` becomes its alias.

    Returns how many occurrences moved. Edges and signature are handed over by `graph.edges` and
    `graph.conditions`.
    """
    moved = await tx.run(LINK_OCCURRENCES_INTO, source=source, into=into)
    await tx.run(LINK_MENTIONS_INTO, source=source, into=into)
    await tx.run(LINK_ALIAS, source=source, into=into, by=by, reason=reason)
    return sum(moved)
