"""Failures as HTTP answers: one table from code to status, bodies in application/problem+json.

An expected failure states what is wrong, where, and what to do. A defect shows only the request's
id; the log has the rest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from labo.errors import InvalidInput, LaboError, Unavailable

log = structlog.get_logger(__name__)


class TooLarge(InvalidInput):
    """The body is longer than this server accepts."""

    code = "too_large"


class WrongContentType(InvalidInput):
    """The body is of a type that this address doesn't accept."""

    code = "wrong_content_type"


STATUS: Mapping[str, HTTPStatus] = {
    "error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "not_found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "invalid_input": HTTPStatus.BAD_REQUEST,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "wrong_content_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "forbidden": HTTPStatus.FORBIDDEN,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "budget_exceeded": HTTPStatus.TOO_MANY_REQUESTS,
    "unusable_answer": HTTPStatus.BAD_GATEWAY,
}


def problem(error: LaboError) -> Response:
    """The answer for an expected failure."""
    headers: dict[str, str] = {}
    if error.code == "unauthenticated":
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(error.retry_after)
        # What is down inside, and what to do about it, is for the operator: the log has it.
        return _problem(STATUS[error.code], error.code, error.message, headers)
    return _problem(
        STATUS[error.code], error.code, error.message, headers, where=error.where, hint=error.hint
    )


def refused(error: LaboError) -> Response:
    """The answer for an expected failure of a request; logs it."""
    log.info(
        "http.refused", code=error.code, reason=error.message, where=error.where, hint=error.hint
    )
    return problem(error)


def unexpected(error: Exception) -> Response:
    """The answer for a defect; logs it with its trace."""
    log.error("http.failed", exc_info=error)
    return _problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal",
        "Unexpected error. The server's log has it under the request's id.",
    )


def install(app: FastAPI) -> None:
    """Every failure that reaches FastAPI leaves it as a problem."""
    app.add_exception_handler(LaboError, _on_labo_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)


def _problem(
    status: HTTPStatus,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **more: str | None,
) -> Response:
    body: dict[str, str | int | None] = {
        "type": f"urn:labo:problem:{code}",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
        **more,
    }
    return Response(
        # ASCII: foreign text is quoted in it, and may hold what UTF-8 can't write.
        json.dumps({key: value for key, value in body.items() if value is not None}),
        status_code=status.value,
        headers=dict(headers or {}),
        media_type="application/problem+json",
    )


async def _on_labo_error(request: Request, error: Exception) -> Response:
    del request
    if not isinstance(error, LaboError):
        raise error
    return refused(error)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    del request
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    return _problem(status, status.name.lower(), error.detail, error.headers)


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    del request
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    return problem(InvalidInput(first["msg"], where=_path(first["loc"])))


def _path(location: Sequence[str | int]) -> str:
    """`body.alerts.0.status` for a location as pydantic gives it."""
    return ".".join(str(part) for part in location)
