"""Names that people give to problems: one name is one problem's of a role."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from graph import jobs, memory, problems
from graph.client import Transaction
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.person_texts import name_key
from labo.domain.entities.problems import Problem, ProblemStatus, named_problem
from labo.errors import Conflict, NotFound

MOST_REMEMBERED = 200
"""Incidents whose remembered text is renewed with a name, the newest ones: as many as are ever
candidates of a search, with some to spare."""


async def bearer(tx: Transaction, name: str, role: str) -> Problem:
    """The problem of `role` called `name`, or as it would be created; writes nothing.

    A name that was given up when two problems were merged leads to the one that is left.
    """
    if known := await problems.read_named(tx, name, role):
        return known
    new = named_problem(name, role)
    canonical = (await problems.read_canonical(tx, [new.key])).get(new.key, new.key)
    known = await problems.read(tx, canonical)
    return new if known is None else known


async def create(
    tx: Transaction, name: str, role: str, *, by: str, at: datetime, summary: str = ""
) -> Problem:
    """The problem of `role` called `name`, created unless there. Raises Conflict when it is
    retired."""
    known = await bearer(tx, name, role)
    if known.status is ProblemStatus.RETIRED:
        raise Conflict("a retired problem has this name", where=known.key)
    await problems.upsert(tx, [replace(known, summary=summary or known.summary)], written_by=by)
    if not known.named_by:
        return await rename(tx, known.key, name, by=by, at=at)
    return await problems.read(tx, known.key) or known


async def rename(
    tx: Transaction, key: str, name: str, *, by: str, at: datetime, version: int | None = None
) -> Problem:
    """The problem under a person's name, and its incidents to be remembered by it.

    Raises NotFound, and Conflict when it was merged, is no longer at `version`, or another problem
    of its role has the name. A problem that people call so already stays as it is.
    """
    await problems.hold(tx, [key])
    known = await problems.read(tx, key)
    if known is None:
        raise NotFound("no such problem", where=key)
    if known.merged_into:
        raise Conflict(f"the problem was merged into {known.merged_into}", where=key)
    if known.named_by and known.title == name:
        return known
    namesake = await problems.read_named(tx, name, known.role)
    if namesake is not None and namesake.key != key:
        raise Conflict(
            f"another problem of the role {known.role} has this name",
            where=namesake.key,
            hint="merge the two, or choose another name",
        )
    renamed = await problems.set_name(tx, key, name, by=by, at=at, expected=version)
    if renamed is None:
        raise Conflict(f"the problem is at version {known.version}", where=key, hint="reload it")
    incidents = await memory.read_incidents_of(tx, key, MOST_REMEMBERED)
    await jobs.ask(tx, JobKind.REMEMBER, incidents)
    return renamed


async def name_once(tx: Transaction, key: str, name: str, *, by: str, at: datetime) -> Problem:
    """As `rename`, but a problem that people call otherwise already is not renamed: Conflict."""
    known = await problems.read(tx, key)
    if known is not None and known.named_by:
        if name_key(known.title) == name_key(name):
            return known
        raise Conflict(
            f"people call this problem {known.title!r} already",
            where=key,
            hint="confirm it without a name, or rename it with `renameProblem`",
        )
    return await rename(tx, key, name, by=by, at=at)
