"""The stream process, `python -m workers.stream`: one consumer, and what runs beside it.

`PARTS` are coroutines that live as long as the process, such as detection: each gets the `App`
(its `telemetry` is the store that this process alone writes to) and the event that ends them.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import math
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog
from redis.asyncio import Redis

from labo.adapters.log_files.formats import own_formats
from labo.adapters.telemetry.rolled import Retention
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.bootstrap import App, build
from labo.bootstrap.stores import open_telemetry_store
from labo.domain.telemetry.heartbeat import fault, summary, trouble
from labo.domain.telemetry.logs.formats import LogFormat
from labo.domain.telemetry.rollups import STEPS
from labo.errors import InvalidInput, LaboError
from labo.logs import configure
from labo.settings import Settings
from labo.stack.heartbeat import BEAT_EVERY_S, Pulse
from workers.stream.consumers import OtlpConsumer, RolledBatchConsumer
from workers.stream.detection import detect
from workers.stream.learner import learn
from workers.stream.metric_sources import register_metrics
from workers.stream.outbox import forward_outbox
from workers.stream.pausing import pause
from workers.stream.process import StreamProcess
from workers.stream.watchdog import Watchdog

Part = Callable[[App, asyncio.Event], Awaitable[None]]

PARTS: tuple[Part, ...] = (detect, register_metrics, learn, forward_outbox)
_RESTART_S = 5.0
_LATELY_S = 60.0

log = structlog.get_logger()


async def serve(settings: Settings, parts: tuple[Part, ...] = PARTS) -> None:
    """Run until SIGTERM or SIGINT; the batch in flight is finished first.

    Without a graph in the settings there are no parts: telemetry is stored, nothing else.
    """
    if settings.redis.url is None:
        raise InvalidInput(
            "no Redis is configured", where="LABO_REDIS__URL", hint="or run `labo up`"
        )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as held:
        app = await _app(settings, held)
        client, store = await _opened(settings, app, held)
        failed: dict[str, float] = {}
        requests = OtlpConsumer(
            store,
            system=settings.telemetry.system,
            forwards_to_graph=app is not None,
            formats=_formats(settings, failed),
        )
        process = StreamProcess(
            client,
            store,
            retention=_retention(settings),
            batch_consumers=(RolledBatchConsumer(store), requests),
            watchdog=_watchdog(held),
            failing=partial(_lately, failed),
        )
        log.info("stream.started", consumer=process.consumer)
        async with asyncio.TaskGroup() as group:
            group.create_task(_pulse(process, stop))
            if app is not None:
                for part in parts:
                    group.create_task(_kept_running(part, app, stop, failed))
            await process.run(stop)
        log.info("stream.stopped", stored=process.stored)


async def _pulse(process: StreamProcess, stop: asyncio.Event) -> None:
    """The heartbeat for the supervisor, from the loop that does the work."""
    pulse = Pulse()
    while not stop.is_set():
        found = process.heartbeat()
        with contextlib.suppress(OSError):  # a full disk is no reason to end
            pulse.beat(
                done=process.stored,
                waiting=sum(one.waiting for one in found.consumers),
                detail=summary(found),
                stuck=fault(found),
                trouble=trouble(found),
            )
        await pause(stop, BEAT_EVERY_S)


def _formats(settings: Settings, failed: dict[str, float]) -> tuple[LogFormat, ...]:
    """The operator's own; one that is not as documented is reported, and stops no telemetry."""
    try:
        return own_formats(settings.logs.formats, settings.logs.format_folder)
    except InvalidInput as error:
        log.error("stream.log_formats_left_out", error=str(error))
        failed["LABO_LOGS__FORMATS"] = math.inf
        return ()


def _retention(settings: Settings) -> Retention:
    chosen = settings.telemetry
    days = (chosen.rollup_10s_days, chosen.rollup_1min_days, chosen.rollup_10min_days)
    rollups = {step: timedelta(days=n) for step, n in zip(STEPS, days, strict=True)}
    return Retention(timedelta(days=chosen.retention_days), rollups)


async def _app(settings: Settings, held: contextlib.AsyncExitStack) -> App | None:
    if settings.neo4j.uri is None:
        return None
    app = await build(settings)
    held.push_async_callback(app.close)
    return app


async def _opened(
    settings: Settings, app: App | None, held: contextlib.AsyncExitStack
) -> tuple[Redis, SqlTelemetryStore]:
    if app is not None:
        return app.redis, app.telemetry
    url = settings.redis.url.get_secret_value() if settings.redis.url else ""
    client = Redis.from_url(url, decode_responses=True)
    held.push_async_callback(client.aclose)
    store = await asyncio.to_thread(open_telemetry_store, settings)
    held.callback(store.close)
    return client, store


async def _kept_running(
    part: Part, app: App, stop: asyncio.Event, failed: dict[str, float]
) -> None:
    """A part that fails is started again, and reported; it never takes the stream down with it."""
    while not stop.is_set():
        try:
            await part(app, stop)
        except Exception:
            log.exception("stream.part_failed", part=part.__module__)
            failed[part.__module__.rpartition(".")[2]] = time.monotonic()
        await pause(stop, _RESTART_S)


def _watchdog(held: contextlib.AsyncExitStack) -> Watchdog:
    watchdog = Watchdog()
    held.callback(watchdog.release)
    return watchdog


def _lately(failed: dict[str, float]) -> list[str]:
    """The parts that failed within the last minute."""
    return sorted(name for name, at in failed.items() if time.monotonic() - at < _LATELY_S)


def main() -> None:
    settings = Settings()
    configure(settings.log_level)
    # Spans live for seconds: scanned by the garbage collector at its usual pace, they cost a third
    # of the process's time.
    gc.set_threshold(50_000, 20, 50)
    try:
        asyncio.run(serve(settings))
    except LaboError as error:
        log.error("stream.failed", error=str(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
