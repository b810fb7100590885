"""One API process: `python -m api.server --host 127.0.0.1 --port 8080 [--shared]`.

It also serves OTLP over gRPC, on `--grpc-port` or the port of the settings, unless they switch it
off. With `--shared` several processes listen on the same ports, and the kernel spreads the
connections over them (SO_REUSEPORT). Settings come from the environment, as everywhere.
"""

from __future__ import annotations

import argparse
import gc
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import uvicorn

from api.app import create_app
from api.protocol import BoundedProtocol
from api.rpc.otlp import GrpcAddress
from labo.settings import Settings
from labo.stack.heartbeat import BEAT_EVERY_S, Pulse

GRACE_S = 10
"""How long requests under way may take once the process is asked to stop."""

WEBSOCKET_BYTES = 256_000
"""Of one message, a GraphQL operation with its variables; a stranger's first one counts as well."""
WEBSOCKET_MESSAGES = 4
"""That wait unread, of one connection."""

_YOUNG_OBJECTS = 10_000
"""Allocations between two runs of the cyclic garbage collector. Three requests reach Python's 700,
and each run then scans the objects of all requests under way."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way."""
    chosen = _parser().parse_args(arguments)
    listener = listen(chosen.host, chosen.port, is_shared=chosen.shared)
    settings = Settings()
    app = create_app(settings, grpc_address=grpc_address(settings, chosen))
    _spare_the_collector()
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws_max_size=WEBSOCKET_BYTES,
        ws_max_queue=WEBSOCKET_MESSAGES,
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    config.callback_notify, config.timeout_notify = _heartbeat(), BEAT_EVERY_S
    uvicorn.Server(config).run(sockets=[listener])


def listen(host: str, port: int, *, is_shared: bool) -> socket.socket:
    """A bound TCP socket. Raises OSError when somebody who doesn't share has the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def grpc_address(settings: Settings, chosen: argparse.Namespace) -> GrpcAddress | None:
    """Where OTLP over gRPC is served; None when it is switched off."""
    if not settings.otlp.grpc:
        return None
    port = settings.otlp.grpc_port if chosen.grpc_port is None else chosen.grpc_port
    return GrpcAddress(chosen.host, port, is_shared=chosen.shared)


def _heartbeat() -> Callable[[], Awaitable[None]]:
    """What the server's loop calls now and then: where that hangs, the heartbeat stops."""
    pulse = Pulse()

    async def beat() -> None:
        with suppress(OSError):  # a full disk is no reason to end
            pulse.beat()

    return beat


def _spare_the_collector() -> None:
    """Take what the imports made out of the collector's sight: it lives as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m api.server", description="One API process.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--grpc-port", type=int, help="for OTLP over gRPC; 0: a free one")
    parser.add_argument("--shared", action="store_true", help="others listen on the port too")
    return parser


if __name__ == "__main__":
    main()
