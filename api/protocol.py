"""HTTP as uvicorn speaks it, with bounds on what comes before the application knows a request.

uvicorn itself keeps headers without end, and waits without end for the rest of a request.
"""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 32_768
"""Of a request's address and headers: what proxies such as nginx pass on at most by default."""
MAX_HEADERS = 100
MAX_CONNECTIONS = 1_000
"""Of a process; below the usual limit of 1,024 open files."""
HEAD_SECONDS = 10.0
LINGER_SECONDS = 1.0
REQUEST_SECONDS = 35.0
"""From a request's first byte to its last. The application refuses a slow body before, with words;
this also ends what it does not read, such as the body of a sender that it has turned away."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. Refuses by 431 a head that is too long, by 408 one that comes too slowly, by
    503 a connection too many."""

    _head_bytes = 0
    _is_in_head = True
    _is_refused = False
    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            self._refuse(
                HTTPStatus.SERVICE_UNAVAILABLE, "too many connections", b"retry-after: 5\r\n"
            )
            return
        self._expect(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused or self.transport.is_closing():
            return
        was_in_head = self._is_in_head
        super().data_received(data)
        if was_in_head and self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head, self._head_bytes = True, 0
        self._expect(HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > MAX_HEAD_BYTES or len(self.headers) > MAX_HEADERS:
            self._refuse_head()
            return
        self._expect(REQUEST_SECONDS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._is_refused:
            self._expect(None)
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        if not self._is_refused:
            self._expect(None)
            super().handle_websocket_upgrade()

    def _expect(self, within_s: float | None) -> None:
        """The next step of the request is due `within_s` seconds; None awaits nothing."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if within_s is not None:
            self._due = self.loop.call_later(within_s, self._is_late)

    def _is_late(self) -> None:
        if self._is_in_head and not self._is_refused:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "the request's headers came too slowly")
        else:
            self.transport.close()

    def _refuse_head(self) -> None:
        self._refuse(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"more than {MAX_HEAD_BYTES} bytes or {MAX_HEADERS} headers",
        )

    def _refuse(self, status: HTTPStatus, detail: str, header: bytes = b"") -> None:
        """Answer in the form of every other failure, and end the connection soon: what is still on
        its way is read and dropped, since a connection that ends over it loses the answer."""
        if self._is_refused:
            return
        self._is_refused = True
        code = status.name.lower()
        body = json.dumps(
            {
                "type": f"urn:labo:problem:{code}",
                "title": status.phrase,
                "status": status.value,
                "detail": detail,
                "code": code,
            }
        ).encode()
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
        self.transport.write(
            head
            + header
            + b"content-type: application/problem+json\r\nconnection: close\r\n"
            + f"content-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        self._expect(LINGER_SECONDS)
