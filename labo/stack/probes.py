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

NO_ANSWER = "no answer"
_TIMEOUT_S = 2.0
_LONGEST_LINE = 4_096


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
        return f"{NO_ANSWER}: {error}"
    return None if answer.is_success else f"{url} answers {answer.status}"


def probe_valkey(port: int, password: str) -> str | None:
    """Ready when PING is answered: neither while it loads its file after a kill, nor when it can't
    write to that file any more."""
    try:
        pong = ask_valkey(port, password, "PING")
    except OSError as error:
        return f"{NO_ANSWER}: {error}"
    return None if pong == "+PONG" else pong


def ask_valkey(port: int, password: str, *command: str) -> str:
    """The first line of the answer, or the text of a string. Raises OSError without one."""
    with socket.create_connection(("127.0.0.1", port), _TIMEOUT_S) as connection:
        connection.sendall(_encoded("AUTH", password) + _encoded(*command))
        with connection.makefile("rb") as answers:
            greeting = answers.readline(_LONGEST_LINE)
            if not greeting.startswith(b"+OK"):
                return greeting.decode(errors="replace").strip()
            line = answers.readline(_LONGEST_LINE)
            if line.startswith(b"$") and (size := int(line[1:])) >= 0:
                line = answers.read(size)
    return line.decode(errors="replace").strip()


def _encoded(*words: str) -> bytes:
    """A command in the server's protocol: the number of words, then each with its length."""
    parts = [f"*{len(words)}\r\n".encode()]
    for word in words:
        raw = word.encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(raw), raw))
    return b"".join(parts)


def probe_file(path: Path) -> str | None:
    """Ready when the child has written the file that `READY_FILE_VARIABLE` names to it."""
    return None if path.exists() else "has not reported that it is ready"
