"""Requests from outside, at random moments and whatever becomes of the ones before."""

from __future__ import annotations

import asyncio
import random

import httpx

TIMEOUT_S = 8.0
AT_ONCE = 80
"""Requests that wait at most; beyond it a person would have gone, and the machine is kept sane."""


class Traffic:
    """`rate` requests a second on average, times `factor`; their gaps are exponential."""

    def __init__(self, url: str, rate: float, seed: int = 1) -> None:
        self.factor = 1.0
        self.sent = self.failed = 0
        self._url, self._rate = url, rate
        self._draw = random.Random(seed)
        self._open: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled; what is under way then is given up."""
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=10)
        async with httpx.AsyncClient(timeout=TIMEOUT_S, limits=limits) as client:
            try:
                while True:
                    await asyncio.sleep(self._draw.expovariate(self._rate * self.factor))
                    if len(self._open) < AT_ONCE:
                        request = asyncio.create_task(self._request(client))
                        self._open.add(request)
                        request.add_done_callback(self._open.discard)
            finally:
                for request in self._open:
                    request.cancel()
                await asyncio.gather(*self._open, return_exceptions=True)

    async def _request(self, client: httpx.AsyncClient) -> None:
        self.sent += 1
        try:
            answer = await client.get(self._url)
            self.failed += answer.status_code >= 500
        except httpx.HTTPError:
            self.failed += 1
