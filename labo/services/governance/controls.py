"""How far a workspace lets Labo act by itself, and the switch that stops everything at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import structlog

from graph import controls
from graph.client import Graph
from labo.domain.entities.justification import justified
from labo.domain.entities.masking import mask
from labo.domain.governance.autonomy import Autonomy, Controls

log = structlog.get_logger()


class ControlService:
    """Each change names who and why; the last one counts."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def current(self) -> Controls:
        """As somebody set it last; `approve`, not stopped, where nobody did."""
        return await controls.get(self._graph)

    async def set_autonomy(self, autonomy: Autonomy, *, by: str, reason: str) -> Controls:
        """Raises InvalidInput without a reason."""
        by, reason = justified(by, mask(reason))
        current = await controls.get(self._graph)
        return await self._save(replace(current, autonomy=autonomy, reason=reason), by)

    async def stop(self, *, by: str, reason: str) -> Controls:
        """Nothing is begun from now on, whatever was approved; what runs already is not broken off.

        Raises InvalidInput without a reason.
        """
        by, reason = justified(by, mask(reason))
        current = await controls.get(self._graph)
        stopped_at = current.stopped_at or datetime.now(UTC)
        return await self._save(
            replace(current, stopped_at=stopped_at, stopped_by=by, reason=reason), by
        )

    async def resume(self, *, by: str, reason: str) -> Controls:
        """End the stop. Raises InvalidInput without a reason."""
        by, reason = justified(by, mask(reason))
        current = await controls.get(self._graph)
        return await self._save(replace(current, stopped_at=None, stopped_by="", reason=reason), by)

    async def _save(self, changed: Controls, by: str) -> Controls:
        await controls.save(self._graph, changed, by=by, at=datetime.now(UTC))
        log.warning(
            "controls.changed",
            autonomy=changed.autonomy.value,
            is_stopped=changed.is_stopped,
            by=by,
            reason=changed.reason,
        )
        return changed
