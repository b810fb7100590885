"""Blanks secrets that programs write into their logs, before a line is saved."""

from __future__ import annotations

import re

_SECRET = re.compile(
    r"(?P<name>\b[\w.-]*(?:passwo?r?d|passwd|secret|token|api[_-]?key|private[_-]?key)"
    r"[\"']?\s*[=:]\s*)"
    r"(?:(?P<quote>[\"'])(?:\\.|(?!(?P=quote)).)+|[^\s\"',;&}]{3,})"
    r"|(?P<scheme>\b(?:Bearer|Basic)\s+)[\w.+/=~-]{8,}"
    r"|(?P<userinfo>://[^/\s:@]+:)[^/\s@]+(?=@)",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """The text with values of password-like fields, bearer tokens and URL passwords blanked.

    A quoted value extends to its closing quote, or to the end; any other to the next blank or
    separator, and is left as it is if it has fewer than three characters.
    """
    return _SECRET.sub(_blank, text)


def _blank(secret: re.Match[str]) -> str:
    prefix = secret["name"] or secret["scheme"] or secret["userinfo"]
    return f"{prefix}{secret['quote'] or ''}***"
