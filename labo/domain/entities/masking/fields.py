"""Secrets in a text that their names give away: `password=x`, `"token": "x"`, `<pwd>x</pwd>`.

One expression finds the heads, a name with its separator; the value behind each is then read by its
own quotes, so that every character is looked at a bounded number of times.
"""

from __future__ import annotations

import re

from labo.domain.entities.masking.names import (
    CARD_STEMS,
    CODE_WORDS,
    OPAQUE_STEMS,
    OPAQUE_WORDS,
    PASS_WORDS,
    SECRET_STEMS,
)
from labo.domain.entities.masking.values import HIDDEN, hides_text
from labo.expressions import Match, expression


def _any_of(stems: tuple[str, ...]) -> str:
    return "|".join(stem.replace(" ", "[ _.-]?") for stem in stems)


_STRONG = _any_of((*SECRET_STEMS, *CARD_STEMS, *OPAQUE_STEMS, "token"))
_WORDS = "|".join((*OPAQUE_WORDS, *CODE_WORDS, *PASS_WORDS))
_HUMPS = "|".join(word.capitalize() for word in (*OPAQUE_WORDS, *CODE_WORDS, *PASS_WORDS))
_NAME = (
    rf"[\w.-]*(?:(?:{_STRONG})[\w.-]*"
    rf"|(?:\b|[_.-])(?:{_WORDS})(?:[_.-]?(?:code|id|key))?\b"
    rf"|(?-i:[a-z](?:{_HUMPS}))(?:[_.-]?(?:code|id|key))?\b)"
)
_CLOSE = r"(?:\\*[\"'`]|\\*u0022|%22|%27|%5d|&quot;|&#34;|&#39;|\])*"
_OPEN = r"(?:\\*[\"'`]|\\*u0022|%22|%27|&quot;|&#34;|&#39;)"
_SEPARATOR = r"(?:=>|:=|==?|:|%3a|%3d|&gt;)"
_BLANK = r"(?:\s|\\[nrt])"
_PAIR = (
    rf"{_CLOSE}(?:[\s,/]|\\[nrt])+{_OPEN}?(?:value|val|stringvalue|default|content|body)"
    rf"{_CLOSE}\s*(?:=|:)\s*(?:\{{\s*{_OPEN}stringvalue{_OPEN}\s*:\s*)?"
)
_MULTIPART = rf"{_CLOSE}(?:;[^\n]*)?(?:\r?\n|\\r\\n|\\n){{2}}"
_WORD_ITSELF = r"\b(?:password|passwd|passphrase|passwort)"
PATTERN = (
    rf"{_NAME}(?:{_OPEN}{_BLANK}*{_SEPARATOR}{_BLANK}*|{_CLOSE}\s*{_SEPARATOR}[ \t]*"
    rf"|{_OPEN}>|{_PAIR}|{_MULTIPART})"
    rf"|<[\w:.-]*(?:{_STRONG}|(?:\b|[_.-])(?:{_WORDS})\b)[\w.-]*(?:\s[^<>]*)?>"
    rf"|(?:^|[\s\"'(,])-{{1,2}}{_NAME}(?:\\*[\"'],\s*\\*[\"']|[ \t]+)"
    rf"|\b(?:authorization|cookie)\\*[\"'],\s*b?\\*[\"']"
    rf"|\blogin\s+\S+?{_BLANK}+(?:account\s+\S+?{_BLANK}+)?password\s+"
    rf"|\b(?:requirepass|masterauth|identified\s+(?:with\s+\S+\s+)?(?:by|as)|auth-pass\s+\S+)\s+"
    rf"|{_WORD_ITSELF}(?:\s+|\s*\(\s*)\\*[\"']"
    rf"|(?:{_WORD_ITSELF}|\b(?:secret|token))\s+(?:is|was|ist|war|set\s+to)\s+"
)
_HEAD = expression(PATTERN, ignore_case=True)

_NAME_TEXT = re.compile(r"[\w.\- ]*+")
_VERB = re.compile(r"\s(?:is|was|ist|war|to)\s++$")
_QUOTE = re.compile(r"(\\{0,16})([\"'`])")
_ENTITY = re.compile(r"%22|%27|&quot;|&#34;|&#39;|\\{1,16}u0022", re.IGNORECASE)
_BARE = re.compile(
    r"(?:[^\s\"'`<>,;&\\]|\\(?![\"'nrt])|[,;&](?![\s\"'`]|$|[\w.%-]{1,64}[=:])(?!quot;|#3[49];))++"
)
_COOKIES = re.compile(r"[^\s;,\"'\\]++(?:;\s?[^\s;,\"'\\]++)*+")
_SCHEME = re.compile(
    r"(?:bearer|basic|digest|negotiate|ntlm|token|apikey|sso-key|ssws|hawk|aws4-hmac-sha256"
    r"|splunk|genie(?:key)?|dpop|key)[ \t]++(?=\S)",
    re.IGNORECASE,
)
_PARAMETERS = re.compile(r"(?:[\w-]{1,64}=(?:\\?\"[^\"\\]*+\\?\"|[^\s,\"]++),?\s?)++")
_BLOCK = re.compile(
    r"[|>][+-]?\d?[ \t]*+(?:\r?\n|\\n)(?:[ \t]++(?:[^\n\\]|\\(?!n))*+(?:\n|\\n|$))++"
)
_CLOSERS = ")]}.:!?"
_WINDOW = 96
"""Characters of a value that decide whether it is a secret, as many as the longest placeholder has:
so no other is read again and again."""
_HEADS, _SPACING = 32, 32
"""Heads that are looked at, and characters for each further one: together they bound the time of a
text. No program writes so many names of secrets, and what stands behind them is hidden whole."""


