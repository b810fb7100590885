"""Signing a folder of templates: each file and the set, with a key kept outside of it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from labo.adapters.templates.documents import TemplateSet, set_of
from labo.adapters.templates.envelope import PayloadType, content_digest, parse_json, sign
from labo.adapters.templates.folder import SET_FILE, TYPES, envelope_name, find_files
from labo.adapters.templates.keys import FORM, KEYS_FILE, KeyForm
from labo.errors import Conflict, InvalidInput


@dataclass(frozen=True, slots=True)
class Revocations:
    """What is newly revoked, with the reason: key names, and digests of templates."""

    keys: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


def read_or_create_key(path: Path) -> Ed25519PrivateKey:
    """The private key in `path` (PKCS 8, PEM); created with mode 600 where there is none.

    Raises InvalidInput when it is none of Ed25519.
    """
    if path.exists():
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            raise InvalidInput("not a private key in PEM form", where=str(path)) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise InvalidInput("not an Ed25519 key", where=str(path))
        return key
    created = Ed25519PrivateKey.generate()
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = created.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    return created


def trust(folder: Path, name: str, key: Ed25519PrivateKey, lifetime: timedelta) -> None:
    """Add the public half to keys.json under `name`, valid from today for `lifetime`, unless it is
    there. Raises Conflict when `name` is another key."""
    path = folder / KEYS_FILE
    forms = FORM.validate_json(path.read_bytes()) if path.exists() else {}
    public = key.public_key().public_bytes_raw().hex()
    known = forms.get(name)
    if known is not None:
        if known.public != public:
            raise Conflict(
                "this name is another key's", where=name, hint="give the new key a new --name"
            )
        return
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    forms[name] = KeyForm(public=public, not_before=today, not_after=today + lifetime)
    _write(path, FORM.dump_python(forms, mode="json"))


def sign_folder(
    folder: Path, name: str, key: Ed25519PrivateKey, revoked: Revocations | None = None
) -> TemplateSet:
    """Sign every template and migration of `folder`, then the set with the next revision.

    The revision stays where nothing changed. Raises InvalidInput for a malformed file.
    """
    digests: dict[str, str] = {}
    for path in find_files(folder):
        file = folder / path
        content = parse_json(file.read_bytes(), path)
        payload_type = TYPES[PurePosixPath(path).name]
        _write_envelope(folder, path, sign(content, payload_type, name, key, path))
        digests[path] = content_digest(content, path)
    files = _next_set(folder, digests, revoked or Revocations())
    content = files.model_dump(mode="json")
    _write(folder / SET_FILE, content)
    _write_envelope(folder, SET_FILE, sign(content, PayloadType.SET, name, key, SET_FILE))
    return files


def _next_set(folder: Path, digests: Mapping[str, str], revoked: Revocations) -> TemplateSet:
    path = folder / SET_FILE
    if not path.exists():
        return TemplateSet(
            revision=1,
            files=dict(digests),
            revoked_keys=dict(revoked.keys),
            revoked_digests=dict(revoked.digests),
        )
    old = set_of(parse_json(path.read_bytes(), SET_FILE), SET_FILE)
    new = old.model_copy(
        update={
            "files": dict(digests),
            "revoked_keys": {**old.revoked_keys, **revoked.keys},
            "revoked_digests": {**old.revoked_digests, **revoked.digests},
        }
    )
    return old if new == old else new.model_copy(update={"revision": old.revision + 1})


def _write_envelope(folder: Path, path: str, envelope: bytes) -> None:
    (folder / envelope_name(path)).write_bytes(envelope)


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
