"""Problems of one metric each, as they were stored before ADR 0032, become behaviours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog

from graph import problems
from graph.client import Graph, Transaction
from labo.domain.entities.problems import Problem, behaviour_instead
from labo.errors import Conflict
from labo.services.causality.problems import ProblemService

log = structlog.get_logger()

MIGRATION = 12
"""The version that records that it is done."""
_BY = "labo migrate"
_REASON = "a metric and its statistics are evidence of one behaviour (ADR 0032)"


ProblemsOf = Callable[[Graph], ProblemService]
"""The service of a graph's workspace."""


async def merge_into_behaviours(graph: Graph, problems_of: ProblemsOf) -> int:
    """Merge the problems of one metric, in every workspace, into the behaviours that they show;
    returns how many.

    Occurrences, signatures and claims go over as in any merge, keys become aliases. Safe to repeat,
    and to interrupt. What was merged elsewhere, or retired, stays as it is. Raises Unavailable.
    """
    merged = 0
    for due in await problems.find_of_one_metric(graph):
        scoped = graph.scoped(due.workspace)
        old = (await problems.find_by_keys(scoped, [due.subject])).get(due.subject)
        behaviour = behaviour_instead(old) if old else None
        if old is None or behaviour is None:
            continue
        merged += await _merge(scoped, problems_of(scoped), old, behaviour)
    if merged:
        log.info("problems.are_behaviours", merged=merged)
    return merged


async def _merge(graph: Graph, service: ProblemService, old: Problem, behaviour: Problem) -> int:
    known = replace(
        behaviour, severity=old.severity, first_seen=old.first_seen, last_seen=old.last_seen
    )

    async def unit(tx: Transaction) -> None:
        await problems.upsert(tx, [known], written_by=_BY)

    await graph.write(unit, name="problems.behaviour")
    into = await problems.get(graph, behaviour.key)
    try:
        await service.merge(old.key, into.key, by=_BY, reason=_REASON)
    except Conflict as error:
        # Somebody merged either of them meanwhile, which stands.
        log.warning("problems.not_merged", problem=old.key, error=str(error))
        return 0
    return 1
