"""Ends the stream process when it is stuck, so that the supervisor replaces it.

An event loop that is blocked can't end anything, nor can a thread while an extension holds the
interpreter. `faulthandler` waits in a thread of its own that needs no interpreter.
"""

from __future__ import annotations

import faulthandler
import os
import sys

import structlog

from labo.domain.telemetry.heartbeat import STUCK_S

EXIT_CODE = 70

log = structlog.get_logger()


class Watchdog:
    """Ends the process, with the stacks of its threads on standard error, unless it is `fed` within
    `budget_s` again; the first feeding begins it."""

    def __init__(self, budget_s: float = STUCK_S) -> None:
        self.budget_s = budget_s

    def feed(self) -> None:
        """The event loop runs."""
        faulthandler.dump_traceback_later(self.budget_s, exit=True)

    def end(self, reason: str) -> None:
        """The loop runs, but a consumer is stuck: a thread can't be ended, only its process."""
        log.error("stream.stuck", reason=reason)
        sys.stderr.flush()
        faulthandler.dump_traceback()
        os._exit(EXIT_CODE)

    def release(self) -> None:
        """The process ends by itself."""
        faulthandler.cancel_dump_traceback_later()
