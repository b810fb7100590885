"""Keys that a person types, for commands that read the graph themselves."""

from __future__ import annotations

from graph import search
from graph.client import Graph
from labo.cli.operator.keys import NAMED, plain_key, the_one
from labo.domain.entities.keys import KeyKind


async def stored_key(graph: Graph, given: str, *kinds: KeyKind, where: str) -> str:
    """The one key of `kinds` that `given` means; `where` it is looked for, in words.

    Raises as `labo.cli.operator.keys.find_key`.
    """
    prefix = plain_key(given, *kinds)
    rows = await search.find_by_prefix(graph, kinds, prefix, NAMED + 1) if prefix else []
    return the_one(prefix, [(row.key, row.title) for row in rows], where, *kinds)
