"""The parts one after another, each in a process of its own, with what they say on the way."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report.results import Result, Results, duration


@dataclass(frozen=True, slots=True)
class Bench:
    """The parts in their order, by the module whose `run()` gives the table, and their results."""

    modules: Mapping[str, str]
    results: Results
    commit: Callable[[], str]
    """Names the code; asked before each part, since a run is long and code may change."""
    shown: Mapping[str, Result]
    """What the page shows: how long a part takes where nothing newer is known."""

    def run(self, parts: Sequence[str], again: Collection[str]) -> list[str]:
        """Run what has no result of this code or is in `again`; the parts that failed."""
        began, failed = time.monotonic(), []
        for number, part in enumerate(parts, 1):
            place, commit = f"[{number}/{len(parts)}] {part}", self.commit()
            if part not in again and (found := self.result_of(part, commit)):
                say(f"{place}: kept, {found.date}")
                continue
            since = duration(time.monotonic() - began)
            say(f"{place}: begins {since} after the start; {self.usual(part)}")
            if code := self._run(part, commit):
                failed.append(part)
                say(f"{place}: FAILED with exit code {code}; the page keeps what it had")
            else:
                say(f"{place}: done, {duration(time.monotonic() - began)} after the start")
        return failed

    def result_of(self, part: str, commit: str) -> Result | None:
        """The part's last result, if it is of that code."""
        found = self.results.find(part)
        return found if found and found.commit == commit else None

    def usual(self, part: str) -> str:
        """How long the part took last, for people."""
        last = self.results.find(part) or self.shown.get(part)
        return f"it took {last.took} last" if last and last.took else "not timed before"

    def _run(self, part: str, commit: str) -> int:
        command = [sys.executable, "-m", "benchmarks.report.part", part, self.modules[part]]
        command += [str(self.results.folder), commit]
        return subprocess.run(command, cwd=_ROOT, check=False).returncode


_ROOT = Path(__file__).resolve().parents[2]


def say(line: str) -> None:
    """On the error stream: the tables alone are on the standard output."""
    print(f"bench: {line}", file=sys.stderr, flush=True)
