"""Which parts of a running stack are alive and do nothing, and have been so for too long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from labo.stack.plan import Service

LOOK_EVERY_S = 5.0
PATIENCE_S = 45.0
"""With the 15 s of silence that a heartbeat is allowed, a part that hangs is replaced after about a
minute: a machine that swaps or was suspended has come back by then."""


class Watch:
    """Asks each part in turn, those before what needs them. Not thread-safe."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._services = tuple(services)
        self._since: dict[str, float] = {}
        self._look_at = 0.0

    def step(self, is_running: Callable[[str], bool]) -> dict[str, str]:
        """Parts that have been stuck for longer than `PATIENCE_S`, and why; asks when it is due.

        Nobody is judged while what it needs is away or stuck: it would be replaced for another's
        fault.
        """
        now = time.monotonic()
        if now < self._look_at:
            return {}
        overdue: dict[str, str] = {}
        unwell: set[str] = set()
        for service in self._services:
            reason = self._reason(service, unwell, is_running)
            if service.name in unwell:
                continue
            if reason is None:
                self._since.pop(service.name, None)
            else:
                unwell.add(service.name)
                since = self._since.setdefault(service.name, now)
                if now - since >= PATIENCE_S:
                    overdue[service.name] = reason
        self._look_at = time.monotonic() + LOOK_EVERY_S
        return overdue

    def forget(self, name: str) -> None:
        """It was started again: its time begins anew."""
        self._since.pop(name, None)

    def _reason(
        self, service: Service, unwell: set[str], is_running: Callable[[str], bool]
    ) -> str | None:
        if unwell.intersection(service.needs):
            unwell.add(service.name)
            self.forget(service.name)
            return None
        if service.is_one_shot:
            return None
        if not is_running(service.name):
            unwell.add(service.name)
            self.forget(service.name)
            return None
        progress = service.progress() if service.progress else None
        return progress.stuck if progress else None
