"""Which code a result is of."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

DECIDING = (
    *("api", "benchmarks", "cypher", "engine", "graph", "labo", "migrations", "templates"),
    *("workers", "pyproject.toml", "requirements.lock", ":!benchmarks/**/*.md"),
)
"""What can change a figure. Pages, tests and remarks can't: committing them costs no result."""


def code_commit(root: Path) -> str:
    """The last commit that changed what decides; with a digest of what is not committed yet.

    Raises `subprocess.CalledProcessError` outside of a git checkout.
    """
    commit = _git(root, "log", "-1", "--format=%h", "--", *DECIDING).decode().strip()
    changes = _git(root, "diff", "HEAD", "--", *DECIDING)
    new = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", *DECIDING)
    for name in filter(None, new.decode().split("\0")):
        changes += name.encode() + (root / name).read_bytes()
    return f"{commit} with changes {hashlib.sha256(changes).hexdigest()[:7]}" if changes else commit


def _git(root: Path, *words: str) -> bytes:
    command = [shutil.which("git") or "git", *words]
    return subprocess.run(command, cwd=root, check=True, capture_output=True).stdout
