"""Folders of signed templates, and keys to sign them with."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from labo.adapters.templates.signing import Revocations, sign_folder, trust

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))

NUDGE: dict[str, object] = {
    "id": "nudge",
    "version": 1,
    "title": "Nudge",
    "description": "",
    "risk_level": "low",
    "command": ["nudge", "{hard}"],
    "rollback": "none",
    "parameters": [{"name": "hard", "type": "boolean"}],
}
NUDGE_2: dict[str, object] = {
    **NUDGE,
    "version": 2,
    "command": ["nudge", "{force}"],
    "parameters": [{"name": "force", "type": "choice", "choices": ["soft", "hard"]}],
}
TO_NUDGE_2: dict[str, object] = {
    "template": "nudge",
    "before": 1,
    "steps": [
        {"kind": "rename", "parameter": "hard", "to": "force"},
        {"kind": "map", "parameter": "force", "values": {"true": "hard", "false": "soft"}},
    ],
}


def put(folder: Path, content: dict[str, object], *, kind: str = "action") -> Path:
    """A template as it is written by hand; returns its path."""
    path = folder / kind / f"{content['id']}" / f"v{content['version']}" / "template.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def put_migration(folder: Path, content: dict[str, object]) -> Path:
    """A migration beside the template that it leads to."""
    version = int(str(content["before"])) + 1
    path = folder / "action" / f"{content['template']}" / f"v{version}" / "migration.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def sign(
    folder: Path,
    *,
    key: Ed25519PrivateKey = KEY,
    name: str = "k",
    revoked: Revocations | None = None,
) -> None:
    """Trust `key` as `name`, for a year from today, and sign all with it."""
    trust(folder, name, key, timedelta(days=365))
    sign_folder(folder, name, key, revoked)


def signed(folder: Path, *contents: dict[str, object]) -> Path:
    """A folder of action templates, signed."""
    for content in contents or (NUDGE,):
        put(folder, content)
    sign(folder)
    return folder
