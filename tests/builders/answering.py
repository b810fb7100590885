"""A local HTTP server whose answers a test computes, on any method."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.builders.receiver import Reply


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answering:
    """`respond` may be exchanged while the server runs."""

    respond: Callable[[Request], Reply]
    url: str = ""
    requests: list[Request] = field(default_factory=list)


@contextmanager
def answering(respond: Callable[[Request], Reply]) -> Iterator[Answering]:
    """Serve on a free port of the loopback."""
    server_state = Answering(respond)

    class Endpoint(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            names = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, names, body)
            server_state.requests.append(request)
            reply = server_state.respond(request)
            time.sleep(reply.delay_s)
            with suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(reply.status)
                for name, value in {"content-type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    for method in ("GET", "PATCH", "POST"):
        setattr(Endpoint, f"do_{method}", Endpoint.handle_one)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    server_state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server_state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
