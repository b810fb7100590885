"""Values of a masked message that belong together become one: lists, units, quantities in brackets.

How many values a list has, and in which unit a size or a duration is given, varies between lines of
one template.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

WILDCARD = "<*>"
_SIZE_WORDS = "byte bytes B kB KB MB GB TB KiB MiB GiB TiB kb mb gb"
_DURATION_WORDS = (
    "ns us µs ms msec msecs s sec secs second seconds min mins minute minutes hr hrs hour hours day"
    " days"
)
_SIZES = frozenset(_SIZE_WORDS.split())
_UNITS = _SIZES | frozenset(_DURATION_WORDS.split())
_WITHIN_A_WORD = re.compile(r"<\*>(?:[,;:|/#+~_.-]{1,2}<\*>)+")
_PREFIX = re.compile(r"\b[A-Za-z]\w*_-?<\*>")
"""`blk_<*>`: an id is masked with the name in front of it, as in front of a sign it is, too."""
_OPENING, _CLOSING = "([{<~", ")]},;:."
_PUNCTUATION = "()[]{},;:.|"
_ENCLOSED = re.compile(r"(?<!\S)[(\[{](?:<\*>|[\s,;:/|-])*[)\]}](?=[\s,;:.]|$)")
_BETWEEN = frozenset(["-", "/", "|", "\\", ","])
_LONGEST_PHRASE = 4
"""Words of a phrase that repeats (`node-<*> <*> ok`)."""


def joined(masked: str) -> str:
    """The message with each list of values as one `<*>`.

    >>> joined("deleted <*>, <*>, <*> in <*> seconds")
    'deleted <*> in <*>'
    >>> joined("sent <*> bytes (<*> KB) to <*>")
    'sent <*> to <*>'
    """
    if WILDCARD not in masked:
        return masked
    words: list[str] = []
    for word in _WITHIN_A_WORD.sub(WILDCARD, _PREFIX.sub(WILDCARD, masked)).split(" "):
        if not word or not (_takes_unit(words, word) or _takes_value(words, word)):
            words.append(word)
            _drop_repetition(words)
    return " ".join(words)


def between_values(words: Sequence[str]) -> tuple[str, ...]:
    """The words without the values, which may be missing or more in another line.

    >>> between_values("connection from <*> () at <*>, port=<*>".split())
    ('connection', 'from', 'at', 'port=<*>')
    """
    text = _WITHIN_A_WORD.sub(WILDCARD, " ".join(words))
    text = _ENCLOSED.sub("", text) if "(" in text or "[" in text or "{" in text else text
    return tuple([word for word in text.split() if word.strip(_PUNCTUATION) != WILDCARD])


def _takes_unit(words: list[str], word: str) -> bool:
    """Whether `word` is the unit of the value at the end of `words`, which then stands for both."""
    bare = word.rstrip(_CLOSING)
    if bare not in _UNITS or not words or not words[-1].endswith(WILDCARD):
        return False
    opening = words[-1][: -len(WILDCARD)]
    if opening.strip(_OPENING):
        return False
    again = opening == "(" and word[len(bare) :].startswith(")") and bare in _SIZES
    if again and len(words) > 1 and words[-2].endswith(WILDCARD):
        words.pop()  # the same size in a larger unit
        words[-1] += word[len(bare) + 1 :]
    else:
        words[-1] = opening.strip("<~") + WILDCARD + word[len(bare) :]
    return True


def _takes_value(words: list[str], word: str) -> bool:
    """Whether `word` continues the list that `words` ends with, which then stands for both."""
    is_value = word.startswith(WILDCARD) and not word[len(WILDCARD) :].strip(_CLOSING)
    if not is_value or not words:
        return False
    between = len(words) > 1 and words[-1] in _BETWEEN
    before = words[-2 if between else -1].rstrip(",;|")
    if not before.endswith(WILDCARD) or before[: -len(WILDCARD)].strip(_OPENING):
        return False
    if between:
        words.pop()
    words[-1] = before + word[len(WILDCARD) :]
    return True


def _drop_repetition(words: list[str]) -> None:
    """Without the last words, if they repeat the ones in front of them and hold a value."""
    for size in range(1, _LONGEST_PHRASE + 1):
        phrase = words[-size:]
        if words[-2 * size : -size] == phrase and any(WILDCARD in word for word in phrase):
            del words[-size:]
            return
