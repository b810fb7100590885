"""Sends the graph what the telemetry stream stored for it: events of log lines, topology."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import structlog

from labo.adapters.telemetry.outbox import OutboxMessage, decode_message
from labo.bootstrap import App
from labo.domain.incidents.events import Event
from labo.errors import Conflict, InvalidInput, Unavailable
from workers.stream.pausing import pause

_AT_ONCE = 200
_EVERY_S = 1.0

log = structlog.get_logger()


async def forward_outbox(app: App, stop: asyncio.Event) -> None:
    """A part of the stream process. While the graph is away, what it is owed waits."""
    while not stop.is_set():
        try:
            message = await forward_once(app)
        except Unavailable as error:
            log.warning("outbox.waiting", error=str(error), seconds=error.retry_after)
            await pause(stop, error.retry_after)
        except Conflict as error:
            log.info("outbox.again", error=str(error))
            await pause(stop, _EVERY_S)
        else:
            if message < _AT_ONCE:
                await pause(stop, _EVERY_S)


async def forward_once(app: App) -> int:
    """Hand over what waits, at most so much at once; how much that was.

    What the graph can never store is logged and dropped, and affects nothing else. Raises
    Unavailable and Conflict; then nothing of a workspace is deleted, and all of it is sent again.
    """
    rows = await app.telemetry.pending_events(_AT_ONCE)
    by_workspace: dict[str, list[tuple[str, str]]] = {}
    for workspace, key, text in rows:
        by_workspace.setdefault(workspace, []).append((key, text))
    for workspace, some in by_workspace.items():
        await _forward(
            app, workspace, [message for key, text in some if (message := _decoded(key, text))]
        )
        await app.telemetry.forget_events(workspace, [key for key, _ in some])
    return len(rows)


async def _forward(app: App, workspace: str, message: list[OutboxMessage]) -> None:
    services = app.workspace(workspace)
    for one in message:  # topology first: an event is linked to the component that it names
        if not isinstance(one, Event):
            await _saved_or_dropped(services.telemetry.save(one), workspace)
    events = [one for one in message if isinstance(one, Event)]
    if events:  # of these, the others are stored when one is refused
        await _saved_or_dropped(services.events.accept(events), workspace)


async def _saved_or_dropped(saving: Awaitable[object], workspace: str) -> None:
    try:
        await saving
    except (Unavailable, Conflict):
        raise
    except Exception:
        # Sent again, it would fail again, and block all that waits behind it.
        log.exception("outbox.refused", workspace=workspace)


def _decoded(key: str, text: str) -> OutboxMessage | None:
    try:
        return decode_message(key, text)
    except InvalidInput as error:
        log.error("outbox.unusable", key=key, error=str(error)[:300])
        return None
