"""Masks: the variable parts of lines become `<*>`, in the same way for every system."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from labo.domain.entities.keys import digest
from labo.domain.telemetry.logs.bodies import readable_json
from labo.domain.telemetry.logs.template_words import OUTCOMES
from labo.domain.telemetry.logs.value_lists import WILDCARD, joined

_MAX_CHARS = 4_000
_MAX_JSON = 65_536
"""Characters of a JSON object that is read for its words; a longer one is cut like any text."""

_DIGITS = r"\w*\d\w*(?:[.,:_-]\w*\d\w*)*"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_OUTCOME = "|".join(sorted(OUTCOMES))
_MASKS = (
    # The value of key=value, but not one that names how it went.
    rf"(?<=\w=)(?!(?i:{_OUTCOME})(?![\w.-]))(?:\"[^\"]*\"|[^\s,;\])}}\"]+)",
    r"(?<![\w+.-])[a-z][a-z0-9+.-]*://[^\s\"'>)]+",  # URL
    r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+",  # mail address
    r"\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)",  # quoted
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d+ [\d:]+(?: [A-Z]+)?(?: \d{4})?",
    rf"(?<!\w){_MONTH} +\d{{1,2}},? (?:\d{{4}},? )?\d\d:\d\d(?::\d\d)?(?: \d{{4}})?",
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*",  # date and time
    r"/?(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?!\w|\.\w)",  # IPv4, port
    # IPv6, MAC and longer identifiers of devices
    r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,15}[0-9A-Fa-f]{1,4}(?:/\d+)?(?![\w:])",
    r"(?<![\w.-])(?:[\w-]+\.)+(?:com|net|org|edu|gov|io|local|internal|lan|[a-z]{2})(?::\d+)?"
    r"(?![\w.-])",  # host
    r"(?<![\w.)>/])(?:\.{1,2}|~)?(?:/+[\w.@+~%:=*{}$-]+)+/?|(?<![\w.)>])/(?=\s|$)",  # path
    r"(?<![\w.])(?:[A-Za-z]:|\\)(?:\\[\w.@+~%={}$-]+)+\\?",  # path of Windows
    r"(?<!\w)[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?!\w)",  # UUID
    # Number, hexadecimal, anything with a digit, but not a name with its version: SOCKS5, SHA1.
    rf"(?<![A-Za-z])(?!(?<![\w.-])[A-Z]{{2,}}\d(?![\w.-]))[-+]?\b{_DIGITS}\b%?",
)
_MASK = re.compile("|".join(_MASKS))
# "GET /x HTTP/1.1" 503 17: the method and the status are the line's meaning, so they stay.
_REQUEST = re.compile(r"\"([A-Z]+) [^\"]*\" (\d{3})(?: (?:\d+|-))?$")
_REQUEST_WITHIN = re.compile(r"\"([A-Z]{3,8}) [^\"]* HTTP/[\d.]+\"")
_QUOTED_WORD = re.compile(r"[\"'][A-Za-z_-]{1,32}[\"']")
_ESCAPED_QUOTES = (("\\042", '"'), ("\\047", "'"), ('\\"', '"'))
"""As programs write quotes that are inside of a quoted text: octal, or behind a back-slash."""

# The masks that may span blanks: quoted text, and dates of two or more words.
_DATE_OVER_BLANKS = re.compile(rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z]|\d-\d\d \d|{_MONTH} +\d")
_TELLTALE = re.compile(r"[\d=:/@.\\-]")
"""Every mask of a single word needs one of these."""

_WORDS_KEPT = 65_536
_WORD_CHARS = 48
"""Masked words that are cached, and their longest: 20 MB at most, for all workspaces together."""
_TEXTS_KEPT = 4_096
_TEXT_CHARS = 500
"""Templates that are cached, and their longest: 6 MB at most."""


@dataclass(frozen=True, slots=True)
class Template:
    """`id` is the digest of `text`, so the same text has the same id on every machine."""

    id: str
    text: str


def mask(message: str) -> str:
    """The message with everything that varies replaced by `<*>`, a list of values by one.

    A JSON object without a message, quoted or not, is named by its pairs (see `bodies`). Word by
    word where no mask can span a blank, which gives the same text: most words are cached, so that
    the expression runs over few of them.
    """
    if message[:1] == "{" or message[:2] in ('["', "[{", '"{', '"['):
        message = readable_json(message[:_MAX_JSON]) or message
    if message[:1] == '"' and (request := _REQUEST.match(message)):
        return f"{request.group(1)} {WILDCARD} {request.group(2)}"
    if message[:1] == '"':
        message = _without_quotes(message)
    if len(message) > _MAX_CHARS:
        message = message[:_MAX_CHARS]
    masked = _masked(message)
    return _known_joined(masked) if len(masked) <= _TEXT_CHARS else joined(masked)


def _masked(message: str) -> str:
    if "\\" in message:
        for escaped, quote in _ESCAPED_QUOTES:
            message = message.replace(escaped, quote)
    if message.count('"') > 1 or message.count("'") > 1:
        if " HTTP/" in message:
            message = _REQUEST_WITHIN.sub(rf"\1 {WILDCARD}", message)
        return _MASK.sub(_unless_word, message)
    if _DATE_OVER_BLANKS.search(message):
        return _MASK.sub(WILDCARD, message)
    words = message.split(" ")
    return " ".join([word if word.isalpha() else _mask_any(word) for word in words])


def _unless_word(value: re.Match[str]) -> str:
    """A single word in quotes stays: it may be a name, or say what happened. Where such words vary,
    the tree finds it."""
    return value[0] if _QUOTED_WORD.fullmatch(value[0]) else WILDCARD


_known_joined = lru_cache(maxsize=_TEXTS_KEPT)(joined)


def _without_quotes(message: str) -> str:
    """Kubernetes' programs put the message itself in quotes, and its values behind it."""
    inside, _, rest = message[1:].partition('"')
    return inside + rest if " " in inside or not rest else message


def _mask_any(word: str) -> str:
    return _mask_known(word) if len(word) <= _WORD_CHARS else _mask_word(word)


def _mask_word(word: str) -> str:
    if word.isdecimal():
        return WILDCARD
    return _MASK.sub(WILDCARD, word) if _TELLTALE.search(word) else word


_mask_known = lru_cache(maxsize=_WORDS_KEPT)(_mask_word)


def template(text: str) -> Template:
    """The template with that text."""
    return _known_template(text) if len(text) <= _TEXT_CHARS else _template(text)


def _template(text: str) -> Template:
    return Template(digest("template", text, length=16), text)


_known_template = lru_cache(maxsize=_TEXTS_KEPT)(_template)
