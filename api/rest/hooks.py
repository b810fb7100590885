"""Webhooks of monitors: verified over the raw bytes, normalised, committed, then 202.

Answers: 400 names the field, 401 bad signature or no credential, 404 unknown source, 413 too
large after decompression, 415 not JSON, 503 with Retry-After when the graph is away or full.
Never 429: Alertmanager and others drop what it answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as ASGIScope

from api.auth import authenticator
from api.bodies import read_in_thread
from api.errors import WrongContentType, refused
from api.rest.incoming import is_local, read_body, token_workspace
from labo.adapters.sources import configured
from labo.adapters.sources.pagerduty import (
    PAGERDUTY,
    dedup_key_of,
    enqueued,
    has_routing_key,
)
from labo.adapters.sources.signature import presents_secret
from labo.adapters.sources.source import JSON_TYPES, Headers, Source
from labo.bootstrap import App
from labo.domain.entities.tokens import Scope
from labo.errors import Forbidden, InvalidInput, LaboError, NotFound, Unauthenticated

router = APIRouter(tags=["events in"])

_PREFIX = "/hooks/"
_PATH = _PREFIX + "{source}"

LARGE_BYTES = 100_000
"""From which reading a body would hold up other requests."""
STRANGERS_BYTES = 1_000_000
"""Of a body that must be read to know its sender: by its signature, or by a routing key within it
(PagerDuty's own limit is 512 kB)."""

_ANSWERS: dict[int | str, dict[str, object]] = {
    status: {"description": text}
    for status, text in {
        400: "Malformed; `where` names the field",
        401: "Bad signature or no credential",
        404: "Unknown source",
        413: "Too large after decompression",
        415: "Not JSON",
        503: "Send again after `Retry-After` seconds",
    }.items()
}


@router.post(_PATH, status_code=202, responses=_ANSWERS, summary="Ingest events")
async def receive_hook(source: str, request: Request) -> JSONResponse:
    """Accept what a monitor sends. The answer has the number of new events."""
    labo: App = request.app.state.labo
    chosen = _sources(request).get(source)
    if chosen is None:
        raise NotFound("there is no such source", where=source, hint=", ".join(_sources(request)))
    headers = _headers(request)
    kind = _content_type(headers, chosen.content_types)
    secrets = _secrets(labo, source)
    workspace = await _sender_by_headers(request, headers, chosen, secrets)
    limit = labo.settings.api.max_body_bytes
    if workspace is None and not presents_secret(headers, secrets):
        limit = min(limit, STRANGERS_BYTES)
    body = await read_body(request, limit)
    if workspace is None:
        workspace = _sender_by_body(request, headers, chosen, body, secrets)
    sent = {**headers, "content-type": kind}
    if len(body) > LARGE_BYTES:
        events = await read_in_thread(lambda: chosen.normalise(parse(body), sent))
    else:
        events = chosen.normalise(parse(body), sent)
    done = await labo.workspace(workspace).events.accept(events)
    return JSONResponse({"accepted": done.accepted, "duplicates": done.duplicates}, 202)


class HookShortcut:
    """Gives `POST /hooks/{source}` to `receive_hook` at once; all else goes on to the framework.

    Routing, injection and the handling of failures by FastAPI cost as much as the hook itself.
    The route stays declared there: for the description, and for the name in the metrics.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._route = next(r for r in router.routes if isinstance(r, APIRoute) and r.path == _PATH)

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        source = _source_named(scope)
        if not source:
            await self._app(scope, receive, send)
            return
        scope["route"] = self._route
        answer: Response
        try:
            answer = await receive_hook(source, Request(scope, receive))
        except LaboError as error:
            answer = refused(error)
        await answer(scope, receive, send)


def _source_named(scope: ASGIScope) -> str:
    """The source that a POST is for; empty for any other request."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return ""
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    source = path.removeprefix(_PREFIX) if path.startswith(_PREFIX) else ""
    return "" if "/" in source else source


def _headers(request: Request) -> dict[str, str]:
    """Names in lower case; of a name that comes twice the first, as `request.headers` gives it.

    Made once: each look-up in `request.headers` scans all of them.
    """
    raw = reversed(request.scope["headers"])
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}