def blank_fields(text: str) -> str:
    """`text` with the values of its secret fields replaced, and their names and quotes kept.

    Where names stand closer than any program writes them, all that follows is hidden.
    """
    parts: list[str] = []
    done = 0
    left = _HEADS + len(text) // _SPACING
    for head in _HEAD.finditer(text):
        if head.start() < done:
            continue
        if not left:
            return "".join((*parts, text[done : head.end()], HIDDEN))
        left -= 1
        start, end = _value(text, head, min(head.end() + _WINDOW, len(text)))
        if end > start and _is_hidden(text, head, start, end):
            start, end = _value(text, head, len(text))
            parts += (text[done:start], HIDDEN)
            done = end
    return "".join((*parts, text[done:])) if parts else text


def _is_hidden(text: str, head: Match, start: int, end: int) -> bool:
    """Whether the value is a secret by its name and its own looks."""
    begun = head.group()
    if text[max(head.start() - 11, 0) : head.start()].lower().endswith("unexpected "):
        return False  # of a parser: its token is a word of a program
    name, value = _name(begun), text[start:end]
    is_sentence = begun[-1] in " \t" and text[start - 1] in " \t"
    if is_sentence and _VERB.search(begun) and value.isalpha():
        return False  # `the password is weak`
    if begun[-1] in " \t" and value.startswith("-") and begun.lstrip().startswith("-"):
        return False  # an option without a value
    return hides_text(name, value, is_sentence=is_sentence)


def _name(begun: str) -> str:
    """The name within a head; the words of a command or a sentence stand for a password."""
    if begun.lower().startswith(("login", "identified", "auth-pass")):
        return "password"
    if begun.startswith("<"):
        return begun[1:].partition(" ")[0].rstrip(">")
    name = _VERB.sub("", begun).lstrip("<[(,\"'- \t\r\n")
    found = _NAME_TEXT.match(name)
    return found.group().strip() if found else ""


def _value(text: str, head: Match, stop: int) -> tuple[int, int]:
    """Where the value behind a head begins and ends, its quotes left out; `stop` at the last."""
    start, begun = head.end(), head.group()
    if begun[-1] in "\"'":  # a head that took the opening quote along
        slashes = len(begun) - 1 - len(begun[:-1].rstrip("\\"))
        return _quoted(text, start, begun[-1], slashes, stop)
    if quote := _QUOTE.match(text, start, stop):
        return _quoted(text, quote.end(), quote[2], len(quote[1]), stop)
    if entity := _ENTITY.match(text, start, stop):
        return entity.end(), _found(text, entity.group(), entity.end(), stop)
    first = text[start : start + 1]
    if first in ("[", "{") and text[start : start + 2] not in ("{{", "[*"):
        return start + 1, _found(text, "]" if first == "[" else "}", start + 1, stop)
    if first in ("|", ">") and (block := _BLOCK.match(text, start, stop)):
        return start, start + len(block.group().removesuffix("\n").removesuffix("\\n"))
    if begun.startswith("<") or begun.endswith((">", "&gt;")):
        end = _found(text, "<", start, stop)
        return start, _found(text, "&lt;", start, end)
    return _words(text, begun.lower(), start, stop)


def _found(text: str, mark: str, start: int, stop: int) -> int:
    """Where `mark` is, or `stop`."""
    end = text.find(mark, start, stop)
    return stop if end < 0 else end


def _words(text: str, begun: str, start: int, stop: int) -> tuple[int, int]:
    """A value without quotes: a word, the pairs of a cookie, what follows a scheme."""
    if "cookie" in begun and (cookies := _COOKIES.match(text, start, stop)):
        return start, _before_closers(text, start, cookies.end())
    scheme = _SCHEME.match(text, start, stop) if "authorization" in begun else None
    if scheme is not None:
        start = scheme.end()
        if parameters := _PARAMETERS.match(text, start, stop):
            return start, parameters.end()
    return start, _bare_end(text, start, stop)


def _bare_end(text: str, start: int, stop: int) -> int:
    """The end of a word."""
    bare = _BARE.match(text, start, stop)
    return start if bare is None else _before_closers(text, start, bare.end())


def _before_closers(text: str, start: int, end: int) -> int:
    """The end of a value without the brackets and marks that a sentence puts behind it."""
    stripped = start + len(text[start:end].rstrip(_CLOSERS))
    return stripped if stripped > start else end


def _quoted(text: str, start: int, quote: str, slashes: int, stop: int) -> tuple[int, int]:
    """The value behind an opening quote; without a closing one, all that follows.

    What a shell would join to it belongs to it, and then its quotes do too.
    """
    begin = start
    while (end := _close(text, start, quote, slashes, stop)) >= 0:
        more = _QUOTE.match(text, end + 1, stop)
        if slashes or (more is None and not text[end + 1 : end + 2].isalnum()):
            return (begin, end - slashes) if start == begin else (begin - 1, end + 1)
        if more is None:
            return begin - 1, _bare_end(text, end + 1, stop)
        if more[1]:
            return begin, end
        start, quote = more.end(), more[2]
    return begin, stop


def _close(text: str, start: int, quote: str, slashes: int, stop: int) -> int:
    """The position of the quote that closes; -1 where none does."""
    end = text.find(quote, start, stop)
    while end >= 0:
        run = 0
        while end - run > start and text[end - run - 1] == "\\":
            run += 1
        # As deep as the opening one, or with whole pairs of escaped backslashes before it.
        if run == slashes or (run > slashes and (run - slashes) // (slashes + 1) % 2 == 0):
            return end
        if run < slashes:
            return end + slashes - run  # the text around it ends here
        end = text.find(quote, end + 1, stop)
    return -1
