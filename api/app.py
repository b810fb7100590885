"""The HTTP application. `uvicorn --factory api.app:create_app` serves it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api import errors
from api.auth import Authenticator
from api.graphql.router import build_router
from api.middleware import BodyLimit, RequestFrame
from api.rest import health, hooks, otlp
from labo import bootstrap, logs
from labo.settings import Settings
from labo.stack.disk import DiskReserve


def create_app(
    settings: Settings | None = None,
    *,
    build: Callable[[Settings], Awaitable[bootstrap.App]] = bootstrap.build_for_api,
) -> FastAPI:
    """Routers, lifespan, failures; nothing is opened before the lifespan starts.

    `settings` None reads them from the environment.
    """
    chosen = settings or Settings()
    logs.configure(chosen.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        labo = await build(chosen)
        app.state.labo = labo
        app.state.authenticator = Authenticator(labo.workspace().tokens.verify)
        try:
            yield
        finally:
            await labo.close()

    app = FastAPI(title="Labo", lifespan=lifespan, redoc_url=None)
    app.state.disk = DiskReserve(chosen.data_dir, chosen.disk.reserve_mb * 1_000_000)
    errors.install(app)
    app.include_router(health.router)
    app.include_router(hooks.router)
    app.include_router(otlp.router)
    app.include_router(build_router(development=chosen.api.development))
    app.add_middleware(hooks.HookShortcut)
    app.add_middleware(BodyLimit, max_bytes=chosen.api.max_body_bytes)
    app.add_middleware(RequestFrame)
    return app
