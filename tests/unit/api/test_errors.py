from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from api import errors
from api.middleware import RequestFrame
from labo.errors import (
    BudgetExceeded,
    Conflict,
    Forbidden,
    InvalidInput,
    LaboError,
    NotFound,
    Unauthenticated,
    Unavailable,
)


class Body(BaseModel):
    count: int


def application(raised: Exception | None = None) -> FastAPI:
    app = FastAPI()
    errors.install(app)
    app.add_middleware(RequestFrame)

    @app.get("/raise")
    async def fail() -> None:
        if raised:
            raise raised

    @app.post("/body")
    async def read(body: Body) -> Body:
        return body

    return app


def client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://labo.test")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("m"), 404),
        (Conflict("m"), 409),
        (InvalidInput("m", where="body.alerts", hint="h"), 400),
        (errors.TooLarge("m"), 413),
        (errors.WrongContentType("m"), 415),
        (Forbidden("m"), 403),
        (Unauthenticated("m"), 401),
        (Unavailable("m"), 503),
        (BudgetExceeded("m"), 429),
        (LaboError("m"), 500),
    ],
)
async def test_each_failure_has_its_status(error: LaboError, status: int) -> None:
    """One table decides; the body says code, what, where and what to do."""
    async with client(application(error)) as caller:
        answer = await caller.get("/raise")

    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, error.code)
    assert (body["detail"], body.get("where"), body.get("hint")) == ("m", error.where, error.hint)
    assert body["request_id"] == answer.headers["x-request-id"]
    assert ("retry-after" in answer.headers) == (status == 503)


def test_every_code_has_a_status() -> None:
    """No failure that the product can raise lacks a line in the table."""
    kinds = [LaboError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())

    assert {kind.code for kind in kinds} <= errors.STATUS.keys()


async def test_a_defect_says_nothing_but_its_id() -> None:
    """An unexpected exception is a masked 500."""
    async with client(application(RuntimeError("swordfish"))) as caller:
        answer = await caller.get("/raise", headers={"X-Request-ID": "r-1"})

    assert answer.status_code == 500
    assert "swordfish" not in answer.text
    assert (answer.json()["code"], answer.json()["request_id"]) == ("internal", "r-1")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_malformed_body_names_the_field() -> None:
    """A body that doesn't fit is 400 with the field's place."""
    async with client(application()) as caller:
        answer = await caller.post("/body", json={"count": "many"})

    assert answer.status_code == 400
    assert answer.json()["where"] == "body.count"


async def test_a_wrong_method_is_a_problem() -> None:
    """405 comes as problem+json and keeps its Allow header."""
    async with client(application()) as caller:
        answer = await caller.delete("/raise")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.json()["code"] == "method_not_allowed"
