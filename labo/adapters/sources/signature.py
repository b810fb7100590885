"""Proving who sent a body: shared secrets and HMACs over the raw bytes, in constant time.

Several secrets may be active at once, so that a sender can be moved from one to the next.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from labo.errors import Unauthenticated

TOLERANCE = timedelta(minutes=5)
"""How far a signed timestamp may be from our clock."""


def presents_secret(headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """Whether Authorization holds one of `secrets`: bearer, Basic password or `user:password`."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    value = value.strip()
    if scheme.lower() == "bearer":
        return is_one_of(value, secrets)
    if scheme.lower() == "basic":
        try:
            log_in = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return False
        # Both are computed, so that timing does not reveal which one matches.
        return bool(is_one_of(log_in.partition(":")[2], secrets) | is_one_of(log_in, secrets))
    return False


def is_one_of(value: str, secrets: Sequence[str]) -> bool:
    """Compares with each of `secrets`, without stopping at the first that fits."""
    presented = value.encode("utf-8", "replace")
    fits = [hmac.compare_digest(presented, secret.encode()) for secret in secrets if secret]
    return any(fits)


def check_hmac(
    signatures: Sequence[str], signed: bytes, secrets: Sequence[str], where: str
) -> None:
    """Raise Unauthenticated unless one hex HMAC-SHA256 of `signed` fits one of `secrets`."""
    fits = [
        hmac.compare_digest(
            signature.strip().lower().encode("utf-8", "replace"),
            hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode(),
        )
        for signature in signatures
        for secret in secrets
        if secret
    ]
    if not any(fits):
        raise Unauthenticated("the signature does not fit the body", where=where)


def check_timestamp(value: str, now: datetime, where: str) -> None:
    """Raise Unauthenticated unless `value` (seconds since 1970) is within `TOLERANCE` of `now`."""
    try:
        apart = abs(now.timestamp() - float(value))
    except ValueError as error:
        raise Unauthenticated("invalid timestamp", where=where) from error
    # Written so that NaN is refused too.
    if not apart <= TOLERANCE.total_seconds():
        raise Unauthenticated("the signed timestamp is more than 5 minutes off", where=where)
