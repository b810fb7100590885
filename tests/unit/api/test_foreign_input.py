"""Whatever comes over HTTP is answered in the one form of failures, and never by a defect."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request

from api import errors
from api.middleware import BodyLimit, RequestFrame
from api.rest.incoming import read_body
from labo.adapters.sources.bodies import decode_json
from labo.errors import NotFound
from labo.stack.disk import DiskReserve

LIMIT = 1_000_000


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """An address that reads bodies as all do that take events and telemetry."""
    app = FastAPI()
    app.state.disk = DiskReserve(tmp_path, 0)
    errors.install(app)
    app.add_middleware(BodyLimit, max_bytes=LIMIT)
    app.add_middleware(RequestFrame)

    @app.post("/json")
    async def take(request: Request) -> str:
        return type(decode_json(await read_body(request, LIMIT, ("gzip", "deflate")))).__name__

    @app.get("/named/{name}")
    async def named(name: str) -> None:
        raise NotFound(f"there is no {name}", where=name)

    @app.get("/quoted")
    async def quoted() -> None:
        raise NotFound("there is no \ud800", where="\udfff")

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://labo.test") as client:
        yield client


def is_problem(answer: httpx.Response) -> bool:
    return (
        answer.headers["content-type"] == "application/problem+json"
        and answer.json()["status"] == answer.status_code
        and "Traceback" not in answer.text
    )


BODIES = {
    "nothing": b"",
    "nested": b"[" * 100_000 + b"]" * 100_000,
    "unfinished": b"[" * 100_000,
    "big integer": b"1" * 10_000,
    "big exponent": b"[1e999999999, Infinity]",
    "no number": b"NaN",
    "no text": b'"\xff\xfe"',
    "a null byte": b"\x00",
    "UTF-16": '{"a": 1}'.encode("utf-16")[:-1],
    "another JSON": b"{'a': 1}",
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_that_is_no_json_is_400(door: httpx.AsyncClient, name: str) -> None:
    """Whatever is wrong with it."""
    answer = await door.post("/json", content=BODIES[name])

    assert (answer.status_code, is_problem(answer)) == (400, True)


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", b"{}", 400),
        ("gzip", b"", 400),
        ("gzip", gzip.compress(b"{}", mtime=0)[:-9], 400),
        ("gzip", gzip.compress(b"{}", mtime=0) + b"more", 400),
        ("gzip", gzip.compress(b"x" * (LIMIT + 1)), 413),
        ("deflate", zlib.compress(b"{}")[:-5], 400),
        ("br", b"{}", 415),
        ("gzip, gzip", b"{}", 415),
        ("identity, gzip", b"{}", 415),
        ("\xff", b"{}", 415),
        ("GZIP ", gzip.compress(b"{}", mtime=0), 200),
        ("x-gzip", gzip.compress(b"{}", mtime=0), 200),
        ("deflate", zlib.compress(b"{}"), 200),
        ("", b"{}", 200),
    ],
)
async def test_encodings_are_read_or_refused(
    door: httpx.AsyncClient, encoding: str, body: bytes, status: int
) -> None:
    """Broken, cut, followed by something, too large, or unknown."""
    headers = [(b"content-encoding", encoding.encode("latin-1"))]
    answer = await door.post("/json", content=body, headers=headers)

    assert answer.status_code == status
    assert status == 200 or is_problem(answer)


async def test_odd_headers_and_names_are_answered(door: httpx.AsyncClient) -> None:
    """What UTF-8 can't write comes back as escapes, or not at all."""
    odd_headers = [(b"x-request-id", b"\xed\xa0\x80"), (b"x-odd", b"\xff\x80")]
    odd = await door.get("/named/x", headers=odd_headers)
    named = await door.get("/named/%ED%A0%80%00%FF")
    quoted = await door.get("/quoted")
    length = await door.post("/json", content=b"", headers={"content-length": "9" * 5_000})

    assert [a.status_code for a in (odd, named, quoted, length)] == [404, 404, 404, 413]
    assert all(map(is_problem, (odd, named, quoted, length)))
    assert quoted.json()["where"] == "\udfff"
