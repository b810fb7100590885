"""structlog, set up once at an edge: JSON lines for machines, colours for a terminal."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import Any

import structlog

from labo.domain.entities.masking import HIDDEN, hides, redact, visible_lines

_DEEPEST = 8
"""Levels of a logged value that are shown; a log line holds names, figures and short texts."""


def make_harmless(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Blank secrets, by a field's name and within texts, and make hidden characters visible.

    So a careless log call leaks nothing, and nothing foreign reaches the terminal's escapes.
    """
    for key, value in event.items():
        event[key] = HIDDEN if hides(key, value) else _harmless(value)
    return event


def _harmless(value: object, depth: int = 0) -> object:
    """Texts keep their lines: an exception's trace is read by them."""
    if isinstance(value, str):
        return visible_lines(redact(value))
    if depth > _DEEPEST:
        return HIDDEN
    if isinstance(value, dict):
        return {
            visible_lines(redact(str(name))): HIDDEN
            if hides(str(name), item)
            else _harmless(item, depth + 1)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_harmless(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return visible_lines(redact(str(value)))


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
            make_harmless,
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
