"""Notifying a worker of waiting work. Losing a message loses nothing: the outbox has the job."""

from __future__ import annotations

from typing import Protocol


class Jobs(Protocol):
    async def enqueue(self, name: str, *args: str) -> None:
        """Send one task by its registered name, first argument the workspace.

        Never raises for a broker that is away: the job stays in the outbox and the sweeper
        sends it again.
        """
        ...
