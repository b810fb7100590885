"""OTLP over gRPC: the export services of traces, metrics and logs.

As over HTTP, with gRPC's own words: UNAUTHENTICATED and PERMISSION_DENIED for the token (metadata
`authorization`), INVALID_ARGUMENT for what is no export request, RESOURCE_EXHAUSTED for what is too
large after decompression, UNAVAILABLE with RetryInfo while the stream is away or full, or the disk
nearly so. The sender is known before its message is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
import structlog
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from grpc import aio

from api.auth import Authenticator, ingest_workspace, secret_in
from api.otlp_intake import SYSTEM_HEADER, accept, system_of
from labo.adapters.otlp.requests import answer
from labo.adapters.otlp.shapes import Signal
from labo.bootstrap import App
from labo.domain.entities.masking import storable
from labo.errors import InvalidInput, LaboError, Unauthenticated, Unavailable
from labo.stack.disk import DiskReserve

GRACE_S = 5.0
"""How long requests under way may take once the server is asked to stop."""
_MAX_STREAMS = 100
"""Requests at once of one connection."""
_MAX_READING = 16
"""Messages that are read at once, of all connections: the others wait, unread."""
_READ_S = 30.0
_METADATA_BYTES = 16_000

_SERVICES = {
    f"/opentelemetry.proto.collector.{name}.v1.{title}Service/Export": signal
    for name, title, signal in (
        ("trace", "Trace", Signal.TRACES),
        ("metrics", "Metrics", Signal.METRICS),
        ("logs", "Logs", Signal.LOGS),
    )
}
_CODES = {
    "forbidden": grpc.StatusCode.PERMISSION_DENIED,
    "invalid_input": grpc.StatusCode.INVALID_ARGUMENT,
    "too_large": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "unauthenticated": grpc.StatusCode.UNAUTHENTICATED,
    "unavailable": grpc.StatusCode.UNAVAILABLE,
}

log = structlog.get_logger(__name__)

_Context = Any
"""A `grpc.aio.ServicerContext`: the library has no types."""


@dataclass(frozen=True, slots=True)
class GrpcAddress:
    """Where to listen. `port` 0 is a free one; `is_shared`: other processes listen there too."""

    host: str
    port: int
    is_shared: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


async def start_server(
    address: GrpcAddress, labo: App, authenticator: Authenticator, disk: DiskReserve
) -> tuple[aio.Server, int]:
    """A server that takes requests, and its port. Raises Unavailable when it can't listen."""
    server = aio.server(
        options=(
            ("grpc.max_receive_message_length", labo.settings.api.max_body_bytes),
            ("grpc.max_metadata_size", _METADATA_BYTES),
            ("grpc.max_concurrent_streams", _MAX_STREAMS),
            ("grpc.so_reuseport", int(address.is_shared)),
        )
    )
    server.add_generic_rpc_handlers((ExportServices(labo, authenticator, disk),))
    try:
        port = server.add_insecure_port(str(address))
    except RuntimeError as error:
        raise Unavailable(
            f"cannot listen on {address} for OTLP over gRPC",
            where="LABO_OTLP__GRPC_PORT",
            hint="another port, 0 for a free one, or LABO_OTLP__GRPC=false",
        ) from error
    await server.start()
    log.info("otlp_grpc.listening", host=address.host, port=port)
    return server, port


class ExportServices(grpc.GenericRpcHandler):  # type: ignore[misc]
    """The three services; anything else is UNIMPLEMENTED."""

    def __init__(self, labo: App, authenticator: Authenticator, disk: DiskReserve) -> None:
        self._labo = labo
        self._disk = disk
        self._authenticator = authenticator
        self._reading = asyncio.Semaphore(_MAX_READING)

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler | None:
        signal = _SERVICES.get(handler_call_details.method)
        if signal is None:
            return None

        async def export(messages: AsyncIterator[bytes], context: _Context) -> bytes:
            return await self._export(signal, messages, context)

        # As a stream, whose one message is not read before it is asked for.
        return grpc.stream_unary_rpc_method_handler(export)

    async def _export(
        self, signal: Signal, messages: AsyncIterator[bytes], context: _Context
    ) -> bytes:
        try:
            return await self._taken(signal, messages, context)
        except LaboError as error:
            log.info("otlp.refused", code=error.code, reason=error.message, where=error.where)
            refusal = error
        except (aio.AioRpcError, aio.AbortError, aio.UsageError):
            raise
        except Exception:
            log.exception("otlp_grpc.failed")
            refusal = LaboError("Unexpected error. The server's log has it.")
        await _refuse(refusal, context)
        raise refusal  # for the type checker: a refused call has ended

    async def _taken(
        self, signal: Signal, messages: AsyncIterator[bytes], context: _Context
    ) -> bytes:
        metadata = {str(key): value for key, value in context.invocation_metadata() or ()}
        workspace = await self._workspace(_text(metadata.get("authorization")), context)
        system = system_of(_text(metadata.get(SYSTEM_HEADER)))
        self._disk.check()
        async with self._reading:
            try:
                async with asyncio.timeout(_READ_S):
                    body = await anext(aiter(messages), b"")
            except TimeoutError as error:
                raise InvalidInput("the message did not come in time", where="body") from error
            checked = await accept(self._labo, workspace, system, signal, body)
        return answer(checked, is_json=False)

    async def _workspace(self, authorization: str, context: _Context) -> str:
        if authorization:
            return await ingest_workspace(self._authenticator, secret_in(authorization))
        settings = self._labo.settings
        if settings.api.allow_unauthenticated_loopback_hooks and _is_local(context.peer()):
            return settings.workspace
        raise Unauthenticated("this needs a token", hint="send `authorization: Bearer …`")


async def _refuse(error: LaboError, context: _Context) -> None:
    code = _CODES.get(error.code, grpc.StatusCode.INTERNAL)
    text = storable(str(error))
    trailing: tuple[tuple[str, bytes], ...] = ()
    if isinstance(error, Unavailable):
        status = Status(code=code.value[0], message=text)
        details = AnyMessage()
        details.Pack(RetryInfo(retry_delay=Duration(seconds=error.retry_after)))
        status.details.append(details)
        trailing = (("grpc-status-details-bin", status.SerializeToString()),)
    await context.abort(code, text, trailing)


def _text(value: str | bytes | None) -> str:
    return value if isinstance(value, str) else ""


def _is_local(peer: str) -> bool:
    return peer.startswith(("ipv4:127.0.0.1:", "ipv6:%5B::1%5D:", "ipv6:[::1]:"))
