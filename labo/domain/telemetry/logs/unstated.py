"""Whether a text that came without a severity reports an error: by its own level or its words."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from labo.domain.telemetry.logs.errors import assess
from labo.domain.telemetry.logs.parser import LineParser

_TEXTS_KEPT = 8_192
_TEXT_CHARS = 500
"""Texts that are remembered, and their longest: 10 MB at most."""
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""Dates times without a year; the time of such a text is known, and is not read from it."""


def reports_error(text: str) -> bool:
    """Whether a message, or a body as JSON, also quoted, is an error's.

    >>> reports_error('{"severity": "error", "message": "x"}'), reports_error("order 17 saved")
    (True, False)
    """
    return _known(text) if len(text) <= _TEXT_CHARS else _reports_error(text)


def _reports_error(text: str) -> bool:
    return assess(LineParser(_ANY_TIME).parse(text)).is_error


_known = lru_cache(maxsize=_TEXTS_KEPT)(_reports_error)
