"""What is read is what is there: no control, direction or format characters reach a reader.

Telemetry is attacker-controlled input: such characters could hide or reorder what a terminal, a
log, a message or a model shows.
"""

from __future__ import annotations

import re
import unicodedata

from labo.domain.entities.masking.redaction import redact

_ANSI = re.compile(r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b]*+(?:\x07|\x1b\\)|[@-Z\\-_])")
_BREAK = re.compile(r"[\n\r\t\v\f\x1c-\x1e\x85\u2028\u2029]")
"""What ends a line by Unicode (`str.splitlines`), and tabs."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MARGIN = 4_000
"""Characters beyond a limit that are looked at, so that a secret cut in two is seen as one."""


def visible(text: str) -> str:
    """`text` without escape sequences, control, format and direction characters.

    Line breaks and tabs become spaces, so that one value stays one line.
    """
    if text.isascii() and text.isprintable():
        return text
    plain = _BREAK.sub(" ", _ANSI.sub("", text))
    if plain.isprintable():
        return plain
    return "".join(char for char in plain if unicodedata.category(char) not in _UNSEEN)


def visible_lines(text: str) -> str:
    """Each line of `text` made visible; the lines stay lines."""
    return "\n".join(visible(line) for line in text.split("\n"))


def storable(text: str) -> str:
    """`text` with a question mark for each lone surrogate, which UTF-8 can't write."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def mask(text: str, limit: int = 500) -> str:
    """`visible` text without secrets, at most `limit` characters."""
    # Twice: characters that can't be seen may cut a secret up, or line breaks end it.
    shown = redact(visible(redact(text[: limit + _MARGIN])))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
