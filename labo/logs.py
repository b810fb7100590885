"""structlog, set up once at an edge: JSON lines for machines, colours for a terminal."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import Any

import structlog

_SECRET_WORDS = ("password", "secret", "token", "authorization", "api_key")


def mask_secrets(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Blank every value whose key names a secret, so that a careless log call leaks nothing."""
    for key in event:
        if any(word in key.lower() for word in _SECRET_WORDS):
            event[key] = "***"
    return event


class _LossyLogger(structlog.PrintLogger):
    """Drops the line that can't be written: on a full disk the work goes on without its log."""

    def msg(self, message: str) -> None:
        with suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


def configure(level: str = "INFO", *, json: bool | None = None) -> None:
    """Send structlog to standard error. `json=None` picks JSON unless it is a terminal."""
    as_json = not sys.stderr.isatty() if json is None else json
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_secrets,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        # Standard error as it is when a line is written: whoever redirects it gets the line, and
        # one that was closed meanwhile is not written to.
        logger_factory=lambda *_: _LossyLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
