"""One supervised child: started, watched until ready, started again after it died."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from labo.errors import Unavailable
from labo.stack.plan import Service
from labo.stack.processes import kill_group, spawn
from labo.stack.state import ChildState, Phase

_SETTLE_S = 1.0
_LAST_GRACE_S = 5.0  # a process that is stopped or hangs does not even hear the signal
_BACKOFF_FIRST_S = 0.5
_BACKOFF_MAX_S = 30.0
_HEALTHY_AFTER_S = 60.0


class Child:
    """Moves through the phases of `Phase` at each `step`. Not thread-safe."""

    def __init__(self, service: Service, *, env: Mapping[str, str], log: Path, cwd: Path) -> None:
        self.service = service
        self.log = log
        self.phase = Phase.WAITING
        self.restarts = 0
        self.failures_in_a_row = 0
        self.has_timed_out = False
        self.detail = ""
        self._env = env
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._due_at = 0.0

    @property
    def is_satisfied(self) -> bool:
        """Whether what needs this child may start."""
        return self.phase in (Phase.READY, Phase.DONE)

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def state(self) -> ChildState:
        process = self._process if self.is_alive else None
        return ChildState(
            name=self.service.name,
            phase=self.phase,
            pid=process.pid if process else None,
            started_at=psutil.Process(process.pid).create_time() if process else None,
            restarts=self.restarts,
            url=self.service.url,
            detail=self.detail,
        )

    def step(self, *, may_start: bool) -> bool:
        """Do what is due; True when the phase changed."""
        before = self.phase
        if self.phase in (Phase.STARTING, Phase.READY):
            self._watch()
        elif self.phase in (Phase.WAITING, Phase.BACKOFF) and may_start:
            self._start_when_due()
        return self.phase is not before

    def begin_stop(self) -> None:
        """Ask it to end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def finish_stop(self, timeout_s: float) -> None:
        """Wait for the end, then kill; its own children go with it."""
        if self._process is not None:
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.detail = f"killed: it did not stop within {timeout_s:.0f} s"
            self._end_group(self._process)
        if self.phase not in (Phase.DONE, Phase.FAILED):
            self.phase = Phase.STOPPED

    def replace(self, why: str) -> None:
        """End what is alive and does nothing, by force where it does not end in order; it is
        started again like one that died."""
        if self._process is not None:
            self.begin_stop()
            self.finish_stop(_LAST_GRACE_S)
            self._fall(f"replaced: {why}")

    def wait_for(self, why: str) -> None:
        """It may not be started now, for this reason."""
        self.detail = why

    def _start_when_due(self) -> None:
        if time.monotonic() < self._due_at:
            return
        self._started_at = time.monotonic()
        self.detail = ""
        try:
            if file := self.service.ready_file:
                file.parent.mkdir(mode=0o700, exist_ok=True)
                file.unlink(missing_ok=True)
            self._process = spawn(self.service.command, log=self.log, env=self._env, cwd=self._cwd)
        except (Unavailable, OSError) as error:
            self._fall(error.message if isinstance(error, Unavailable) else str(error))
            return
        self.phase = Phase.STARTING

    def _watch(self) -> None:
        if self._process is None:
            return
        code = self._process.poll()
        if code is not None:
            self._end_group(self._process)
            if code == 0 and self.service.is_one_shot:
                self.phase, self.detail = Phase.DONE, ""
            else:
                self._fall(_describe_end(code))
        elif self.phase is Phase.STARTING and not self.service.is_one_shot:
            self._look_whether_ready()
        elif time.monotonic() - self._started_at > _HEALTHY_AFTER_S:
            self.failures_in_a_row = 0

    def _look_whether_ready(self) -> None:
        age = time.monotonic() - self._started_at
        if self.service.probe is not None:
            reason = self.service.probe()
        else:
            reason = None if age > _SETTLE_S else "just started"
        if reason is None:
            self.phase, self.detail, self.has_timed_out = Phase.READY, "", False
            return
        self.detail = reason
        if age > self.service.ready_timeout_s:
            self.begin_stop()
            self.finish_stop(self.service.stop_timeout_s)
            self.has_timed_out = True
            self._fall(f"not ready after {self.service.ready_timeout_s:.0f} s: {reason}")

    def _end_group(self, process: subprocess.Popen[bytes]) -> None:
        # A worker that was killed leaves its pool behind, holding ports and tasks. Once only, and
        # at once: later the number may belong to somebody else.
        kill_group(process.pid)
        process.wait()
        self._process = None

    def _fall(self, why: str) -> None:
        self.failures_in_a_row += 1
        self.restarts += 1
        self.phase = Phase.BACKOFF
        self.detail = why
        wait = _BACKOFF_FIRST_S * 2 ** min(self.failures_in_a_row - 1, 10)
        self._due_at = time.monotonic() + min(wait, _BACKOFF_MAX_S)


def _describe_end(code: int) -> str:
    return f"ended by signal {-code}" if code < 0 else f"ended with code {code}"
