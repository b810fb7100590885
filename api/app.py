"""The HTTP application. `python -m api.server` serves it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api import errors
from api.auth import Authenticator
from api.deadline import Deadline
from api.graphql.router import MAX_BODY_BYTES, PATH, build_router
from api.middleware import BodyLimit, RequestFrame
from api.rest import calibration_metrics, drop_ins, health, hooks, otlp, reports
from api.rpc.otlp import GRACE_S, GrpcAddress, start_server
from labo import bootstrap, logs
from labo.settings import ApiSettings, Settings
from labo.stack.disk import DiskReserve


def create_app(
    settings: Settings | None = None,
    *,
    build: Callable[[Settings], Awaitable[bootstrap.App]] = bootstrap.build_for_api,
    grpc_address: GrpcAddress | None = None,
) -> FastAPI:
    """Routers, lifespan, failures; nothing is opened before the lifespan starts.

    `settings` None reads them from the environment. With a `grpc_address` it serves OTLP over gRPC
    there, and `app.state.grpc_port` is the port.
    """
    chosen = settings or Settings()
    logs.configure(chosen.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        labo = await build(chosen)
        app.state.labo = labo
        app.state.authenticator = Authenticator(labo.workspace().tokens.verify)
        try:
            async with calibration_metrics.refreshed(labo), _grpc(app, grpc_address):
                yield
        finally:
            await labo.close()

    # No pages of the framework's: they load their scripts from a CDN.
    app = FastAPI(title="Labo", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.disk = DiskReserve(chosen.data_dir, chosen.disk.reserve_mb * 1_000_000)
    errors.install(app)
    _add_routes(app, chosen.api)
    return app


def _add_routes(app: FastAPI, settings: ApiSettings) -> None:
    """What answers, and what stands before it: the middleware that is added last comes first."""
    app.include_router(health.router)
    app.include_router(hooks.router)
    app.include_router(drop_ins.router)
    app.include_router(otlp.router)
    app.include_router(reports.router)
    app.include_router(build_router(development=settings.development))
    app.add_middleware(hooks.HookShortcut)
    app.add_middleware(
        BodyLimit, max_bytes=settings.max_body_bytes, max_bytes_of={PATH: MAX_BODY_BYTES}
    )
    app.add_middleware(Deadline, answer_s=settings.answer_s)
    app.add_middleware(RequestFrame)


@asynccontextmanager
async def _grpc(app: FastAPI, address: GrpcAddress | None) -> AsyncIterator[None]:
    """While the application serves, so does gRPC; requests under way are finished."""
    if address is None:
        yield
        return
    server, app.state.grpc_port = await start_server(
        address, app.state.labo, app.state.authenticator, app.state.disk
    )
    try:
        yield
    finally:
        await server.stop(GRACE_S)
