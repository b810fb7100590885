"""Webhooks of monitors: verified over the raw bytes, normalised, committed, then 202.

Answers: 202 also names what of a body was refused while the rest was kept, 400 names the field when
nothing of it can be used, 401 bad signature or no credential, 404 unknown source, 413 too large
after decompression or more events than can wait, 415 another content type, 503 with Retry-After
when the graph is away or full. Never 429: Alertmanager and others drop what it answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import prometheus_client
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as ASGIScope

from api.bodies import LARGE_BYTES, read_in_thread
from api.errors import TooLarge, WrongContentType, refused
from api.rest.handshake import allow_origin
from api.rest.incoming import read_body
from api.rest.senders import body_limit, sender_by_body, sender_by_headers
from labo.adapters.sources import configured
from labo.adapters.sources.bodies import JSON_TYPES
from labo.adapters.sources.source import Headers, Normalised, Refused, Source, item_count
from labo.adapters.sources.unknown_words import count_unknown_words
from labo.bootstrap import App
from labo.errors import InvalidInput, LaboError, NotFound
from labo.services.ingest.events import Accepted

router = APIRouter(tags=["events in"])

EVENTS_REFUSED = prometheus_client.Counter(
    "labo_hook_items_refused_total",
    "Items of bodies that became no event while others of the same body may have.",
    ["source"],
)

_MOST_NAMED = 100
"""Refusals that an answer names; `refused_count` says how many there are."""

_PREFIX = "/hooks/"
_PATH = _PREFIX + "{source}"

ANSWERS: dict[int | str, dict[str, object]] = {
    status: {"description": text}
    for status, text in {
        400: "Nothing of it can be used; `where` names the field",
        401: "Bad signature or no credential",
        404: "Unknown source",
        413: "Too large after decompression, or too many events",
        415: "A content type that this source never sends",
        503: "Send again after `Retry-After` seconds",
    }.items()
}


@router.post(_PATH, status_code=202, responses=ANSWERS, summary="Ingest events")
async def receive_hook(source: str, request: Request) -> JSONResponse:
    """Accept what a monitor sends. The answer has the number of new events."""
    labo: App = request.app.state.labo
    chosen = _sources(request).get(source)
    if chosen is None:
        raise NotFound("there is no such source", where=source, hint=", ".join(_sources(request)))
    headers = _headers(request)
    kind = _content_type(headers, chosen)
    workspace = await sender_by_headers(request, headers, chosen)
    body = await read_body(request, body_limit(request, headers, chosen, workspace))
    if workspace is None:
        workspace = await sender_by_body(request, headers, chosen, body)
    read = partial(_read, chosen, body, kind, headers, labo.group_commit.queue_max)
    normalised = await read_in_thread(read) if len(body) > LARGE_BYTES else read()
    count_unknown_words(normalised.events)
    done = await labo.workspace(workspace).events.accept(normalised.events)
    late = [
        Refused(normalised.positions[one.index], normalised.places[one.index], one.reason)
        for one in done.refused
    ]
    EVENTS_REFUSED.labels(source).inc(len(normalised.refused))
    return _answer(done, sorted([*normalised.refused, *late], key=lambda one: one.index))


def _read(source: Source, body: bytes, kind: str, headers: Headers, limit: int) -> Normalised:
    """The events of a body. Raises InvalidInput, and TooLarge for more than `limit`."""
    payload = source.decode(body, kind, headers)
    _check_count(item_count(payload), limit)
    normalised = source.normalise(payload, {**headers, "content-type": kind})
    _check_count(len(normalised.events), limit)
    return normalised


def _answer(done: Accepted, refusals: Sequence[Refused]) -> JSONResponse:
    """202 with what was refused beside the rest. Raises InvalidInput when that is all there is."""
    if refusals and not done.accepted and not done.duplicates:
        raise InvalidInput(refusals[0].reason, where=refusals[0].where)
    answer: dict[str, object] = {"accepted": done.accepted, "duplicates": done.duplicates}
    if refusals:
        answer["refused_count"] = len(refusals)
        answer["refused"] = [
            {"index": one.index, "where": one.where, "reason": one.reason}
            for one in refusals[:_MOST_NAMED]
        ]
    return JSONResponse(answer, 202)


def _check_count(count: int, limit: int) -> None:
    """Raise TooLarge for a body that could not be committed however often it is sent."""
    if count > limit:
        raise TooLarge(
            f"{count} events, more than the {limit} that can wait to be stored",
            where="body",
            hint="send smaller batches, or raise LABO_API__GROUP_QUEUE_MAX",
        )


@router.options(_PATH, include_in_schema=False)
async def answer_handshake(source: str, request: Request) -> Response:
    """CloudEvents' validation of a webhook: whether this address expects that sender.

    It grants nothing else: what is sent needs the source's secret or a token as ever.
    """
    chosen = _sources(request).get(source)
    if chosen is None or not chosen.answers_handshake:
        raise NotFound("no source of that name answers a handshake", where=source)
    return allow_origin(request.headers)


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


def _sources(request: Request) -> Mapping[str, Source]:
    """The built-in and the configured sources, made once per application."""
    state = request.app.state
    sources: Mapping[str, Source] | None = getattr(state, "sources", None)
    if sources is None:
        labo: App = state.labo
        sources = state.sources = configured(
            labo.settings.hooks.mappings, labo.settings.hooks.components
        )
    return sources


def _content_type(headers: Headers, source: Source) -> str:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not source.reads(kind, headers):
        raise WrongContentType(
            f"cannot read {kind or 'a body without content type'}",
            where="content-type",
            hint=f"send {', '.join(sorted(JSON_TYPES))}",
        )
    return kind
