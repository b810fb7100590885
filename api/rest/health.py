"""For probes and for Prometheus. Open to all: they reveal nothing of any workspace's content."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
    multiprocess,
)
from redis.exceptions import RedisError
from starlette.responses import Response

from graph import health
from labo.bootstrap import App
from labo.domain.telemetry.heartbeat import HEARTBEAT_KEY, fault_of
from labo.errors import LaboError, Unavailable

router = APIRouter(tags=["health"])
log = structlog.get_logger(__name__)

CHECK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Part:
    """One dependency: whether it answered, and within how many milliseconds."""

    name: str
    ok: bool
    took_ms: float


@router.get("/healthz", summary="The process is alive")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.get(
    "/readyz",
    summary="The process can serve: its dependencies answer and take writes",
    responses={503: {"description": "A dependency is unavailable; `parts` names it."}},
)
async def readyz(request: Request) -> JSONResponse:
    labo: App = request.app.state.labo
    parts = await asyncio.gather(
        _check("neo4j", health.check(labo.graph)),
        _check("redis", _write(labo)),
        _check("stream", _progress(labo)),
    )
    ready = all(part.ok for part in parts)
    return JSONResponse(
        {"status": "ready" if ready else "unavailable", "parts": [asdict(part) for part in parts]},
        status_code=200 if ready else 503,
        headers={} if ready else {"Retry-After": "5"},
    )


@router.get("/metrics", summary="Labo's own metrics, in Prometheus' text form")
async def metrics() -> Response:
    return Response(generate_latest(_registry()), media_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    """What this process counts; where several share the port, what all of them count together.

    Else each scrape would meet another one, and counters would jump.
    """
    registry = CollectorRegistry()
    try:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    except ValueError:  # the library was given no folder (PROMETHEUS_MULTIPROC_DIR) to share
        return REGISTRY
    return registry


async def _check(name: str, answer: Awaitable[object]) -> Part:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await answer
        ok = True
    except (LaboError, RedisError, OSError) as error:
        log.warning("health.part_unavailable", part=name, reason=str(error))
        ok = False
    return Part(name, ok, round((time.perf_counter() - started) * 1000, 1))


async def _write(labo: App) -> None:
    """A full server answers, but takes nothing."""
    await labo.redis.set("labo:write_check", 1, ex=60)


async def _progress(labo: App) -> None:
    """Raises Unavailable when the stream process is stuck or silent. One that has never reported
    may run nowhere."""
    reports = await labo.redis.hvals(HEARTBEAT_KEY)
    if fault := fault_of(map(str, reports), datetime.now(UTC)):
        raise Unavailable(fault)
