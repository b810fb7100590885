"""Who decided something and why: every human decision records both."""

from __future__ import annotations

from labo.errors import InvalidInput

LONGEST_REASON = 2_000


def justified(by: str, reason: str) -> tuple[str, str]:
    """Both without surrounding blanks. Raises InvalidInput when one is empty, or the reason longer
    than `LONGEST_REASON` characters."""
    who, why = by.strip(), reason.strip()
    if not who or not why:
        raise InvalidInput("a decision needs a name and a reason", where="reason")
    if len(why) > LONGEST_REASON:
        raise InvalidInput(f"at most {LONGEST_REASON} characters", where="reason")
    return who, why
