"""Sending notifications to receivers outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from labo.domain.incidents.notifications import Message


@dataclass(frozen=True, slots=True)
class Receipt:
    """`delivered` is False when the receiver refused for good; `detail` is its answer."""

    channel: str
    delivered: bool
    detail: str = ""


class Notifier(Protocol):
    async def send(self, message: Message) -> Receipt:
        """Deliver once; the same `message.id` again may be dropped by the receiver.

        Raises Unavailable when trying again later may work.
        """
        ...
