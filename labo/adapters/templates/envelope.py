"""DSSE envelopes: who signed a JSON document, over its canonical form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, Field, ValidationError
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error as SignatureError
from securesystemslib.signer import CryptoSigner, SSlibKey

from labo.errors import Forbidden, InvalidInput

MAX_BYTES = 262_144
"""Of any file here. The largest bundled one has 2 kB; reading must not be an attack on memory."""


class PayloadType(StrEnum):
    """What is signed is signed as one of these: a migration can't pass as a template."""

    TEMPLATE = "application/vnd.labo.template+json"
    MIGRATION = "application/vnd.labo.template-migration+json"
    SET = "application/vnd.labo.template-set+json"


class _SignatureForm(BaseModel):
    keyid: str
    sig: str


class _EnvelopeForm(BaseModel):
    payload: str
    payload_type: str = Field(alias="payloadType")
    signatures: list[_SignatureForm]


def parse_json(text: bytes, where: str) -> object:
    """A JSON document of ours. Raises InvalidInput for what is none, or too large or deep."""
    if len(text) > MAX_BYTES:
        raise InvalidInput(f"larger than {MAX_BYTES} bytes", where=where)
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"invalid JSON: {str(error)[:200]}", where=where) from error
    return parsed


def canonical(content: object, where: str) -> bytes:
    """The signed bytes (RFC 8785). Raises InvalidInput for numbers and texts that have none.

    >>> canonical({"b": 1.0, "a": "é"}, "example").decode()
    '{"a":"é","b":1}'
    """
    try:
        return rfc8785.dumps(content)  # type: ignore[arg-type]
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"no canonical form: {str(error)[:200]}", where=where) from error


def content_digest(content: object, where: str) -> str:
    """SHA-256 of the signed bytes, in hex: how sets and approvals name a template."""
    return hashlib.sha256(canonical(content, where)).hexdigest()


def signers(
    envelope: bytes,
    content: object,
    payload_type: PayloadType,
    keys: Mapping[str, SSlibKey],
    where: str,
) -> tuple[str, ...]:
    """The names of the keys whose signature over exactly `content` holds, at least one.

    Raises InvalidInput for what is no envelope, Forbidden when it is of another type or content, or
    no known key signed it.
    """
    read = _read(envelope, where)
    if read.payload_type != payload_type.value:
        raise Forbidden("signed as something else", where=where)
    if read.payload != canonical(content, where):
        raise Forbidden(
            "changed after it was signed", where=where, hint="sign it with `labo templates sign`"
        )
    valid = tuple(name for name, key in keys.items() if _is_signed(read, key))
    if not valid:
        raise Forbidden(
            "not signed by a trusted key", where=where, hint="sign it with `labo templates sign`"
        )
    return valid


def _read(envelope: bytes, where: str) -> Envelope:
    try:
        form = _EnvelopeForm.model_validate(parse_json(envelope, where))
        return Envelope.from_dict(form.model_dump(by_alias=True))
    except (ValidationError, ValueError, SignatureError) as error:
        raise InvalidInput("not a DSSE envelope", where=where) from error


def _is_signed(envelope: Envelope, key: SSlibKey) -> bool:
    try:
        envelope.verify([key], threshold=1)
    except SignatureError:
        return False
    return True


def public_key(name: str, public: bytes) -> SSlibKey:
    """An Ed25519 key by its 32 raw bytes."""
    return SSlibKey(name, "ed25519", "ed25519", {"public": public.hex()})


def sign(
    content: object, payload_type: PayloadType, name: str, key: Ed25519PrivateKey, where: str
) -> bytes:
    """The envelope of `content`, signed by the key `name`, as the file's text."""
    envelope = Envelope(canonical(content, where), payload_type.value, {})
    envelope.sign(CryptoSigner(key, public_key(name, key.public_key().public_bytes_raw())))
    return (json.dumps(envelope.to_dict(), indent=2) + "\n").encode()
