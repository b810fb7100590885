"""Answers of models' servers are read up to a size, before they fill the memory."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

import httpx

from labo.ports.llm import UnusableAnswer

MOST_BYTES = 1_000_000
"""Of a model's answer: ours have some 10 KB, a report's 60 KB."""


async def read_bounded(parts: AsyncIterator[bytes]) -> bytes:
    """All of an answer. Raises UnusableAnswer beyond `MOST_BYTES`."""
    return b"".join([part async for part in bounded(parts)])


async def bounded(parts: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The parts as they come. Raises UnusableAnswer beyond `MOST_BYTES`."""
    size = 0
    async for part in parts:
        size += len(part)
        if size > MOST_BYTES:
            raise UnusableAnswer(f"the model's answer has more than {MOST_BYTES} bytes")
        yield part


class BoundedTransport(httpx.AsyncHTTPTransport):
    """For a client that reads its answers itself. It asks for them unpacked, and refuses one that
    is packed all the same: its size is known only when it has filled the memory."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["accept-encoding"] = "identity"
        response = await super().handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise UnusableAnswer("the model's server packs its answer, which was not asked for")
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _Bounded(response.stream)
        return response


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return bounded(self._stream)

    async def aclose(self) -> None:
        await self._stream.aclose()
