"""What a workspace permits Labo to do by itself."""

from __future__ import annotations

from datetime import datetime
from types import NoneType

from graph import audit
from graph.client import Graph, Transaction
from graph.statements import load
from labo.domain.governance.audit import AuditKind, audit_event
from labo.domain.governance.autonomy import Controls

GET_CONTROLS = load("controls/get_controls", row=Controls)
UPSERT_CONTROLS = load("controls/upsert_controls", row=NoneType)


async def get(graph: Graph) -> Controls:
    """As somebody set it last; the defaults where nobody did."""
    rows = await graph.fetch(GET_CONTROLS)
    return rows[0] if rows else Controls()


async def save(graph: Graph, controls: Controls, *, by: str, at: datetime) -> None:
    event = audit_event(
        AuditKind.CONTROLS_SET,
        at=at,
        actor=by,
        subject="controls",
        autonomy=controls.autonomy.value,
        actions="stopped" if controls.is_stopped else "permitted",
        reason=controls.reason,
    )

    async def unit(tx: Transaction) -> None:
        await tx.run(
            UPSERT_CONTROLS,
            autonomy=controls.autonomy.value,
            stopped_at=controls.stopped_at,
            stopped_by=controls.stopped_by,
            reason=controls.reason,
            by=by,
        )
        audit.append(tx, event)

    await graph.write(unit, name="controls.save")
