"""Which names say that a value is secret: `db_password`, `X-Api-Key`, `clientSecret`, `passwort`.

The last word of a name is what the value is: `token_type` and `password_length` are no secrets.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(text.split())


SECRET_STEMS = (
    "passw", "passphrase", "passcode", "pwd", "kennwort", "wachtwoord", "mot de passe",
    "contraseña", "contrasena", "senha", "пароль", "密码", "パスワード", "비밀번호",
    "secret", "credential", "authorization", "cookie", "requirepass", "masterauth",
    "masteruser pass", "auth pass", "saml response", "client assertion", "code verifier",
    "connect sid", "connection string",
    "access key", "account key", "admin key", "api key", "app key", "application key", "auth key",
    "client key", "community string", "consumer key", "crypt key", "deploy key", "encryption key",
    "hmac key", "host key", "integration key", "license key", "master key", "preshared key",
    "private key", "psk", "routing key", "security key", "service key", "session key",
    "shared key", "signing key", "ssh key", "storage key", "subscription key", "write key",
)  # fmt: skip
"""In any part of a name, its words joined by `_`, `-`, `.`, a blank or a capital letter.

Other languages: German, Dutch, French, Spanish, Portuguese, Russian, Chinese, Japanese, Korean.
"""
OPAQUE_STEMS = ("session id", "sess id", "sessid", "signature", "session token")
OPAQUE_WORDS = ("sid", "sig", "session", "auth", "jwt", "xsrf", "csrf", "bearer")
"""Where the value decides too: `signature=valid` and `session=42` are no secrets."""
CODE_WORDS = ("otp", "totp", "pin", "cvv", "cvc", "csc", "ssn")
CARD_STEMS = ("card number", "credit card", "card no", "cc number", "ccnum")
PASS_WORDS = ("pass", "pw", "psw")

_ABOUT = words(
    "count counts counter limit limits length len size type kind policy age ttl expiry expires "
    "expire expired expiration lifetime timeout interval usage used remaining budget rate bucket "
    "strength file filename path dir prompt stdin url uri endpoint host enabled disabled required "
    "changed updated created rotated version algorithm alg provider status state error errors "
    "failures attempts class second minute total max min "
    "java kt scala py rb php js ts go cs rs c cc cpp h"
)
"""A last word that says something about a secret, which is not the secret."""
_UNITS = words("at in on by s ms sec secs seconds minutes hours days bits bytes")
_NOT_TOKENS = ("tokeniz", "tokenis", "secretar")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_CACHED = 64
"""Characters of the longest name that is cached: 4,096 of them are at most some 2 MB."""


class Secrecy(Enum):
    """What a name says of its value, from nothing to all."""

    NONE = auto()
    COUNTED = auto()
    """`tokens`: a count where the value is a number, else a secret."""
    TYPED = auto()
    """`token`: a count where the value is stored as a number, else a secret."""
    CODE = auto()
    """`pin`: a secret where the value is a short number."""
    OPAQUE = auto()
    """`session`: a secret where the value looks drawn at random."""
    WORDED = auto()
    """`pass`: a secret where the value is not a number."""
    SECRET = auto()


def squeezed(stem: str) -> str:
    """A stem as it is found in a name without its separators."""
    return stem.replace(" ", "")


_SECRET = tuple(map(squeezed, SECRET_STEMS))
_CARD = tuple(map(squeezed, CARD_STEMS))
_OPAQUE = tuple(map(squeezed, OPAQUE_STEMS))


def secrecy(name: str) -> Secrecy:
    """What the name says of its value.

    >>> [secrecy(name).name for name in ("dbPassword", "token_type", "prompt_tokens", "user")]
    ['SECRET', 'NONE', 'COUNTED', 'NONE']
    """
    return _cached(name) if len(name) <= _CACHED else _secrecy(name)


@lru_cache(maxsize=4096)
def _cached(name: str) -> Secrecy:
    return _secrecy(name)


def _secrecy(name: str) -> Secrecy:
    words = [word.lower() for word in _PART.findall(name)]
    plain = "".join(words)
    for stem in _NOT_TOKENS:
        plain = plain.replace(stem, "")
    if any(stem in plain for stem in _CARD):
        return Secrecy.CODE
    while words and words[-1] in _UNITS:
        words.pop()
    if not words or words[-1] in _ABOUT:
        return Secrecy.NONE
    if any(stem in plain for stem in _SECRET):
        return Secrecy.SECRET
    if "token" in plain:
        return Secrecy.COUNTED if "tokens" in plain else Secrecy.TYPED
    return _by_word(words, plain)


def _by_word(words: list[str], plain: str) -> Secrecy:
    known = set(words)
    if any(stem in plain for stem in _OPAQUE) or not known.isdisjoint(OPAQUE_WORDS):
        return Secrecy.OPAQUE
    if not known.isdisjoint(CODE_WORDS):
        return Secrecy.CODE
    return Secrecy.NONE if known.isdisjoint(PASS_WORDS) else Secrecy.WORDED
