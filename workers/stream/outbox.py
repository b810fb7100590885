"""Tells the graph what the telemetry stream put by for it: events of log lines, topology."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable

import structlog

from labo.adapters.telemetry.outbox import Told, decode_told
from labo.bootstrap import App
from labo.domain.incidents.events import Event
from labo.errors import Conflict, InvalidInput, Unavailable

_AT_ONCE = 200
_EVERY_S = 1.0

log = structlog.get_logger()


async def tell_graph(app: App, stop: asyncio.Event) -> None:
    """A part of the stream process. While the graph is away, what it is owed waits."""
    while not stop.is_set():
        try:
            told = await tell_once(app)
        except Unavailable as error:
            log.warning("outbox.waiting", error=str(error), seconds=error.retry_after)
            await _sleep(stop, error.retry_after)
        except Conflict as error:
            log.info("outbox.again", error=str(error))
            await _sleep(stop, _EVERY_S)
        else:
            if told < _AT_ONCE:
                await _sleep(stop, _EVERY_S)


async def tell_once(app: App) -> int:
    """Hand over what waits, at most so much at once; how much that was.

    What the graph can never keep costs only itself: it is logged and dropped. Raises Unavailable
    and Conflict; then nothing of a workspace is forgotten, and all of it is told again.
    """
    rows = await app.telemetry.pending_events(_AT_ONCE)
    by_workspace: dict[str, list[tuple[str, str]]] = {}
    for workspace, key, text in rows:
        by_workspace.setdefault(workspace, []).append((key, text))
    for workspace, some in by_workspace.items():
        await _tell(app, workspace, [told for key, text in some if (told := _decoded(key, text))])
        await app.telemetry.forget_events(workspace, [key for key, _ in some])
    return len(rows)


async def _tell(app: App, workspace: str, told: list[Told]) -> None:
    services = app.workspace(workspace)
    for one in told:  # topology first: an event is linked to the component that it names
        if not isinstance(one, Event):
            await _kept_or_dropped(services.telemetry.keep(one), workspace)
    events = [one for one in told if isinstance(one, Event)]
    if events:  # of these, the others are kept when one is refused
        await _kept_or_dropped(services.events.accept(events), workspace)


async def _kept_or_dropped(keeping: Awaitable[object], workspace: str) -> None:
    try:
        await keeping
    except (Unavailable, Conflict):
        raise
    except Exception:
        # Told again, it would fail again, and keep back all that waits behind it.
        log.exception("outbox.refused", workspace=workspace)


def _decoded(key: str, text: str) -> Told | None:
    try:
        return decode_told(key, text)
    except InvalidInput as error:
        log.error("outbox.unusable", key=key, error=str(error)[:300])
        return None


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
