"""The bundled action templates: read, and refused unless signed by a trusted key.

A file `templates/<id>.v<version>.json` holds `{"template": {...}, "signature": {"key", "value"}}`;
the signature is Ed25519 (RFC 8032) over `canonical(template)`. `templates/keys.json` holds the
trusted public keys, by name. `templates/set.json` is signed likewise and holds the digest of each
file's template: a template that was removed, put back or exchanged for an older one shows.
`tools/sign_templates.py` makes all three.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import TypeAdapter, ValidationError

from labo.domain.escalation.action_templates import Template, check
from labo.errors import Forbidden, InvalidInput

KEYS_FILE = "keys.json"
SET_FILE = "set.json"

_TEMPLATE = TypeAdapter(Template)


def canonical(template: object) -> bytes:
    """The signed bytes: JSON with sorted keys, no spaces, ASCII only."""
    return json.dumps(template, sort_keys=True, separators=(",", ":")).encode("ascii")


def template_digest(template: object) -> str:
    """SHA-256 of the signed bytes, in hex: how the set names a template."""
    return hashlib.sha256(canonical(template)).hexdigest()


def load_templates(folder: Traversable | None = None) -> dict[str, Template]:
    """The newest version of each template, by id; `folder` is the bundled one by default.

    Raises Forbidden when a signature is missing, unknown or does not fit, or the files are not
    those of the signed set, InvalidInput when a file is malformed; both name the file. One bad
    file refuses all: half a set is no policy.
    """
    source = folder or files("templates")
    keys = _trusted_keys(source)
    entries = {
        entry.name: entry
        for entry in source.iterdir()
        if entry.name.endswith(".json") and entry.name not in (KEYS_FILE, SET_FILE)
    }
    contents = {name: _signed(entries[name], "template", keys) for name in sorted(entries)}
    if contents:
        _check_set(contents, _signed(source.joinpath(SET_FILE), "set", keys))
    newest: dict[str, Template] = {}
    for name, content in contents.items():
        template = _template(name, content)
        known = newest.get(template.id)
        if known is None or known.version < template.version:
            newest[template.id] = template
    return newest


def _check_set(contents: Mapping[str, object], expected: object) -> None:
    found = {name: template_digest(content) for name, content in contents.items()}
    if found != expected:
        listed = expected if isinstance(expected, dict) else {}
        names = sorted(dict(found.items() ^ listed.items()))
        raise Forbidden(
            f"the action templates are not those of the signed set: {', '.join(names)}",
            where=SET_FILE,
            hint="sign the set with tools/sign_templates.py",
        )


def _trusted_keys(source: Traversable) -> Mapping[str, Ed25519PublicKey]:
    entry = source.joinpath(KEYS_FILE)
    if not entry.is_file():
        return {}
    try:
        named = TypeAdapter(dict[str, str]).validate_json(entry.read_bytes())
        return {
            name: Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
            for name, text in named.items()
        }
    except (ValidationError, ValueError, binascii.Error) as error:
        raise InvalidInput("the trusted keys cannot be read", where=entry.name) from error


def _signed(entry: Traversable, kind: str, keys: Mapping[str, Ed25519PublicKey]) -> object:
    """What the file holds under `kind`, its signature verified."""
    if not entry.is_file():
        raise Forbidden(f"the signed {kind} is missing", where=entry.name)
    try:
        document = json.loads(entry.read_bytes())
        content: object = document[kind]
        signature = document["signature"]
        key, value = str(signature["key"]), str(signature["value"])
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"needs an object with `{kind}` and `signature`", where=entry.name
        ) from error
    _check_signature(entry.name, content, keys.get(key), value)
    return content


def _template(name: str, content: object) -> Template:
    try:
        template = _TEMPLATE.validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        prefix = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"{prefix}: {first['msg']}", where=name) from error
    if name != f"{template.id}.v{template.version}.json":
        raise InvalidInput("the file's name must be <id>.v<version>.json", where=name)
    check(template)
    return template


def _check_signature(name: str, content: object, key: Ed25519PublicKey | None, value: str) -> None:
    if key is None:
        raise Forbidden(
            "this action template is not signed by a trusted key",
            where=name,
            hint="sign it with tools/sign_templates.py",
        )
    try:
        key.verify(base64.b64decode(value, validate=True), canonical(content))
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise Forbidden(
            "this action template was changed after it was signed", where=name
        ) from error
