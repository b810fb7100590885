"""Ending log errors whose lines no longer come: no monitor says that they are over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

import structlog

from graph import occurrences
from graph.client import Graph
from graph.occurrences import LastingError
from labo.domain.entities.series import SeriesQuery, Window
from labo.domain.incidents.events import Event, EventStatus, episode_id
from labo.domain.telemetry.logs.silence import LOOK_BACK_S, STEP_S, Heard, silent_since
from labo.ports.recent_telemetry import RecentTelemetry
from labo.services.ingest.events import Accept
from labo.services.ingest.log_reader import SOURCE, log_key

_THREAD_PREFIX = f"{SOURCE}:"
_AT_ONCE = 5_000

log = structlog.get_logger()


class SilenceService:
    """Of every workspace. Safe to run twice: the same end is the same event."""

    def __init__(self, graph: Graph, telemetry: RecentTelemetry, accept: Accept) -> None:
        self._graph = graph
        self._telemetry = telemetry
        self._accept = accept

    async def end_silent(self, now: datetime) -> int:
        """End the log errors that have been silent for long enough; how many. Raises Unavailable.

        An end is an event like a monitor's, which is linked later.
        """
        lasting = await occurrences.find_lasting_errors(self._graph, _THREAD_PREFIX, _AT_ONCE)
        ended = 0
        for (workspace, system), errors in groupby(
            sorted(lasting, key=_place), key=lambda one: _place(one)[:2]
        ):
            steps = await self._steps(workspace, system, now)
            events = list(_ends(list(errors), steps, now))
            if events:
                await self._accept(workspace, events)
                log.info("logs.silent", workspace=workspace, system=system, errors=len(events))
            ended += len(events)
        return ended

    async def _steps(self, workspace: str, system: str, now: datetime) -> Mapping[str, list[float]]:
        """The starts of the steps with lines, in order, by dedup key."""
        window = Window(now - timedelta(seconds=LOOK_BACK_S), now + timedelta(seconds=STEP_S))
        query = SeriesQuery(workspace, system, window, STEP_S)
        steps: dict[str, list[float]] = {}
        for count in await self._telemetry.line_counts(query):
            key = log_key(system, count.component, count.template_id)
            steps.setdefault(key, []).append(count.step_start)
        return steps


def _place(error: LastingError) -> tuple[str, str, str]:
    return error.workspace, error.system, error.dedup_key


def _ends(
    errors: Sequence[LastingError], steps: Mapping[str, list[float]], now: datetime
) -> Iterator[Event]:
    for error in errors:
        key = error.dedup_key.removeprefix(_THREAD_PREFIX)
        times = (error.event_at, error.received_at, error.began_at)
        heard = Heard(steps.get(key, ()), *(at.timestamp() for at in times))
        since = silent_since(heard, now.timestamp())
        if since is not None:
            yield _end(error, key, datetime.fromtimestamp(since, UTC))


def _end(error: LastingError, key: str, ended_at: datetime) -> Event:
    status = EventStatus.RESOLVED
    return Event(
        source=SOURCE,
        source_event_id=episode_id(key, None, status, ended_at),
        dedup_key=key,
        status=status,
        severity=error.severity,
        title=error.title,
        description="no line since then",
        ends_at=ended_at,
        labels={"component": error.component, "system": error.system},
    )
