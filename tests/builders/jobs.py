"""A broker that keeps what is sent."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class SentJobs:
    """`sent` are (name, workspace, subject), in order."""

    sent: list[tuple[str, ...]] = field(default_factory=list)

    async def enqueue(self, name: str, *args: str) -> None:
        self.sent.append((name, *args))
