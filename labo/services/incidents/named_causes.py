"""What a person names as the cause: a component, a problem, and what people are to call it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from graph import components, problems
from graph.client import Graph, Transaction
from labo.domain.entities.components import Component
from labo.domain.entities.person_texts import name_of
from labo.domain.entities.problems import Problem
from labo.errors import Conflict
from labo.services.causality import naming


@dataclass(frozen=True, slots=True)
class NamedCause:
    """A component, a problem or both. `name` is what people are to call the problem, which was
    given with the cause where `is_given`, and is else the one of that name."""

    problem: Problem | None
    component: Component | None
    name: str | None = None
    is_given: bool = False

    @property
    def title(self) -> str:
        named = [self.problem.title] if self.problem else []
        return " at ".join([*named, self.component.name] if self.component else named)

    async def give_name(self, tx: Transaction, *, by: str, at: datetime) -> None:
        """Call the problem by its name. Raises Conflict when people call it otherwise already."""
        if self.problem is None or self.name is None:
            return
        if self.is_given:
            await naming.name_once(tx, self.problem.key, self.name, by=by, at=at)
            return
        called = await naming.create(tx, self.name, self.problem.role, by=by, at=at)
        if called.key != self.problem.key:
            raise Conflict("the problem changed meanwhile", where=called.key, hint="try again")


async def find_named(
    graph: Graph, component: str | None, problem: str | None, name: str | None, *, by: str
) -> NamedCause:
    """The component and the problem of these keys, the problem as it will be called.

    Raises NotFound for unknown keys, InvalidInput for a name that is none.
    """
    called = None if name is None else name_of(name)
    where = await components.get(graph, component) if component is not None else None
    if problem is not None:
        what = await problems.get(graph, problem)
        if called is not None:
            what = replace(what, title=called, named_by=by)
        return NamedCause(what, where, called, is_given=True)
    if where is None or called is None:
        return NamedCause(None, where)
    what = await graph.read(lambda tx: naming.bearer(tx, called, where.role))
    return NamedCause(what, where, called)
