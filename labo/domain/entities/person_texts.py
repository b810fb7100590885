"""Texts that people give: names of one line, remarks of several. What doesn't fit is refused."""

from __future__ import annotations

import unicodedata

from labo.domain.entities.masking import redact, visible_lines
from labo.errors import InvalidInput

LONGEST_NAME = 120
"""Characters. By judgement: a name stands in titles and lists, beside a component's."""
LONGEST_REMARK = 4_000
"""Characters: as many as of the reason for a confirmed cause."""

_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def name_of(text: str, *, where: str = "name") -> str:
    """`text` as a name: one line, with single blanks, in Unicode's composed form.

    Raises InvalidInput when it is empty, has more than `LONGEST_NAME` characters, or contains line
    breaks, control or invisible characters.

    >>> name_of("  no free   worker ")
    'no free worker'
    """
    stripped = text.strip()
    if any(unicodedata.category(character) in _REFUSED for character in stripped):
        message = "a name is one line without control or invisible characters"
        raise InvalidInput(message, where=where)
    name = " ".join(unicodedata.normalize("NFC", stripped).split())
    if not name:
        raise InvalidInput("a name must not be empty", where=where)
    if len(name) > LONGEST_NAME:
        message = f"a name has at most {LONGEST_NAME} characters, this one has {len(name)}"
        raise InvalidInput(message, where=where)
    return name


def name_key(name: str) -> str:
    """What two names have in common that differ in upper case or in the forms of letters only."""
    return unicodedata.normalize("NFKC", name).casefold()


def remark_of(text: str, *, where: str = "text") -> str:
    """`text` as a remark: its lines without invisible characters and without secrets.

    Raises InvalidInput when nothing is left, or it has more than `LONGEST_REMARK` characters.
    """
    if len(text) > LONGEST_REMARK:
        raise InvalidInput(f"at most {LONGEST_REMARK} characters", where=where)
    remark = redact(visible_lines(text)).strip()
    if not remark:
        raise InvalidInput("a text must not be empty", where=where)
    return remark
