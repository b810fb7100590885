"""The command line's own token: `<data folder>/token`, readable by its owner only."""

from __future__ import annotations

import os
from pathlib import Path


def token_path(data_dir: Path) -> Path:
    return data_dir / "token"


def read_token(data_dir: Path) -> str | None:
    """None when nothing is stored."""
    try:
        return token_path(data_dir).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def store_token(data_dir: Path, secret: str) -> None:
    """Replace the stored token in one step; at no moment may anyone else read it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    partial = data_dir / f".token.{os.getpid()}"
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secret + "\n")
    partial.replace(token_path(data_dir))
