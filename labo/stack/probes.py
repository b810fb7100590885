"""Readiness, asked with the standard library: the supervisor lives as long as the stack, and every
client that it loads stays in memory beside it."""

from __future__ import annotations

import http.client
import json
import socket
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_TIMEOUT_S = 2.0


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `body` is None when it is not JSON."""

    status: int
    body: object

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def call(
    url: str, *, body: Mapping[str, object] | None = None, login: tuple[str, str] | None = None
) -> Answer:
    """GET, or POST of `body` as JSON, to this machine; no proxy. Raises OSError without answer."""
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if login:
        headers["Authorization"] = f"Basic {b64encode(':'.join(login).encode()).decode()}"
    connection = http.client.HTTPConnection(
        parts.hostname or "127.0.0.1", parts.port, timeout=_TIMEOUT_S
    )
    try:
        sent = None if body is None else json.dumps(body)
        connection.request("GET" if body is None else "POST", parts.path or "/", sent, headers)
        response = connection.getresponse()
        return Answer(response.status, _decoded(response.read()))
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP: {error!r}") from error
    finally:
        connection.close()


def _decoded(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return None


def probe_http(url: str) -> str | None:
    """Ready when the URL answers with a 2xx."""
    try:
        answer = call(url)
    except OSError as error:
        return f"no HTTP answer yet: {error}"
    return None if answer.is_success else f"{url} answers {answer.status}"


def probe_valkey(port: int) -> str | None:
    """Ready when PING is answered; loading the append-only file after a kill is not."""
    try:
        with socket.create_connection(("127.0.0.1", port), _TIMEOUT_S) as connection:
            connection.sendall(b"PING\r\n")
            answer = connection.recv(200).decode(errors="replace").strip()
    except OSError as error:
        return f"no PONG yet: {error}"
    return None if answer == "+PONG" else f"no PONG yet: {answer}"


def probe_file(path: Path) -> str | None:
    """Ready when the child has written the file that `READY_FILE_VARIABLE` names to it."""
    return None if path.exists() else "has not reported that it is ready"
