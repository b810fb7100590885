"""Actions on the living engine, known by its command socket only; for lab and tests."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from labo.adapters.executor.reports import (
    Unreadable,
    failed,
    read_object,
    read_report,
    unknown,
)
from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.executions import Action, ExecutionReport
from labo.errors import Unavailable

MOST_BYTES = 65_536
TIMEOUT_S = 15.0
"""Above the ten seconds after which the engine gives a command up itself."""
_SCOPES: Mapping[str, float] = {"all": 1.0, "namespace": 0.5, "expired": 0.0}
"""Shares of the entries: the engine's caches know no namespaces, half of them stand for one."""

Parameters = Mapping[str, Value]


def _restart(_given: Parameters) -> tuple[str, Parameters]:
    return "restart", {}


def _scale_out(given: Parameters) -> tuple[str, Parameters]:
    return "scale_out", {"instances": given.get("instances", 1)}


def _flush_cache(given: Parameters) -> tuple[str, Parameters]:
    return "flush_cache", {"share": _SCOPES.get(str(given.get("scope")), 1.0)}


def _raise_pool_size(given: Parameters) -> tuple[str, Parameters]:
    return "bigger_pool", {"factor": 1.0 + float(given.get("percent", 100)) / 100.0}


def _rollback_deploy(_given: Parameters) -> tuple[str, Parameters]:
    return "roll_back", {}


_OPERATIONS: Mapping[str, Callable[[Parameters], tuple[str, Parameters]]] = {
    "restart_service": _restart,
    "scale_out": _scale_out,
    "flush_cache": _flush_cache,
    "raise_pool_size": _raise_pool_size,
    "rollback_deploy": _rollback_deploy,
}


class EngineExecutor:
    """`socket` is that of `python -m engine live`; the engine acts once for an id."""

    name = "engine"

    def __init__(self, socket: Path, *, timeout_s: float = TIMEOUT_S) -> None:
        self._socket = socket
        self._timeout_s = timeout_s

    def can_run(self, template_id: str) -> bool:
        """See `labo.ports.executor`."""
        return template_id in _OPERATIONS

    async def check(self) -> str:
        """Whether an engine runs there. Raises Unavailable."""
        try:
            state = read_object(await self._call({"do": "state"}))
        except (OSError, TimeoutError, Unreadable) as error:
            raise Unavailable(
                f"no engine answers ({type(error).__name__})", where="engine"
            ) from error
        return f"the engine runs {state.get('system')}"

    async def dry_run(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`."""
        if not self.can_run(action.template):
            return failed(f"the engine knows no {action.template}")
        return await self._asked({"do": "dry_run", "id": action.id, **_operation(action)})

    async def execute(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`."""
        return await self._act("execute", action, {})

    async def ask(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`. An id that the engine never had is closed by asking."""
        return await self._asked({"do": "status", "id": action.id})

    async def rollback(self, action: Action, before: Mapping[str, Value]) -> ExecutionReport:
        """See `labo.ports.executor`."""
        return await self._act("rollback", action, {"before": dict(before)})

    async def _act(self, do: str, action: Action, more: Mapping[str, object]) -> ExecutionReport:
        if not self.can_run(action.template):
            return failed(f"the engine knows no {action.template}")
        try:
            answer = await self._call({"do": do, "id": action.id, **_operation(action), **more})
        except (ConnectionRefusedError, FileNotFoundError):
            return failed("nothing was sent: no engine runs")
        except (OSError, TimeoutError) as error:
            return unknown(f"the engine does not answer ({type(error).__name__})")
        return _read(answer)

    async def _asked(self, request: Mapping[str, object]) -> ExecutionReport:
        try:
            return _read(await self._call(request))
        except (OSError, TimeoutError) as error:
            raise Unavailable(
                f"the engine does not answer ({type(error).__name__})", where="engine"
            ) from error

    async def _call(self, request: Mapping[str, object]) -> bytes:
        """The engine's answer. Raises OSError and TimeoutError; ConnectionRefusedError and
        FileNotFoundError only where nothing was sent."""
        async with asyncio.timeout(self._timeout_s):
            reader, writer = await asyncio.open_unix_connection(self._socket)
            try:
                writer.write(json.dumps(request).encode() + b"\n")
                await writer.drain()
                return await _all(reader)
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()


async def _all(reader: asyncio.StreamReader) -> bytes:
    """Up to the connection's end, or more than an answer may have."""
    parts = bytearray()
    while len(parts) <= MOST_BYTES and (part := await reader.read(MOST_BYTES)):
        parts += part
    return bytes(parts)


def _operation(action: Action) -> dict[str, object]:
    operation, parameters = _OPERATIONS[action.template](action.parameters)
    return {
        "operation": operation,
        "component": action.target,
        "parameters": dict(parameters),
    }


def _read(answer: bytes) -> ExecutionReport:
    try:
        return read_report(answer)
    except Unreadable as error:
        return unknown(f"the engine's answer can't be read: {error}")
