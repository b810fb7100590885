"""Real peers from Debian's packages, unpacked into the user's cache: no root, no installation."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


def cache_dir() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "labo" / "debian"


def find_commands(package: str, *names: str) -> dict[str, list[str]] | None:
    """How to run `names` of `package`: installed, cached, or fetched now; None where none can be.

    apt gets folders of its own, so that neither root nor the system's package lists are needed.
    A program that reads its files from /usr/share sees the package's there, by an overlay in a
    mount namespace of its own.
    """
    if all(shutil.which(name) for name in names):
        return {name: [name] for name in names}
    root = cache_dir() / package
    unpacked = {name: root / "usr" / "bin" / name for name in names}
    if not all(path.exists() for path in unpacked.values()) and not _fetch(package, root):
        return None
    overlay = f"mount -t overlay overlay -o lowerdir={root}/usr/share:/usr/share /usr/share"
    inside = ["unshare", "--map-root-user", "--mount", "sh", "-c", f'{overlay} && exec "$@"', "sh"]
    return {name: [*inside, str(path)] for name, path in unpacked.items()}


def _fetch(package: str, root: Path) -> bool:
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return False
    state, cache = root / "apt-state", root / "apt-cache"
    (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (cache / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    options = [f"-oDir::State={state}", f"-oDir::Cache={cache}", "-oDebug::NoLocking=1", "-qq"]
    options += ["-oDir::State::status=/var/lib/dpkg/status", "-oAPT::Sandbox::User="]
    for command in (["update"], ["download", package]):
        done = subprocess.run(["apt-get", *options, *command], cwd=root, check=False)  # noqa: S607
        if done.returncode:
            return False
    for archive in root.glob(f"{package}_*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(archive), str(root)], check=True)  # noqa: S607
    return True
