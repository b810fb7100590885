"""Commands over a Unix socket: one JSON line in, one JSON line out, a connection for each.

Who may write to the socket's folder may command the run; nobody else can reach it.
"""

from __future__ import annotations

import json
import queue
import socket
import socketserver
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from pathlib import Path

from engine.live.commands import Answer

MOST_BYTES = 65_536
PATIENCE_S = 10.0
"""Longest that a caller may take to send its line, and that it waits for its turn."""
MOST_WAITING = 100


class CommandSocket:
    """Receives commands from its start until `close`; `serve` carries out those that wait."""

    def __init__(self, path: Path) -> None:
        self._waiting: queue.Queue[tuple[bytes, Future[Answer]]] = queue.Queue(MOST_WAITING)
        self._path = path
        _make_room(path)
        self._server = _Server(str(path), _Connection)
        self._server.ask = self._ask
        path.chmod(0o600)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def serve(self, carry_out: Callable[[bytes], Answer]) -> None:
        """Answer everything that waits. From the run's thread."""
        with suppress(queue.Empty):
            while True:
                request, answer = self._waiting.get_nowait()
                if answer.set_running_or_notify_cancel():
                    answer.set_result(carry_out(request))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._path.unlink(missing_ok=True)

    def _ask(self, request: bytes) -> Answer:
        answer: Future[Answer] = Future()
        try:
            self._waiting.put_nowait((request, answer))
            return answer.result(PATIENCE_S)
        except queue.Full:
            return {"error": "too many commands wait"}
        except (TimeoutError, CancelledError):
            # Cancelled where it has not begun; else nobody knows.
            return {"error": "not begun"} if answer.cancel() else {"error": "no answer in time"}


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    ask: Callable[[bytes], Answer]


class _Connection(socketserver.StreamRequestHandler):
    timeout = PATIENCE_S
    server: _Server

    def handle(self) -> None:
        with suppress(OSError):  # the caller has gone
            line = self.rfile.readline(MOST_BYTES + 1)
            if not line.endswith(b"\n"):
                answer: Answer = {"error": f"needs one line of at most {MOST_BYTES} bytes"}
            else:
                answer = self.server.ask(line)
            self.wfile.write(json.dumps(answer).encode() + b"\n")


def _make_room(path: Path) -> None:
    """Remove a socket that nobody serves. Raises OSError when a run serves it."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise FileExistsError(f"{path}: another run listens there")
