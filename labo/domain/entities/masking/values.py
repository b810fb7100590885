"""Whether a value under a secret's name is one: `password=none` and `tokens=512` are not."""

from __future__ import annotations

import re

from labo.domain.entities.masking.names import Secrecy, secrecy, words

HIDDEN = "***"

_NOTHING = words(
    "none null nil true false undefined empty unset default yes no on off ok required optional "
    "invalid expired missing incorrect unknown wrong failed denied changed redacted filtered "
    "masked removed omitted revoked valid verified updated reset"
)
"""Said about a secret, in any place."""
_SENTENCE = words(
    "a an and are as at authentication be but by cannot can could does did error for from got has "
    "have if in is it its must no not of on or please rejected should that the this to too was "
    "were will with you your access request user account permission login"
)
"""A word that goes on after `wrong password: …`."""
_PLACEHOLDER = re.compile(
    r"\?|%s|%[dvq]|%\(\w{1,32}\)s|\$\d+|:[a-z_]{1,32}|\{[a-z_]{0,64}\}|\{\d?\}|\$\{[^}]{0,99}\}?"
    r"|\{\{.{0,99}|\$\(.{0,99}|[\[<]?[*•xX.\-_]{2,64}[\]>]?|\[[A-Z_ ]{1,32}\]|<[A-Za-z_ -]{1,40}>"
    r"|[\W_]{1,3}",
    re.DOTALL,
)
_NUMBER = re.compile(r"[+-]?\d[\d.,_/]{0,30}[kKmM%]?")
_CODE = re.compile(r"\d{3,8}|\d{13,19}|[\d -]{11,24}")
_ONE_WORD = re.compile(r"[^\s()]{12,}+")
_NO_SECRETS = ("0x", "S-1-")
"""A number in hexadecimal, an account's id of Windows."""
_CASES = 5
"""Letters of either case that 20 drawn from base64 have, and hardly any name in camel case."""


def hides(name: str, value: object) -> bool:
    """Whether a field of that name with that value, a JSON value, must not be shown."""
    known = secrecy(name)
    if known is Secrecy.NONE or value is None or value == "" or isinstance(value, bool):
        return False
    if isinstance(value, str):
        return _hides_text(known, name, value)
    if isinstance(value, int | float):
        return known in (Secrecy.SECRET, Secrecy.CODE)
    return known in (Secrecy.SECRET, Secrecy.TYPED, Secrecy.COUNTED)


def hides_text(name: str, value: str, *, is_sentence: bool) -> bool:
    """As `hides`, for what follows a name in a text; `is_sentence` where it may go on in words."""
    if is_sentence and value.lower().rstrip(".,:;!?") in _SENTENCE:
        return False
    return hides(name, value)


def _hides_text(known: Secrecy, name: str, value: str) -> bool:
    if value.lower().strip("[]<>()") in _NOTHING or _PLACEHOLDER.fullmatch(value):
        return False
    match known:
        case Secrecy.SECRET:
            # The shell's working directory.
            return not (name in ("PWD", "OLDPWD") and value.startswith("/"))
        case Secrecy.COUNTED | Secrecy.WORDED:
            return not _NUMBER.fullmatch(value)
        case Secrecy.CODE:
            return _CODE.fullmatch(value) is not None
        case Secrecy.OPAQUE:
            return not value.startswith(_NO_SECRETS) and _looks_drawn(value[:200])
        case _:
            return True


def _looks_drawn(value: str) -> bool:
    if not _ONE_WORD.match(value):
        return False
    upper, lower = sum(map(str.isupper, value)), sum(map(str.islower, value))
    return any(map(str.isdigit, value)) or (upper >= _CASES and lower >= _CASES)
