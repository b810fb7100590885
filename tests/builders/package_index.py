"""An index of empty wheels that need what the real ones need, and a newer one of each."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NEWER = "99999.0"
"""A version above every other one of its package."""


def locked(lock: Path) -> list[Requirement]:
    """The lines of a lock file, each with its marker, without its hashes."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    heads = (line.partition("--hash=")[0].strip() for line in text.splitlines())
    return [Requirement(head) for head in heads if head]


def version_of(requirement: Requirement) -> str:
    """The version of an exact pin."""
    (exact,) = requirement.specifier
    return exact.version


def write_index(root: Path, requirements: Sequence[Requirement]) -> dict[str, str]:
    """Write each package at its locked version and at a newer one, in the simple index's layout.

    What a wheel says it needs is what the distribution installed here says, extras included;
    one that is not for this machine needs nothing. Returns the SHA-256 by name of the locked ones.
    """
    hashes = {}
    for requirement in requirements:
        name, version = canonicalize_name(requirement.name), version_of(requirement)
        folder = root / name
        folder.mkdir(parents=True)
        needs = _needs(name)
        wheels = [_write_wheel(folder, name, each, needs) for each in (version, NEWER)]
        hashes[name] = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
        links = "".join(f'<a href="{wheel.name}">{wheel.name}</a>\n' for wheel in wheels)
        (folder / "index.html").write_text(f"<!doctype html>\n{links}", encoding="utf-8")
    return hashes


def write_lock(path: Path, requirements: Sequence[Requirement], hashes: Mapping[str, str]) -> None:
    """A lock of the same pins and markers, by the hashes of this index's wheels."""
    lines = [
        f"{requirement} --hash=sha256:{hashes[canonicalize_name(requirement.name)]}\n"
        for requirement in requirements
    ]
    path.write_text("".join(lines), encoding="utf-8")


def _needs(name: str) -> str:
    """The header lines that name what the installed distribution asks for."""
    try:
        metadata = distribution(name).metadata
    except PackageNotFoundError:
        return ""
    return "".join(
        f"{header}: {value}\n"
        for header in ("Provides-Extra", "Requires-Dist")
        for value in metadata.get_all(header, [])
    )


def _write_wheel(folder: Path, name: str, version: str, needs: str) -> Path:
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    files = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)
    return wheel
