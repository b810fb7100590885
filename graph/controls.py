"""What a workspace permits Labo to do by itself."""

from __future__ import annotations

from types import NoneType

from graph.client import Graph
from graph.statements import load
from labo.domain.governance.autonomy import Controls

GET_CONTROLS = load("controls/get_controls", row=Controls)
UPSERT_CONTROLS = load("controls/upsert_controls", row=NoneType)


async def get(graph: Graph) -> Controls:
    """As somebody set it last; the defaults where nobody did."""
    rows = await graph.fetch(GET_CONTROLS)
    return rows[0] if rows else Controls()


async def save(graph: Graph, controls: Controls, *, by: str) -> None:
    await graph.execute(
        UPSERT_CONTROLS,
        autonomy=controls.autonomy.value,
        stopped_at=controls.stopped_at,
        stopped_by=controls.stopped_by,
        reason=controls.reason,
        by=by,
    )
