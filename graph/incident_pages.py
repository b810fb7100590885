"""Incidents as readers page through them; writing them is `graph/incidents.py`."""

from __future__ import annotations

from collections.abc import Sequence

from graph.client import Graph
from graph.statements import load
from labo.domain.incidents import Incident

FIND_BY_ID = load("incidents/find_incidents_by_id", row=Incident)


async def find_incidents_by_id(graph: Graph, ids: Sequence[str]) -> list[Incident]:
    """Those of `ids` that exist, in no order."""
    return await graph.fetch(FIND_BY_ID, ids=sorted(set(ids)))
