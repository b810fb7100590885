"""One folder of signed templates: which files it has, and what each is worth now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from labo.adapters.templates.documents import TemplateSet, set_of
from labo.adapters.templates.envelope import (
    PayloadType,
    content_digest,
    parse_json,
    signers,
)
from labo.adapters.templates.keys import TrustedKey, read_keys
from labo.domain.governance.templates import TemplateKind
from labo.errors import Forbidden, InvalidInput

SET_FILE = "set.json"
TEMPLATE_FILE = "template.json"
MIGRATION_FILE = "migration.json"
TYPES = {TEMPLATE_FILE: PayloadType.TEMPLATE, MIGRATION_FILE: PayloadType.MIGRATION}


def envelope_name(path: str) -> str:
    """
    >>> envelope_name("action/restart_service/v1/template.json")
    'action/restart_service/v1/template.dsse.json'
    """
    return path.removesuffix(".json") + ".dsse.json"


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A file whose signature holds. `fault`: why it must not be used all the same, or empty;
    `is_revoked`: since the set says so of this very text."""

    path: str
    content: object
    digest: str
    signed_by: str
    fault: str
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class Trust:
    """What a folder says about its files at one moment: keys, and the signed set."""

    keys: Mapping[str, TrustedKey]
    files: TemplateSet
    fault: str
    now: datetime


def find_files(folder: Traversable) -> Iterator[str]:
    """The paths of the signed files. Raises InvalidInput for a file that is none of them."""
    for kind in TemplateKind:
        for path in _files_below(folder.joinpath(kind.value), kind.value):
            parts = PurePosixPath(path).parts
            known = {name for plain in TYPES for name in (plain, envelope_name(plain))}
            if len(parts) != 4 or parts[3] not in known:
                raise InvalidInput(
                    "no file of a template",
                    where=path,
                    hint="<kind>/<name>/v<version>/template.json, and migration.json beside it",
                )
            if parts[3] in TYPES:
                yield path


def _files_below(folder: Traversable, path: str) -> Iterator[str]:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        below = f"{path}/{entry.name}"
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _files_below(entry, below)
        else:
            yield below


def read_trust(folder: Traversable, now: datetime) -> Trust:
    """Raises Forbidden when the set is not signed by a trusted key, InvalidInput for malformed
    files."""
    keys = read_keys(folder)
    content, names = _signed(folder, SET_FILE, PayloadType.SET, keys)
    files = set_of(content, SET_FILE)
    own = [name for name in names if name not in files.revoked_keys]
    if not own:
        raise Forbidden("the set revokes the key that signed it", where=SET_FILE)
    faults = [keys[name].fault(now) for name in own]
    return Trust(keys, files, "" if "" in faults else f"the set: {faults[0]}", now)


def read_signed(folder: Traversable, path: str, trust: Trust) -> SignedFile:
    """One file of the set. Raises Forbidden when its signature does not hold, or it is not the one
    that the set lists."""
    payload_type = TYPES[PurePosixPath(path).name]
    content, names = _signed(folder, path, payload_type, trust.keys)
    digest = content_digest(content, path)
    if trust.files.files.get(path) != digest:
        raise not_of_the_set([path])
    faults = {name: _key_fault(name, trust) for name in names}
    usable = [name for name, fault in faults.items() if not fault]
    fault = trust.fault or ("" if usable else next(iter(faults.values())))
    reason = trust.files.revoked_digests.get(digest)
    if reason is not None:
        fault = f"it was revoked: {reason}"
    signed_by = (usable or list(names))[0]
    return SignedFile(path, content, digest, signed_by, fault, reason is not None)


def not_of_the_set(paths: list[str]) -> Forbidden:
    return Forbidden(
        f"the templates are not those of the signed set: {', '.join(paths)}",
        where=SET_FILE,
        hint="sign the set with `labo templates sign`",
    )


def _key_fault(name: str, trust: Trust) -> str:
    if reason := trust.files.revoked_keys.get(name):
        return f"its key {name} was revoked: {reason}"
    return trust.keys[name].fault(trust.now)


def _signed(
    folder: Traversable, path: str, payload_type: PayloadType, keys: Mapping[str, TrustedKey]
) -> tuple[object, tuple[str, ...]]:
    """The content, and the keys whose signature over it holds."""
    content = parse_json(_read(folder, path), path)
    envelope = _read(folder, envelope_name(path))
    known = {name: trusted.key for name, trusted in keys.items()}
    return content, signers(envelope, content, payload_type, known, path)


def _read(folder: Traversable, path: str) -> bytes:
    entry = folder.joinpath(*PurePosixPath(path).parts)
    if not entry.is_file():
        raise Forbidden(
            "a signed file is missing", where=path, hint="sign it with `labo templates sign`"
        )
    return entry.read_bytes()
