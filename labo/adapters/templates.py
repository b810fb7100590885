"""The bundled action templates: read, and refused unless signed by a trusted key.

A file `templates/<id>.v<version>.json` holds `{"template": {...}, "signature": {"key", "value"}}`;
the signature is Ed25519 (RFC 8032) over `canonical(template)`. `templates/keys.json` holds the
trusted public keys, by name. `tools/sign_templates.py` makes both.
"""

from __future__ import annotations

import base64
import binascii
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

_TEMPLATE = TypeAdapter(Template)


def canonical(template: object) -> bytes:
    """The signed bytes: JSON with sorted keys, no spaces, ASCII only."""
    return json.dumps(template, sort_keys=True, separators=(",", ":")).encode("ascii")


def load_templates(folder: Traversable | None = None) -> dict[str, Template]:
    """The newest version of each template, by id; `folder` is the bundled one by default.

    Raises Forbidden when a signature is missing, unknown or does not fit, InvalidInput when a
    file is malformed; both name the file. One bad file refuses all: half a set is no policy.
    """
    source = folder or files("templates")
    keys = _trusted_keys(source)
    newest: dict[str, Template] = {}
    for entry in sorted(source.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".json") and entry.name != KEYS_FILE:
            template = _verified(entry, keys)
            known = newest.get(template.id)
            if known is None or known.version < template.version:
                newest[template.id] = template
    return newest


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


def _verified(entry: Traversable, keys: Mapping[str, Ed25519PublicKey]) -> Template:
    try:
        document = json.loads(entry.read_bytes())
        content = document["template"]
        signature = document["signature"]
        key, value = str(signature["key"]), str(signature["value"])
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            "needs an object with `template` and `signature`", where=entry.name
        ) from error
    _check_signature(entry.name, content, keys.get(key), value)
    try:
        template = _TEMPLATE.validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        prefix = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"{prefix}: {first['msg']}", where=entry.name) from error
    if entry.name != f"{template.id}.v{template.version}.json":
        raise InvalidInput("the file's name must be <id>.v<version>.json", where=entry.name)
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
