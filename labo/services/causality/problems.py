"""Problems: naming one, merging two into one, retiring one that is not a problem."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import structlog

from graph import conditions, edges, linking, problems, snapshots
from graph.client import Graph, Transaction
from labo.domain.causality.edges import CausalEdge
from labo.domain.causality.merging import combined, moved
from labo.domain.entities.justification import justified
from labo.domain.entities.person_texts import name_of, remark_of
from labo.domain.entities.problems import Problem, ProblemStatus
from labo.errors import Conflict, InvalidInput, NotFound
from labo.services.causality import naming
from labo.services.causality.retry import again

log = structlog.get_logger()

_ROLE = re.compile(r"[a-z][a-z0-9_.-]{0,39}")
"""As roles are written that telemetry and topology give: `service`, `database`, `queue`."""

_MERGE_S = 60.0
"""Includes the wait for the workspace's turn of linking, which may take as long."""


class ProblemService:
    """Every write on problems that decides something."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def create(self, name: str, role: str, *, by: str, summary: str = "") -> Problem:
        """The problem that people call `name` on components of `role`; created unless there.

        An empty summary is filled, another one stays. Raises InvalidInput, and Conflict when the
        problem of that name is retired.
        """
        called, at = name_of(name), datetime.now(UTC)
        if not _ROLE.fullmatch(role):
            raise InvalidInput("a role is a word such as service or database", where="role")
        text = remark_of(summary, where="summary") if summary else ""

        async def unit(tx: Transaction) -> Problem:
            return await naming.create(tx, called, role, by=by, at=at, summary=text)

        problem = await again(self._graph, unit, "problems.create")
        log.info("problem.created", problem=problem.key, by=by)
        return problem

    async def rename(self, key: str, name: str, *, by: str, version: int | None = None) -> Problem:
        """Call a problem otherwise; its former title stays findable. The same name again changes
        nothing.

        With `version`, raises Conflict when it changed since. Raises NotFound, InvalidInput, and
        Conflict when it was merged or another problem of its role has the name.
        """
        called, at = name_of(name), datetime.now(UTC)

        async def unit(tx: Transaction) -> Problem:
            return await naming.rename(tx, key, called, by=by, at=at, version=version)

        problem = await self._graph.write(unit, name="problems.rename")
        log.info("problem.renamed", problem=key, by=by)
        return problem

    async def merge(self, source: str, into: str, *, by: str, reason: str) -> Problem:
        """Make problem `source` an alias of `into` (keys); returns `into` with everything of both.

        Occurrences, signature and claims go over; two claims that become one are added up. Safe
        to repeat. Raises NotFound, InvalidInput, Conflict when either was merged elsewhere.
        """
        by, reason = justified(by, reason)
        if source == into:
            raise InvalidInput("a problem cannot be merged into itself", where="into")

        async def unit(tx: Transaction) -> int:
            # A batch being linked may open episodes of either, a learner may learn either.
            await linking.lock_linking(tx)
            await snapshots.hold(tx)
            await problems.hold(tx, (source, into))
            if await _is_merged(tx, source, into):
                return 0
            await _move_edges(tx, source, into, by)
            await conditions.hand_over(tx, source, into)
            return await problems.hand_over(tx, source, into, by=by, reason=reason)

        occurrences = await again(self._graph, unit, "problems.merge", timeout_s=_MERGE_S)
        log.info("problem.merged", source=source, into=into, by=by, occurrences=occurrences)
        return await problems.get(self._graph, into)

    async def retire(
        self, key: str, *, by: str, reason: str, version: int | None = None
    ) -> Problem:
        """Take a problem out of sight; nothing of it is lost and retiring again changes nothing.

        With `version`, raises Conflict when it changed since. Raises NotFound, InvalidInput.
        """
        by, reason = justified(by, reason)

        async def unit(tx: Transaction) -> Problem:
            problem = await problems.read(tx, key)
            if problem is None:
                raise NotFound("no such problem", where=key)
            if problem.status is ProblemStatus.RETIRED:
                return problem
            status = ProblemStatus.RETIRED
            done = await problems.set_status(
                tx, key, status, by=by, reason=reason, expected=version
            )
            if done is None:
                raise Conflict(_refusal(problem), where=key, hint="reload it")
            return done

        return await self._graph.write(unit, name="problems.retire")


def _refusal(kept: Problem) -> str:
    if kept.merged_into:
        return f"the problem was merged into {kept.merged_into}"
    return f"the problem is at version {kept.version}"


async def _is_merged(tx: Transaction, source: str, into: str) -> bool:
    """Whether there is nothing left to do. Raises when the two cannot be merged."""
    kept, target = await problems.read(tx, source), await problems.read(tx, into)
    for key, found in ((source, kept), (into, target)):
        if found is None:
            raise NotFound("no such problem", where=key)
    if kept is not None and kept.merged_into == into:
        return True
    for found in (kept, target):
        if found is not None and found.merged_into:
            raise Conflict(_refusal(found), where=found.key)
    return False


async def _move_edges(tx: Transaction, source: str, into: str, by: str) -> None:
    for old in await edges.read_of_problem(tx, source):
        target = moved(old, source=source, into=into)
        if target is not None:
            await _write_moved(tx, target, by)
        await edges.fold(tx, old.key, target.key if target else None)


async def _write_moved(tx: Transaction, target: CausalEdge, by: str) -> None:
    there = await edges.read(tx, target.key)
    await edges.upsert(tx, combined(there, target) if there else target, written_by=by)
