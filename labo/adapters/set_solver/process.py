"""A warm process beside this one: for the API, whose event loop must not share its interpreter
with a search, and whose callers must not wait for a second until one has started.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
from asyncio.subprocess import PIPE, Process
from collections.abc import Collection, Sequence

import structlog

from labo.adapters.set_solver.child import LENGTH_BYTES, packed
from labo.adapters.set_solver.question import SetQuestion
from labo.children import python_module
from labo.domain.metric_sets.sets import Demand, MinimalSet, Pair, SignatureTable
from labo.errors import LaboError, Unavailable

COMMAND = python_module("labo.adapters.set_solver.child")
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}
"""Nothing of ours, which holds secrets. The matrices are small: more threads only spin."""
START_S = 60.0
"""Loading the solver takes a second, on a crowded machine with a cold disk many."""
GRACE_S = 5.0
"""Beyond its limit, before a search is ended: one step of it has been seen to take seconds."""
MOST_WAITING = 32
"""Each takes its tenth of a second in turn; who came after so many would wait for too long."""

log = structlog.get_logger(__name__)


class ProcessSolver:
    """One process, started by the first question, that answers one after the other.

    It is ended when a question exceeds its time or is given up, since its answer would be read
    as the next one's; the next question starts another. Bound to one event loop.
    """

    def __init__(
        self,
        command: Sequence[str] = COMMAND,
        *,
        grace_s: float = GRACE_S,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._command, self._grace_s, self._most_waiting = tuple(command), grace_s, most_waiting
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._child: Process | None = None
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """Of the process that lives now."""
        return self._child.pid if self._child and self._child.returncode is None else None

    async def solve(
        self,
        table: SignatureTable,
        demand: Demand,
        *,
        pairs: Collection[Pair] | None = None,
        time_limit_s: float,
    ) -> MinimalSet:
        """See `labo.ports.set_solver`."""
        if self._waiting >= self._most_waiting:
            raise Unavailable("too many questions about metric sets at once", retry_after=1)
        question = SetQuestion(table, demand, pairs, time_limit_s)
        self._waiting += 1
        try:
            async with self._turn:
                reply = await self._answer(question)
        finally:
            self._waiting -= 1
        if isinstance(reply, LaboError):
            raise reply
        return reply

    async def close(self) -> None:
        """See `labo.ports.set_solver`."""
        self._is_closed = True
        await self._end()

    async def _answer(self, question: SetQuestion) -> MinimalSet | LaboError:
        """From a process that died, by itself or while it was asked, once more from a new one."""
        try:
            return await self._ask(question)
        except (asyncio.IncompleteReadError, ConnectionError):
            log.warning("set_solver.died")
        try:
            return await self._ask(question)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Unavailable("the solver of metric sets ended at this question") from error

    async def _ask(self, question: SetQuestion) -> MinimalSet | LaboError:
        limit = question.time_limit_s + self._grace_s
        answered = False
        try:
            child = await self._ready()
            async with asyncio.timeout(limit):
                await _send(child, question)
                reply = await _receive(child)
            answered = True
        except TimeoutError as error:
            log.warning("set_solver.stopped", limit_s=limit)
            raise Unavailable("finding the metric set took too long") from error
        finally:
            if not answered:
                await self._end()
        if not isinstance(reply, MinimalSet | LaboError):
            raise TypeError(f"no answer of a solver: {type(reply).__name__}")
        return reply

    async def _ready(self) -> Process:
        if self._is_closed:
            raise Unavailable("the solver of metric sets is shut down")
        if self._child is None or self._child.returncode is not None:
            # A session of its own: Ctrl-C at a terminal is for the API, which then ends it.
            self._child = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, env=ENVIRONMENT, start_new_session=True
            )
            async with asyncio.timeout(START_S):
                await _receive(self._child)
        return self._child

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def _send(child: Process, question: SetQuestion) -> None:
    if child.stdin is None:
        raise ConnectionError("the solver has no standard input")
    child.stdin.write(packed(question))
    await child.stdin.drain()


async def _receive(child: Process) -> object:
    if child.stdout is None:
        raise ConnectionError("the solver has no standard output")
    length = int.from_bytes(await child.stdout.readexactly(LENGTH_BYTES), "big")
    return pickle.loads(await child.stdout.readexactly(length))  # noqa: S301 - of our own child
