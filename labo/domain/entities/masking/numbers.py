"""Numbers of cards and accounts: known by issuer, length and checksum, never by length alone."""

from __future__ import annotations

from labo.domain.entities.masking.values import HIDDEN
from labo.expressions import Match, expression

_CARD = (
    r"(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|6011|65\d\d|64[4-9]\d|35[2-8]\d|62\d\d)(?:[ -]?\d{4}){3}"
    r"|3[47]\d\d[ -]?\d{6}[ -]?\d{5}"
    r"|3(?:0[0-5]|[68]\d)\d[ -]?\d{6}[ -]?\d{4}"
)
"""Visa, Mastercard, Discover, JCB, UnionPay; American Express; Diners."""
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29,
    "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26,
    "IT": 27, "KW": 30, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31,
    "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24,
    "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26, "UA": 29,
}  # fmt: skip
"""Characters, by country (the registry of ISO 13616)."""
_IBAN = r"[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?"
PATTERN = rf"(?:^|[^\w-])(?:{_CARD}|{_IBAN})\b"
"""With the character before it: a number with a minus is an amount or a key."""
_NUMBER = expression(PATTERN)


def blank_numbers(text: str) -> str:
    """`text` without the numbers of cards (Luhn) and bank accounts (ISO 7064)."""
    return _NUMBER.sub(_blank, text)


def _blank(found: Match) -> str:
    whole = found.group()
    before = "" if whole[0].isalnum() else whole[0]
    digits = whole[len(before) :].replace(" ", "").replace("-", "")
    is_secret = _is_card(digits) if digits.isdigit() else _is_iban(digits)
    return before + HIDDEN if is_secret else whole


def _is_card(digits: str) -> bool:
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(n - 9 if n > 9 else n for n in doubled)) % 10 == 0


def _is_iban(text: str) -> bool:
    if _IBAN_LENGTHS.get(text[:2]) != len(text):
        return False
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1
