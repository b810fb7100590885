"""What every address that ingests telemetry or events has in common: bodies and senders."""

from __future__ import annotations

import zlib

from fastapi import Request

from api.auth import authenticator, ingest_workspace, secret_in
from api.bodies import held_body
from api.errors import TooLarge, WrongContentType
from labo.errors import InvalidInput
from labo.stack.disk import DiskReserve

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_WINDOW_BITS = {"gzip": 31, "deflate": 15}


async def read_body(request: Request, limit: int, encodings: tuple[str, ...] = ("gzip",)) -> bytes:
    """The decompressed body. Raises TooLarge before more than `limit` bytes are held,
    WrongContentType for another encoding, InvalidInput for a body that doesn't match its declared
    encoding, Unavailable when other requests' bodies leave no room, and before anything is read
    while the disk is nearly full."""
    disk: DiskReserve = request.app.state.disk
    disk.check()
    encoding = request.headers.get("content-encoding", "").strip().lower() or "identity"
    encoding = encoding.removeprefix("x-")  # the old name of gzip (RFC 9110, 8.4.1.3)
    if encoding not in ("identity", *encodings):
        encoding_names = " and ".join(encodings)
        raise WrongContentType(f"only {encoding_names} is supported", where="content-encoding")
    bits = _WINDOW_BITS.get(encoding)
    inflate = zlib.decompressobj(wbits=bits) if bits else None
    held = held_body()
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        try:
            part = inflate.decompress(chunk, limit - size + 1) if inflate else chunk
        except zlib.error as error:
            raise InvalidInput(f"invalid {encoding}", where="body") from error
        size += len(part)
        if inflate and held:
            held.take(len(part))
        if size > limit:
            raise TooLarge(f"more than {limit} bytes", where="body", hint="send smaller batches")
        parts.append(part)
    if inflate is not None and not inflate.eof:
        raise InvalidInput(f"the {encoding} stream ends too early", where="body")
    if inflate is not None and inflate.unused_data:
        raise InvalidInput(f"something follows the {encoding} stream", where="body")
    return b"".join(parts)


async def token_workspace(request: Request) -> str:
    """The workspace of the token that was sent. Raises Unauthenticated or Forbidden."""
    secret = secret_in(request.headers.get("authorization"))
    return await ingest_workspace(authenticator(request), secret)


def is_local(request: Request) -> bool:
    """Whether the sender is on this machine."""
    # A proxy on this host would make every sender local, hence none may stand in between.
    proxied = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    return request.client is not None and request.client.host in _LOOPBACK and not proxied
