"""Secrets that programs write into their logs are blanked before a line is kept."""

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

    A quoted value goes to its closing quote, or to the end; another one to the next blank or mark,
    and stays when it has fewer than three characters.
    """
    return _SECRET.sub(_blank, text)


def _blank(found: re.Match[str]) -> str:
    kept = found["name"] or found["scheme"] or found["userinfo"]
    return f"{kept}{found['quote'] or ''}***"
