"""A human says what caused an incident: kept with who, when and why, as a finding too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from graph import causes, components, problems
from graph.client import Graph, Transaction
from graph.incidents import Incidents
from graph.occurrences import Occurrences
from labo.domain.causes import NewCause
from labo.domain.keys import digest
from labo.domain.proposals import Finding
from labo.errors import InvalidInput, NotFound

MAX_REASON = 4_000


class CauseService:
    """Confirming causes in one workspace."""

    def __init__(self, graph: Graph, publish: Callable[[str], Awaitable[None]]) -> None:
        self._graph = graph
        self._publish = publish

    async def confirm(
        self,
        incident: str,
        *,
        component: str | None = None,
        problem: str | None = None,
        reason: str,
        by: str,
    ) -> Finding:
        """Record the cause and what was learnt. The same cause again only renews its reason.

        Where the incident includes that problem on that component, that occurrence is the cause.
        Raises NotFound, InvalidInput.
        """
        if component is None and problem is None:
            raise InvalidInput("name a component, a problem or both", where="component")
        if not reason.strip() or len(reason) > MAX_REASON:
            raise InvalidInput(f"give a reason of 1 to {MAX_REASON} characters", where="reason")
        await Incidents(self._graph).get(incident)
        title = await self._title(component, problem)
        now = datetime.now(UTC)
        occurrence = await self._occurrence(incident, component, problem)
        cause = NewCause(
            incident=incident,
            occurrence=occurrence,
            component=None if occurrence else component,
            problem=None if occurrence else problem,
            confirmed_by=by,
            at=now,
            reason=reason.strip(),
        )
        finding = _finding(cause, title, digest(incident, component or "", problem or ""))
        await self._graph.write(lambda tx: _record(tx, cause, finding), name="causes.confirm")
        await self._publish(incident)
        return finding

    async def _title(self, component: str | None, problem: str | None) -> str:
        """What the finding calls the cause. Raises NotFound for unknown keys."""
        named = []
        if problem is not None:
            named.append((await problems.get(self._graph, problem)).title)
        if component is not None:
            named.append((await components.get(self._graph, component)).name)
        return " at ".join(named)

    async def _occurrence(
        self, incident: str, component: str | None, problem: str | None
    ) -> str | None:
        if component is None or problem is None:
            return None
        included = await Occurrences(self._graph).find_by_incidents([incident])
        return next(
            (
                one.id
                for one in included[incident]
                if (one.component, one.problem) == (component, problem)
            ),
            None,
        )


def _finding(cause: NewCause, title: str, what: str) -> Finding:
    return Finding(
        id=digest("finding", "cause", what),
        incident=cause.incident,
        summary=f"Confirmed cause: {title}. {cause.reason}",
        validated_by=cause.confirmed_by,
        reason=cause.reason,
        created_at=cause.at,
        labels={"kind": "confirmed_cause"},
    )


async def _record(tx: Transaction, cause: NewCause, finding: Finding) -> None:
    if not await causes.link(tx, cause):
        raise NotFound("the incident or its cause is gone", where=cause.incident)
    await causes.keep_finding(tx, finding)
