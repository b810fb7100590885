"""What a connection may send before the application knows it, over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from prometheus_client import REGISTRY

from api import errors, protocol
from api.middleware import BodyLimit, RequestFrame
from api.protocol import MAX_HEAD_BYTES, MAX_HEADERS, BoundedProtocol
from api.server import listen

MAX_BODY = 1_000


def application() -> FastAPI:
    app = FastAPI()
    errors.install(app)
    app.state.arrived = 0
    app.state.go_on = asyncio.Event()
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY, max_bytes_of={"/small": 10})
    app.add_middleware(RequestFrame)

    @app.get("/")
    async def hello() -> str:
        return "hello"

    @app.post("/hold")
    async def hold(request: Request) -> int:
        size = len(await request.body())
        app.state.arrived += 1
        await app.state.go_on.wait()
        return size

    @app.post("/small")
    async def small(request: Request) -> int:
        return len(await request.body())

    return app


class Peer:
    """A client that sends bytes as it likes."""

    def __init__(self, app: FastAPI, port: int) -> None:
        self.app, self.port = app, port

    async def send(self, *parts: bytes) -> bytes:
        """All that is answered until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
        except ConnectionError:
            pass
        try:
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", trust_env=False)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.01)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    app = application()
    listener = listen("127.0.0.1", 0, is_shared=False)
    config = uvicorn.Config(app, http=BoundedProtocol, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve([listener]))
    await until(lambda: server.started)
    yield Peer(app, listener.getsockname()[1])
    server.should_exit = True
    await serving


def status_of(answer: bytes) -> tuple[int, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body).get("code")


@pytest.mark.parametrize(
    "headers",
    [
        b"".join(b"x-%d: y\r\n" % n for n in range(MAX_HEADERS + 1)),
        b"x: " + b"y" * (MAX_HEAD_BYTES + 1) + b"\r\n",
    ],
)
async def test_a_head_that_is_too_long_is_431(peer: Peer, headers: bytes) -> None:
    """By number or by bytes; in the form of every failure."""
    answer = await peer.send(b"GET / HTTP/1.1\r\n" + headers + b"\r\n")

    assert status_of(answer) == (431, "request_header_fields_too_large")


async def test_a_head_without_end_is_not_kept(peer: Peer) -> None:
    """The connection ends while it still comes."""
    endless = [b"y" * 65_536] * 200
    answer = await peer.send(b"GET / HTTP/1.1\r\nx: ", *endless)

    assert not answer or status_of(answer)[0] == 431


async def test_a_slow_head_is_408(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it began or not."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.05)

    assert status_of(await peer.send(b"GET / HTTP/1.1\r\nx: "))[0] == 408
    assert status_of(await peer.send())[0] == 408


async def test_a_request_without_end_is_cut(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one whose body nobody reads, since its answer is given already."""
    monkeypatch.setattr(protocol, "REQUEST_SECONDS", 0.05)
    answer = await peer.send(b"POST / HTTP/1.1\r\ncontent-length: 500\r\n\r\nx")

    assert answer.split()[1] == b"405"


async def test_a_connection_too_many_is_503(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the time to try again; the others go on."""
    async with peer.client() as client:
        await client.get("/")
        monkeypatch.setattr(protocol, "MAX_CONNECTIONS", 1)
        answer = await peer.send(b"")
        again = await client.get("/")

    assert status_of(answer)[0] == 503
    assert b"retry-after" in answer
    assert again.json() == "hello"


async def test_bodies_share_a_budget(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What finds no room is 503 while others are held, and finds it after them."""
    monkeypatch.setattr("api.middleware.BUDGET_BYTES", 0)  # hence four of the largest
    async with peer.client() as client:
        held = [
            asyncio.create_task(client.post("/hold", content=b"x" * MAX_BODY)) for _ in range(4)
        ]
        await until(lambda: peer.app.state.arrived == 4)
        refused = await client.post("/hold", content=b"x" * MAX_BODY)
        peer.app.state.go_on.set()
        answers = await asyncio.gather(*held)
        after = await client.post("/hold", content=b"x" * MAX_BODY)

    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert int(refused.headers["retry-after"]) > 0
    assert [answer.json() for answer in [*answers, after]] == [MAX_BODY] * 5


async def test_a_path_may_take_less(peer: Peer) -> None:
    """413 over its own limit, announced or not."""
    async with peer.client() as client:
        fits = await client.post("/small", content=b"x" * 10)
        announced = await client.post("/small", content=b"x" * 11)

    assert fits.json() == 10
    assert (announced.status_code, announced.json()["code"]) == (413, "too_large")


async def test_a_slash_at_the_end_of_an_address_changes_nothing(peer: Peer) -> None:
    """Neither the limit of its body nor the route under which it is counted."""
    async with peer.client() as client:
        fits = await client.post("/small/", content=b"x" * 10)
        too_large = await client.post("/small/", content=b"x" * 11)

    assert (fits.json(), too_large.status_code) == (10, 413)
    labels = {"method": "POST", "route": "/small", "status": "200"}
    assert REGISTRY.get_sample_value("labo_http_request_seconds_count", labels)