@router.post("/v2/enqueue", status_code=202, responses=_ANSWERS, summary="PagerDuty Events API v2")
async def enqueue(request: Request) -> JSONResponse:
    """A drop-in for PagerDuty's endpoint: the routing key is a secret of ours, or a token."""
    labo: App = request.app.state.labo
    # PagerDuty's own endpoint ignores the content type, and old senders omit it.
    body = await read_body(request, min(labo.settings.api.max_body_bytes, STRANGERS_BYTES))
    payload = parse(body)
    workspace = await _holder_of_routing_key(request, payload)
    event, dedup_key = enqueued(payload), dedup_key_of(payload)
    await labo.workspace(workspace).events.accept([event])
    return JSONResponse(
        {"status": "success", "message": "Event processed", "dedup_key": dedup_key}, 202
    )


def parse(body: bytes) -> object:
    """The JSON of `body`. Raises InvalidInput naming line and column."""
    try:
        return json.loads(body, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"invalid JSON: {error.msg}", where=f"line {error.lineno}, column {error.colno}"
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput("invalid UTF-8", where=f"byte {error.start}") from error
    except RecursionError as error:
        raise InvalidInput("nested too deeply", where="body") from error
    except ValueError as error:
        raise InvalidInput("a number is invalid or too long", where="body") from error


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _sources(request: Request) -> Mapping[str, Source]:
    """The built-in and the configured sources, made once per application."""
    state = request.app.state
    sources: Mapping[str, Source] | None = getattr(state, "sources", None)
    if sources is None:
        labo: App = state.labo
        sources = state.sources = configured(labo.settings.hooks.mappings)
    return sources


def _content_type(headers: Headers, allowed: frozenset[str]) -> str:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in allowed:
        raise WrongContentType(
            f"cannot read {kind or 'a body without content type'}",
            where="content-type",
            hint=f"send {', '.join(sorted(allowed | JSON_TYPES))}",
        )
    return kind


async def _sender_by_headers(
    request: Request, headers: Headers, source: Source, secrets: Sequence[str]
) -> str | None:
    """The sender's workspace, None where the source's secrets decide, over the body. Raises
    Unauthenticated or Forbidden."""
    labo: App = request.app.state.labo
    if "authorization" in headers and not (secrets and presents_secret(headers, secrets)):
        try:
            return await token_workspace(request)
        except Unauthenticated:
            if not secrets:  # else the header may be for a proxy before us, and the body signed
                raise
    if secrets:
        return None
    if labo.settings.api.allow_unauthenticated_loopback_hooks and is_local(request):
        return labo.settings.workspace
    raise _unidentified(source)


def _sender_by_body(
    request: Request, headers: Headers, source: Source, body: bytes, secrets: Sequence[str]
) -> str:
    """The sender's workspace. Raises Unauthenticated."""
    labo: App = request.app.state.labo
    if source.verify(headers, body, secrets, datetime.now(UTC)):
        return labo.settings.workspace
    if labo.settings.api.allow_unauthenticated_loopback_hooks and is_local(request):
        return labo.settings.workspace
    raise _unidentified(source)


def _unidentified(source: Source) -> Unauthenticated:
    return Unauthenticated(
        "the source's secret or a token is required",
        where=source.name,
        hint="sign the body, or send `Authorization: Bearer …`",
    )


async def _holder_of_routing_key(request: Request, payload: object) -> str:
    labo: App = request.app.state.labo
    if has_routing_key(payload, _secrets(labo, PAGERDUTY.name)):
        return labo.settings.workspace
    key = payload.get("routing_key") if isinstance(payload, dict) else None
    if not isinstance(key, str):
        raise Unauthenticated("a routing key is required", where="routing_key")
    principal = await authenticator(request).principal(key)
    if not principal.has(Scope.INGEST):
        raise Forbidden("the token lacks the scope `ingest`")
    return principal.workspace


def _secrets(labo: App, source: str) -> list[str]:
    active: list[SecretStr] = labo.settings.hooks.secrets.get(source, [])
    return [secret.get_secret_value() for secret in active]
