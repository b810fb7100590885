"""The living engine as a child process: no shell, an empty environment (ours holds secrets),
bounded in time and in output."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from labo.errors import InvalidInput, Unavailable

_BAD_INPUT = 2
"""The engine's exit code for what it cannot run; its standard error has the reason."""

_MOST_ERROR_CHARS = 500


async def ask_engine(
    command: Sequence[str], request: bytes = b"", *, timeout_s: float, most_bytes: int
) -> bytes:
    """The standard output of `command` for the standard input `said`.

    Raises InvalidInput with the engine's message when it refuses, Unavailable when it is missing,
    fails, takes longer or writes more. No child outlives the call, whatever ends it.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={},
            start_new_session=True,
        )
    except OSError as error:
        raise Unavailable(f"the engine can't be started: {error}", where="engine") from error
    try:
        async with asyncio.timeout(timeout_s):
            answer, complaint, code = await _talk(child, request, most_bytes)
    except TimeoutError as error:
        limit = f"{timeout_s:g} s"
        raise Unavailable(f"the engine took longer than {limit}", where="engine") from error
    finally:
        await _end(child)
    if code == _BAD_INPUT:
        raise InvalidInput(complaint or "the engine refused what it was asked", where="engine")
    if code != 0:
        raise Unavailable(f"the engine ended with {code}: {complaint}", where="engine")
    return answer


async def _talk(
    child: asyncio.subprocess.Process, request: bytes, most_bytes: int
) -> tuple[bytes, str, int]:
    """Answer, last words on standard error, exit code."""
    if child.stdin is None or child.stdout is None or child.stderr is None:
        raise Unavailable("the engine has no pipes", where="engine")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        child.stdin.write(request)
        await child.stdin.drain()
    child.stdin.close()
    answer, complaint = await asyncio.gather(
        _read_all(child.stdout, most_bytes), _read_last(child.stderr)
    )
    return answer, complaint, await child.wait()


async def _read_all(stream: asyncio.StreamReader, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := await stream.read(65_536):
        size += len(part)
        if size > most:
            raise Unavailable(f"the engine wrote more than {most} bytes", where="engine")
        parts.append(part)
    return b"".join(parts)


async def _read_last(stream: asyncio.StreamReader) -> str:
    """The end of the text: of a traceback, the line with the error."""
    tail = b""
    while part := await stream.read(65_536):
        tail = (tail + part)[-4 * _MOST_ERROR_CHARS :]
    text = tail.decode("utf-8", "replace").strip().removeprefix("error: ")
    return text[-_MOST_ERROR_CHARS:]


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
