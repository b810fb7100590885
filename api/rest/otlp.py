"""OTLP/HTTP receivers: checked, counted, and in the telemetry stream before the answer is 200.

Protobuf and JSON; gzip, deflate or plain. The answer has the request's content type: an export
response, with `partial_success` for what was refused, or a `google.rpc.Status`: 400 not an export
request, 401 and 403 the token, 413 too large after decompression, 415 another encoding, 503 with
Retry-After while the stream is unavailable or full. What is refused unread, for its content type
(415) or its announced length (413), is answered as everywhere else, with
`application/problem+json`. A request that is sent again counts once.
"""

from __future__ import annotations

from http import HTTPStatus

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.errors import STATUS, WrongContentType
from api.otlp_intake import SYSTEM_HEADER, accept, system_of
from api.rest.incoming import is_local, read_body, token_workspace
from labo.adapters.otlp.requests import Checked, answer, failure
from labo.adapters.otlp.shapes import Signal
from labo.bootstrap import App
from labo.errors import LaboError, Unauthenticated, Unavailable

router = APIRouter(tags=["telemetry in"])
log = structlog.get_logger(__name__)

_PROTOBUF = "application/x-protobuf"
_JSON = "application/json"

# The codes of google.rpc.Code.
_RPC_CODES = {
    "forbidden": 7,
    "invalid_input": 3,
    "too_large": 8,
    "unauthenticated": 16,
    "unavailable": 14,
    "wrong_content_type": 3,
}
_UNKNOWN = 2
_ANSWERS: dict[int | str, dict[str, object]] = {
    200: {"description": "In the stream; `partial_success` names what was refused"},
    400: {"description": "Not an export request"},
    401: {"description": "No credential"},
    403: {"description": "The token lacks the scope `ingest`"},
    413: {"description": "Too large after decompression"},
    415: {"description": "Neither protobuf nor JSON"},
    503: {"description": "Send again after `Retry-After` seconds"},
}


@router.post("/v1/traces", responses=_ANSWERS, summary="Ingest OTLP traces")
async def traces(request: Request) -> Response:
    """Spans become roll-ups, calls between components, and exemplar traces."""
    return await _receive(request, Signal.TRACES)


@router.post("/v1/metrics", responses=_ANSWERS, summary="Ingest OTLP metrics")
async def metrics(request: Request) -> Response:
    """Data points become roll-ups."""
    return await _receive(request, Signal.METRICS)


@router.post("/v1/logs", responses=_ANSWERS, summary="Ingest OTLP logs")
async def logs(request: Request) -> Response:
    """Records become log lines with templates; errors among them become events."""
    return await _receive(request, Signal.LOGS)


async def _receive(request: Request, signal: Signal) -> Response:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (_PROTOBUF, _JSON):
        raise WrongContentType(
            f"cannot read {kind or 'a body without content type'}",
            where="content-type",
            hint=f"send {_PROTOBUF} or {_JSON}",
        )
    is_json = kind == _JSON
    try:
        checked = await _accept(request, signal, is_json=is_json)
    except LaboError as error:
        return _failed(error, kind, is_json=is_json)
    return Response(answer(checked, is_json=is_json), media_type=kind)


async def _accept(request: Request, signal: Signal, *, is_json: bool) -> Checked:
    labo: App = request.app.state.labo
    workspace = await _sender(request)
    system = system_of(request.headers.get(SYSTEM_HEADER, ""))
    body = await read_body(request, labo.settings.api.max_body_bytes, ("gzip", "deflate"))
    return await accept(labo, workspace, system, signal, body, is_json=is_json)


async def _sender(request: Request) -> str:
    labo: App = request.app.state.labo
    if "authorization" in request.headers:
        return await token_workspace(request)
    if labo.settings.api.allow_unauthenticated_loopback_hooks and is_local(request):
        return labo.settings.workspace
    raise Unauthenticated("this needs a token", hint="send `Authorization: Bearer …`")


def _failed(error: LaboError, kind: str, *, is_json: bool) -> Response:
    log.info("otlp.refused", code=error.code, reason=error.message, where=error.where)
    headers = {}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    if error.code == "unauthenticated":
        headers["WWW-Authenticate"] = "Bearer"
    code = _RPC_CODES.get(error.code, _UNKNOWN)
    return Response(
        failure(str(error), code=code, is_json=is_json),
        status_code=STATUS.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR).value,
        headers=headers,
        media_type=kind,
    )
