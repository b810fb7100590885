"""Notifications as log lines: always available, for readers of the log."""

from __future__ import annotations

import structlog

from labo.domain.incidents.notifications import Message
from labo.ports.notifier import Receipt

log = structlog.get_logger()


class LogNotifier:
    async def send(self, message: Message) -> Receipt:
        log.info("notification.sent", id=message.id, kind=message.kind, title=message.title)
        return Receipt("log", delivered=True)
