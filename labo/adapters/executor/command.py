"""Actions as local commands: the template's argument list, no shell, off by default.

Exit code 0 is DONE. Any other is FAILED: a program that is trusted with actions ends with it only
where it changed nothing. One that was ended, by time or by a signal, is UNKNOWN.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from labo.adapters.executor.records import Records
from labo.adapters.executor.reports import done, failed, running, unknown
from labo.adapters.executor.sandbox import Cage, Ending, check_program, run_caged
from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.executions import Action, ExecutionReport, as_rollback
from labo.errors import Unavailable

MOST_ARGUMENT = 4_096
"""Characters of one argument; templates bound theirs far below."""


class CommandExecutor:
    """`programs` maps the first argument of templates to the absolute path that is run for it:
    nothing else can be started. `folder` holds the records of what was begun."""

    name = "command"

    def __init__(
        self,
        programs: Mapping[str, Path],
        folder: Path,
        cage: Cage,
        *,
        timeout_s: float,
        templates: frozenset[str] = frozenset(),
    ) -> None:
        self._programs = dict(programs)
        self._records = Records(folder)
        self._cage = cage
        self._timeout_s = timeout_s
        self._templates = templates

    def can_run(self, template_id: str) -> bool:
        """See `labo.ports.executor`."""
        return not self._templates or template_id in self._templates

    async def check(self) -> str:
        """Whether the programs are there and the cage holds. Raises Unavailable."""
        for program in self._programs.values():
            if reason := check_program(program):
                raise Unavailable(reason, where="command")
        try:
            ending = await run_caged(self._cage, ["/bin/true"], self._timeout_s)
        except OSError as error:
            raise Unavailable(f"no command can be started: {error}", where="command") from error
        if ending.code != 0:
            raise Unavailable(f"the sandbox fails: {ending.output[:200]}", where="command")
        return f"runs {', '.join(sorted(self._programs)) or 'nothing: no program is allowed'}"

    async def dry_run(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`. The program itself is not run."""
        if reason := self._misfit(action.arguments):
            return failed(reason)
        return done(f"would run {shlex.join(self._resolved(action.arguments))}")

    async def execute(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`."""
        return await self._once(action.id, action.arguments)

    async def rollback(
        self,
        action: Action,
        before: Mapping[str, Value],  # noqa: ARG002 - commands report none
    ) -> ExecutionReport:
        """See `labo.ports.executor`. By the template's own undo."""
        if not action.undo:
            return failed("the template has no command that undoes it")
        return await self._once(as_rollback(action).id, action.undo)

    async def ask(self, action: Action) -> ExecutionReport:
        """See `labo.ports.executor`. An id that was never begun is closed."""
        try:
            with self._records.begin(action.id) as held:
                if held is not None:
                    return held.end(failed("it was never begun, and will not be"))
            record = self._records.find(action.id)
        except OSError as error:
            raise Unavailable(
                f"its record can't be read: {error.strerror}", where="command"
            ) from error
        if record is None:
            return unknown("its record is gone")
        if record.report is not None:
            return record.report
        if record.is_held:
            return running("the command runs")
        return unknown("it was begun, and the process that ran it has ended")

    async def _once(self, key: str, arguments: Sequence[str]) -> ExecutionReport:
        if reason := self._misfit(arguments):
            return failed(reason)
        try:
            with self._records.begin(key) as held:
                if held is not None:
                    return held.end(await self._run(arguments))
            return await self.ask(Action(key, "", "", "", {}, tuple(arguments)))
        except OSError as error:
            return failed(f"not begun: its record can't be written ({error.strerror})")
        except Unavailable as error:
            return unknown(error.message)

    async def _run(self, arguments: Sequence[str]) -> ExecutionReport:
        try:
            ending = await run_caged(self._cage, self._resolved(arguments), self._timeout_s)
        except OSError as error:
            return failed(f"it could not be started: {error.strerror}")
        return _report(ending, self._timeout_s)

    def _misfit(self, arguments: Sequence[str]) -> str:
        """Why it can't be run; empty when it can."""
        program = self._programs.get(arguments[0]) if arguments else None
        if program is None:
            return f"no program is allowed for {arguments[0] if arguments else 'no arguments'!r}"
        if any("\0" in one or len(one) > MOST_ARGUMENT for one in arguments):
            return f"an argument has a zero byte or more than {MOST_ARGUMENT} characters"
        return check_program(program)

    def _resolved(self, arguments: Sequence[str]) -> list[str]:
        return [str(self._programs[arguments[0]]), *arguments[1:]]


def _report(ending: Ending, timeout_s: float) -> ExecutionReport:
    output = ending.output.strip()
    if ending.code is None:
        return unknown(f"it was ended after {timeout_s:g} s: {output}")
    if ending.code == 0:
        return done(output or "exit code 0")
    if ending.code < 0 or ending.code > _SIGNALLED:
        return unknown(f"it was ended by a signal ({ending.code}): {output}")
    return failed(f"exit code {ending.code}: {output}")


_SIGNALLED = 128
"""Exit codes above are those of a child that a signal ended, as `unshare` hands them on."""
