"""Beat inside a worker: `celery worker --with-schedule`, one process less than a beat of its own.

Celery's `--beat` starts a scheduler once and never again: one that lost its Redis for longer than
its lock lives would be gone until the worker ends. This one is supervised and restarted. On several
hosts RedBeat's lock lets one schedule run; the others wait for it.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from typing import Any

import click
import structlog
from billiard.common import reset_signals
from billiard.context import Process
from billiard.sharedctypes import RawValue
from celery import Celery, bootsteps, platforms
from celery.beat import Service
from celery.utils.log import iter_open_logger_fds

WATCH_EVERY_S = 5.0
"""As RedBeat's longest pause: a lost scheduler costs about one of its rounds."""

_STOP_TIMEOUT_S = 5.0

_STANDS_STILL_S = 30.0
"""Longer than the lock lives (25 s): its next holder need not wait for the one that hung."""

log = structlog.get_logger()


class ScheduleProcess(Process):
    """Beat in a fork of the worker, with which it shares its memory. Ends in order on SIGTERM."""

    def __init__(self, app: Celery) -> None:
        super().__init__(name="schedule")
        self.daemon = True
        self._app = app
        self._ticked_at = RawValue("d", 0.0)  # in memory that is shared with the worker

    @property
    def ticked_at(self) -> float | None:
        """When the last round ended (monotonic clock); None while another host has the lock."""
        return self._ticked_at.value or None

    @property
    def stands_still(self) -> bool:
        """Whether it had rounds and has none any more: stopped, or hung in a call."""
        ticked_at = self.ticked_at
        return ticked_at is not None and time.monotonic() - ticked_at > _STANDS_STILL_S

    def run(self) -> None:
        reset_signals(full=False)
        # In order: the lock is released, and the next holder continues at once.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        standard = (sys.__stdin__, sys.__stdout__, sys.__stderr__)
        platforms.close_open_fds([*standard, *iter_open_logger_fds()])
        self._app.set_default()
        self._app.set_current()
        scheduler = self._app.conf.beat_scheduler
        service = Service(self._app, scheduler_cls=scheduler, remote_control=False)
        tick = service.scheduler.tick

        def counted() -> float:
            pause: float = tick()
            self._ticked_at.value = time.monotonic()
            return pause

        service.scheduler.tick = counted
        service.start(True)


class ScheduleStep(bootsteps.StartStopStep):
    """Starts the schedule with its worker, again when it ends, and stops it with the worker."""

    requires = ("celery.worker.components:Timer", "celery.worker.components:Pool")

    def __init__(self, worker: Any, *, with_schedule: bool = False, **options: object) -> None:
        self.enabled = with_schedule
        self.process: ScheduleProcess | None = None
        super().__init__(worker, **options)

    def start(self, worker: Any) -> None:
        self.stay_running(worker.app)
        worker.timer.call_repeatedly(WATCH_EVERY_S, self.stay_running, (worker.app,))

    def stay_running(self, app: Celery) -> None:
        """Start the process unless it runs."""
        if self.process is not None:
            if self.process.is_alive() and not self.process.stands_still:
                return
            if self.process.is_alive():
                log.warning("schedule.stands_still")
                self._kill(self.process)
            log.warning("schedule.ended", exit_code=self.process.exitcode)
        self.process = ScheduleProcess(app)
        self.process.start()

    def stop(self, worker: Any) -> None:
        del worker
        if self.process is not None:
            self.process.terminate()
            self.process.join(_STOP_TIMEOUT_S)

    terminate = stop

    def _kill(self, process: ScheduleProcess) -> None:
        """What is stopped hears no other signal."""
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.join(_STOP_TIMEOUT_S)


def schedule_of(worker: Any) -> ScheduleProcess | None:
    """The schedule that runs in this worker."""
    steps = (step for step in worker.steps if isinstance(step, ScheduleStep))
    step = next(steps, None)
    return step.process if step else None


def add_schedule(app: Celery) -> None:
    """Give the application's workers the option `--with-schedule`."""
    text = "Run the periodic tasks' schedule in this worker."
    app.user_options["worker"].add(click.Option(["--with-schedule"], is_flag=True, help=text))
    app.steps["worker"].add(ScheduleStep)
