"""Arms run by the living engine, as a child process that knows nothing of Labo.

The child gets the arm as JSON on its standard input and answers one JSON line a run. No shell, an
empty environment (ours holds secrets), bounded in time and in what it may say.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from labo.domain.experiments import Observation, Reading
from labo.domain.scenarios import Arm
from labo.errors import InvalidInput, Unavailable

COMMAND = (sys.executable, "-m", "engine.arm")
TIMEOUT_S = 80.0
MOST_BYTES = 32 * 1024 * 1024
INTERVAL_S = 5.0
"""Simulated seconds that one value of a series stands for."""

_BAD_INPUT = 2
"""The engine's exit code for an arm that it cannot run; its standard error says why."""

_MOST_ERROR_CHARS = 500


class _Run(BaseModel):
    """One line of the engine's answer."""

    model_config = ConfigDict(extra="forbid")

    seed: int
    readings: dict[str, Reading]


_RUN = TypeAdapter(_Run)


class EngineScenarioRunner:
    """`command` and the bounds can be replaced by those of another engine that answers alike."""

    def __init__(
        self,
        command: Sequence[str] = COMMAND,
        *,
        timeout_s: float = TIMEOUT_S,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._command = tuple(command)
        self._timeout_s = timeout_s
        self._most_bytes = most_bytes

    async def run(self, arm: Arm, seeds: Sequence[int]) -> list[Observation]:
        """As the port says: `labo.ports.scenario_runner`."""
        if not seeds:
            return []
        asked = {**asdict(arm), "seeds": list(seeds), "interval": INTERVAL_S}
        answer = await self._ask(json.dumps(asked).encode())
        runs = [_read(line) for line in answer.splitlines() if line.strip()]
        if [run.seed for run in runs] != list(seeds):
            raise Unavailable(
                "the engine did not answer for the seeds it was given", where="engine"
            )
        return runs

    async def _ask(self, arm: bytes) -> bytes:
        try:
            child = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={},
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable(f"the engine can't be started: {error}", where="engine") from error
        try:
            async with asyncio.timeout(self._timeout_s):
                answer, complaint, code = await self._talk(child, arm)
        except TimeoutError as error:
            limit = f"{self._timeout_s:g} s"
            raise Unavailable(f"the engine took longer than {limit}", where="engine") from error
        finally:
            await _end(child)
        if code == _BAD_INPUT:
            raise InvalidInput(complaint or "the engine refused the arm", where="engine")
        if code != 0:
            raise Unavailable(f"the engine ended with {code}: {complaint}", where="engine")
        return answer

    async def _talk(self, child: asyncio.subprocess.Process, arm: bytes) -> tuple[bytes, str, int]:
        """Answer, last words on standard error, exit code."""
        if child.stdin is None or child.stdout is None or child.stderr is None:
            raise Unavailable("the engine has no pipes", where="engine")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            child.stdin.write(arm)
            await child.stdin.drain()
        child.stdin.close()
        answer, complaint = await asyncio.gather(
            _read_all(child.stdout, self._most_bytes), _read_last(child.stderr)
        )
        return answer, complaint, await child.wait()


async def _read_all(stream: asyncio.StreamReader, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := await stream.read(65_536):
        size += len(part)
        if size > most:
            raise Unavailable(f"the engine said more than {most} bytes", where="engine")
        parts.append(part)
    return b"".join(parts)


async def _read_last(stream: asyncio.StreamReader) -> str:
    """The end of the text: of a trace, the line that says what was wrong."""
    kept = b""
    while part := await stream.read(65_536):
        kept = (kept + part)[-4 * _MOST_ERROR_CHARS :]
    text = kept.decode("utf-8", "replace").strip()
    return text[-_MOST_ERROR_CHARS:]


async def _end(child: asyncio.subprocess.Process) -> None:
    """No child outlives the call, whatever ended it."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def _read(line: bytes) -> Observation:
    try:
        run = _RUN.validate_json(line)
    except ValidationError as error:
        raise Unavailable("the engine's answer can't be read", where="engine") from error
    return Observation(run.seed, run.readings)
