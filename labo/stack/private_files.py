"""Files that the owner alone can read: passwords, and what tools are told in them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def private_file(path: Path, content: str) -> Iterator[Path]:
    """A file that the owner alone can read, gone afterwards."""
    write_private(path, content)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def write_private(path: Path, content: str) -> None:
    """Write a file that the owner alone can read, also where one lay that others could."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)


def stored_secret(path: Path) -> str:
    """The secret in `path`, readable by the owner alone; made up on the first call."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Under its name only when it is whole: an empty one would be taken for the secret.
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with private_file(draft, _new_secret()), suppress(FileExistsError):
            os.link(draft, path)
    return path.read_text().strip()


def _new_secret() -> str:
    return secrets.token_urlsafe(24) + "\n"
