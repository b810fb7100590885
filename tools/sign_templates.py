"""Sign the action templates, each and as a set, with an Ed25519 key kept out of the repository.

    python tools/sign_templates.py --key ~/.config/labo/template-signing.pem [--name NAME] [FOLDER]

A key file that does not exist is created (PKCS 8, mode 600) and its public half is added to
FOLDER/keys.json under NAME. Lost keys are replaced by running this again with a new name; take
the old one out of keys.json then.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from labo.adapters.templates import (
    KEYS_FILE,
    SET_FILE,
    canonical,
    load_templates,
    template_digest,
)


def read_or_create(path: Path) -> Ed25519PrivateKey:
    if path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise SystemExit(f"{path}: not an Ed25519 key")
        return key
    made = Ed25519PrivateKey.generate()
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    return made


def trust(folder: Path, name: str, key: Ed25519PrivateKey) -> None:
    path = folder / KEYS_FILE
    keys: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    keys[name] = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    path.write_text(json.dumps(keys, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def sign(path: Path, kind: str, content: object, name: str, key: Ed25519PrivateKey) -> None:
    value = base64.b64encode(key.sign(canonical(content))).decode()
    signed = {kind: content, "signature": {"key": name, "value": value}}
    path.write_text(json.dumps(signed, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Sign the action templates.")
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--name", default="labo-1")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("templates"))
    arguments = parser.parse_args()
    key = read_or_create(arguments.key.expanduser())
    trust(arguments.folder, arguments.name, key)
    digests = {}
    for path in sorted(arguments.folder.glob("*.v*.json")):
        template = json.loads(path.read_text(encoding="utf-8"))["template"]
        sign(path, "template", template, arguments.name, key)
        digests[path.name] = template_digest(template)
    sign(arguments.folder / SET_FILE, "set", digests, arguments.name, key)
    names = ", ".join(sorted(load_templates(arguments.folder)))
    print(f"signed and verified: {names}")


if __name__ == "__main__":
    main()
