"""An answer is due, whatever hangs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from api import deadline, errors
from api.deadline import Deadline, while_answering
from api.middleware import RequestFrame
from labo.errors import Unavailable

SHORT = 0.05
"""For what must be late."""
LONG = 1.5
"""For what must be in time, on a busy machine too."""
PATIENT = 30.0


def application(answer_s: float) -> FastAPI:
    app = FastAPI()
    errors.install(app)
    app.add_middleware(Deadline, answer_s=answer_s)
    app.add_middleware(RequestFrame)

    @app.get("/hangs")
    async def hang() -> None:
        await asyncio.Event().wait()

    @app.post("/reads")
    async def read(request: Request) -> int:
        return len(await request.body())

    @app.get("/gives-up")
    async def give_up() -> None:
        raise TimeoutError("of its own")

    @app.get("/streams")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            yield "a"
            await asyncio.sleep(3 * SHORT)
            yield "b"

        return StreamingResponse(parts())

    return app


def client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://labo.test")


async def test_what_hangs_is_answered_503() -> None:
    """The same form as every failure, and when to try again."""
    async with client(application(SHORT)) as caller:
        answer = await caller.get("/hangs")

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_body_that_trickles_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a time of its own, in which no answer is due; then its sender is told."""
    monkeypatch.setattr(deadline, "BODY_SECONDS", 3 * SHORT)

    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield b"x"
            await asyncio.sleep(SHORT / 5)

    async with client(application(SHORT)) as caller:
        answer = await caller.post("/reads", content=trickle())

    assert answer.status_code == 503
    assert answer.json()["detail"] == "the body came too slowly"


async def test_a_body_may_take_longer_than_the_answer() -> None:
    """The time of the answer runs from the request's last byte."""

    async def slow() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b"x"
            await asyncio.sleep(LONG / 3)

    async with client(application(LONG)) as caller:
        answer = await caller.post("/reads", content=slow())

    assert answer.json() == 4


async def test_what_has_begun_to_answer_takes_its_time() -> None:
    """A stream lasts longer than any answer may take to begin."""
    async with client(application(SHORT)) as caller:
        answer = await caller.get("/streams")

    assert answer.text == "ab"


async def test_a_time_out_within_is_no_deadline() -> None:
    """It is the defect that it was."""
    async with client(application(PATIENT)) as caller:
        answer = await caller.get("/gives-up")

    assert answer.status_code == 500


async def answering() -> None:
    return


async def silent() -> None:
    await asyncio.Event().wait()


async def away() -> None:
    raise Unavailable("gone")


async def test_a_slow_answer_is_awaited_while_the_dependency_answers() -> None:
    """Several times the time of a usual answer, but no longer than its own."""
    async with while_answering({}, answering, answer_s=LONG, longest_s=PATIENT):
        await asyncio.sleep(1.5 * LONG)
    with pytest.raises(TimeoutError):
        async with while_answering({}, answering, answer_s=SHORT, longest_s=2 * SHORT):
            await asyncio.Event().wait()


@pytest.mark.parametrize("check", [silent, away])
async def test_a_dependency_that_does_not_answer_is_not_awaited(check: object) -> None:
    """However long the operation might take otherwise."""
    with pytest.raises(TimeoutError):
        async with while_answering({}, check, answer_s=SHORT, longest_s=PATIENT):  # type: ignore[arg-type]
            await asyncio.Event().wait()
