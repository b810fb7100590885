"""SNS's signatures: what Amazon signs.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from labo.errors import Unauthenticated

_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = (
    "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
)  # fmt: skip
_WHERE = "Signature"


def signed_text(message: Mapping[str, object]) -> bytes:
    """The text that SNS signs: names and values in order, each on a line of its own."""
    names = _NOTIFICATION if message.get("Type") == "Notification" else _CONFIRMATION
    lines: list[str] = []
    for name in names:
        value = message.get(name)
        if isinstance(value, str):
            lines += (name, value)
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")


def check_signature(message: Mapping[str, object], certificate: bytes, now: datetime) -> None:
    """Raise Unauthenticated unless `certificate` (PEM, valid `now`) proves `message`'s signature.

    Version 1 is SHA-1, version 2 SHA-256; only 2 is accepted (SNS: topic attribute
    `SignatureVersion`).
    """
    if message.get("SignatureVersion") != "2":
        raise Unauthenticated("only signatures of version 2 are accepted", where="SignatureVersion")
    try:
        parsed = x509.load_pem_x509_certificate(certificate)
        signature = base64.b64decode(str(message.get(_WHERE)), validate=True)
        key = parsed.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise Unauthenticated("the certificate holds no RSA key", where="SigningCertURL")
        key.verify(signature, signed_text(message), padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, binascii.Error, InvalidSignature) as error:
        raise Unauthenticated("the signature does not fit the message", where=_WHERE) from error
    if not parsed.not_valid_before_utc <= now <= parsed.not_valid_after_utc:
        raise Unauthenticated("the certificate is not valid now", where="SigningCertURL")
