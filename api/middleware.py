"""Around every request: an id that log and answer share, a bound on the body, safe headers.

Plain ASGI, because Starlette's `BaseHTTPMiddleware` costs a task per request and breaks
streaming.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping

import structlog
from prometheus_client import Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bodies import BUDGET_BYTES, BodyBudget, holding
from api.errors import TooLarge, problem, unexpected

log = structlog.get_logger(__name__)

REQUEST_SECONDS = Histogram(
    "labo_http_request_seconds",
    "Time from the request's head to the answer's end.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_SAFE = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_CSP = b"content-security-policy"
_DATA = (*_SAFE, (_CSP, b"default-src 'none'; frame-ancestors 'none'"))
_PAGE = (
    *_SAFE,
    (_CSP, b"default-src 'self' https: data: 'unsafe-inline'; frame-ancestors 'none'"),
)
"""For the query page that developers switch on, which takes its scripts from a CDN."""


class RequestFrame:
    """The outermost layer: nothing leaves without an id, and no defect with its text.

    The address of a POST with a slash at its end is the one without, for every layer: few senders
    follow a redirect of a POST.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        # Not `bound_contextvars`, which first copies every variable that is bound.
        tokens = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            if scope["type"] == "websocket":
                await self._app(scope, receive, send)
            else:
                if scope["method"] == "POST":
                    scope["path"] = scope["path"].rstrip("/") or "/"
                await _answer(self._app, scope, receive, send, request_id)
        finally:
            structlog.contextvars.reset_contextvars(**tokens)


async def _answer(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, request_id: str
) -> None:
    started = time.perf_counter()
    status = 0

    async def framed_send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            _add_headers(message, request_id)
        await send(message)

    try:
        await app(scope, receive, framed_send)
    except ClientDisconnect:
        log.info("http.sender_left")
    except Exception as error:  # noqa: BLE001 - the last layer that can mask and log a defect
        answer = unexpected(error)
        if not status:
            await answer(scope, receive, framed_send)
    finally:
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        took = time.perf_counter() - started
        REQUEST_SECONDS.labels(method, route, str(status)).observe(took)
        log.debug("http.answered", method=method, route=route, status=status, took_s=took)


def _add_headers(message: Message, request_id: str) -> None:
    """The frame's headers behind the answer's own; what the answer sets itself stays."""
    headers: list[tuple[bytes, bytes]] = [
        (name, value) for name, value in message.get("headers", ()) if name != b"x-request-id"
    ]
    own = dict(headers)
    is_page = own.get(b"content-type", b"").startswith(b"text/html")
    headers += [pair for pair in (_PAGE if is_page else _DATA) if pair[0] not in own]
    headers.append((b"x-request-id", request_id.encode("latin-1")))
    message["headers"] = headers


def _request_id(scope: Scope) -> str:
    request_id = header(scope, b"x-request-id")
    return request_id if _REQUEST_ID.fullmatch(request_id) else uuid.uuid4().hex


def header(scope: Scope, name: bytes) -> str:
    """The first header of that name in lower case, empty without one.

    Scans the raw ones: `Headers` decodes each one on the way.
    """
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found.decode("latin-1")
    return ""


class BodyLimit:
    """Refuses bodies over `max_bytes` with 413, by their announced length, else while they come;
    and with 503 what finds no room among the other requests' bodies.

    `max_bytes_of` has lower limits for some paths.
    """

    def __init__(
        self, app: ASGIApp, max_bytes: int, max_bytes_of: Mapping[str, int] | None = None
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._max_bytes_of = max_bytes_of or {}
        self._budget = BodyBudget(max(BUDGET_BYTES, 4 * max_bytes))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = min(self._max_bytes_of.get(scope["path"], self._max_bytes), self._max_bytes)
        announced = header(scope, b"content-length")
        if announced.isdecimal() and int(announced[:20]) > limit:
            await problem(_too_large(limit))(scope, receive, send)
            return
        with holding(self._budget) as held:

            async def counted() -> Message:
                message = await receive()
                held.receive(len(message.get("body", b"")))
                if held.received > limit:
                    raise _too_large(limit)
                return message

            await self._app(scope, counted, send)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is longer than {limit} bytes", where="body")
