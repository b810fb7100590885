"""The inputs of `labo metrics`: options, files, and the running stack's answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from labo.cli.client import looked_in
from labo.cli.connection import ask_services, connected_settings
from labo.domain.entities.keys import KeyKind
from labo.domain.metric_sets.sets import Demand, MinimalSet, SignatureTable
from labo.errors import InvalidInput

if TYPE_CHECKING:
    from graph.client import Graph
    from labo.bootstrap import Services
    from labo.domain.metric_sets.plans import Plan
    from labo.services.metric_sets.questions import Subject

ALL = "all"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rivals come from. Raises InvalidInput unless it is exactly one source.

    `problems` may come with `knowledge`, to choose among the file's.
    """

    problem: str | None
    incident: str | None
    edge: str | None
    problems: str | None
    table: Path | None
    knowledge: Path | None

    def __post_init__(self) -> None:
        given = [field.name for field in fields(self) if getattr(self, field.name) is not None]
        if len(given) != 1 and given != ["problems", "knowledge"]:
            options = "--problem, --incident, --edge, --problems, --table, --knowledge"
            raise InvalidInput("which causes?", where=options, hint="give one of them")

    @property
    def is_offline(self) -> bool:
        return self.table is not None or self.knowledge is not None

    @property
    def listed(self) -> tuple[str, ...] | None:
        """Keys of problems; none stands for all."""
        if self.problems is None:
            return None
        if self.problems == ALL:
            return ()
        return tuple(key.strip() for key in self.problems.split(",") if key.strip())

    async def subject(self, graph: Graph, data: Path | None) -> Subject:
        """By whole keys. Raises NotFound, and InvalidInput for an ambiguous beginning."""
        from labo.cli.stored_keys import stored_key
        from labo.services.metric_sets.questions import Subject

        async def whole(given: str, kind: KeyKind) -> str:
            return await stored_key(graph, given, kind, where=looked_in(data))

        listed = self.listed
        return Subject(
            self.problem and await whole(self.problem, KeyKind.PROBLEM),
            self.incident and await whole(self.incident, KeyKind.INCIDENT),
            self.edge and await whole(self.edge, KeyKind.EDGE),
            listed and tuple([await whole(one, KeyKind.PROBLEM) for one in listed]),
        )


def demand_of(
    cover: int | None,
    healthy: bool,
    exclude: Sequence[str],
    costs: Sequence[str],
    at_most: int | None,
) -> Demand:
    """Raises InvalidInput for a cost that is not `METRIC=NUMBER`."""
    prices = {}
    for given in costs:
        metric, equals, number = given.rpartition("=")
        try:
            prices[metric] = float(number)
        except ValueError:
            equals = ""
        if not equals or not metric:
            raise InvalidInput(f"{given!r} is not METRIC=COST", where="--cost")
    covers = 1 if cover is None and at_most is None else cover
    return Demand(covers, healthy, frozenset(exclude), prices, at_most)


def offline_table(source: Source, costs: Path | None) -> SignatureTable:
    """The table of a file. Raises InvalidInput with the position in it."""
    if source.table is not None:
        from labo.adapters.cases.signature_tables import read_signature_table

        return read_signature_table(source.table, costs)
    from labo.cli.diagnose import read_knowledge
    from labo.domain.knowledge.tables import knowledge_table

    return knowledge_table(read_knowledge(source.knowledge or Path()), source.listed or ())


def online_set(
    source: Source, demand: Demand, time_limit_s: float, data: Path | None
) -> MinimalSet:
    """The running stack's answer. Raises NotFound, InvalidInput, Unavailable."""

    async def answered(labo: Services) -> MinimalSet:
        subject = await source.subject(labo.graph, data)
        return await labo.metric_sets.minimal(subject, demand, time_limit_s=time_limit_s)

    return ask_services(connected_settings(data), answered)


def online_plan(source: Source, demand: Demand, depth: int, data: Path | None) -> Plan:
    """The running stack's answer. Raises NotFound, InvalidInput, Unavailable."""

    async def answered(labo: Services) -> Plan:
        subject = await source.subject(labo.graph, data)
        return await labo.metric_sets.plan(subject, demand, depth=depth)

    return ask_services(connected_settings(data), answered)
