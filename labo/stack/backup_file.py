"""A backup: a tar archive of two files, so that what is copied or cut on the way is noticed.

`labo-backup.json` says what `neo4j.dump` must be: its size and its SHA-256. A bare dump, as Neo4j's
own admin command and older versions of Labo write it, is read as well, without that proof.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from labo.errors import InvalidInput

DUMP = "neo4j.dump"  # the admin command takes folders and chooses the name itself
_MANIFEST = "labo-backup.json"
_FORMAT = 1
_DUMP_STARTS = (b"DZV1", b"DGV1")  # Neo4j's archives, by Zstandard or gzip
_MOST_MANIFEST_BYTES = 10_000
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """`format` changes when an older Labo could not read the archive any more."""

    format: int
    created_at: str
    labo: str
    dump_bytes: int
    dump_sha256: str


def write_backup(dump: Path, archive: Path, *, version: str) -> None:
    """Pack a dump; the archive is the owner's alone, and on the disk when this returns."""
    with dump.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(_FORMAT, now, version, dump.stat().st_size, digest)
    descriptor = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        # GNU's form begins with the first file's name, and holds files of any size.
        with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as packed:
            about = dump.with_name(_MANIFEST)
            about.write_text(json.dumps(asdict(manifest), indent=1) + "\n")
            packed.add(about, _MANIFEST)
            packed.add(dump, DUMP)
        file.flush()
        os.fsync(file.fileno())


def unpack_backup(source: Path, folder: Path) -> Manifest | None:
    """Write the dump of `source` into `folder` and verify it; None for a bare dump.

    `InvalidInput` says what is wrong with the file.
    """
    with source.open("rb") as file:
        start = file.read(max(len(_MANIFEST), 4))
        file.seek(0)
        if start.startswith(_DUMP_STARTS):
            _copy(file, folder / DUMP, most=None)
            return None
        if start != _MANIFEST.encode():
            what = "it is empty" if not start else "it is neither a backup nor a dump of Neo4j"
            raise InvalidInput(what, where=str(source))
        try:
            return _unpack(file, folder)
        except (tarfile.TarError, EOFError) as error:
            raise InvalidInput(f"the backup is damaged: {error}", where=str(source)) from error
        except _Damaged as error:
            raise InvalidInput(f"the backup is {error}", where=str(source)) from error


class _Damaged(Exception):
    """In words that follow "the backup is"."""


def _unpack(file: IO[bytes], folder: Path) -> Manifest:
    with tarfile.open(fileobj=file, mode="r:") as packed:
        about = packed.extractfile(packed.getmember(_MANIFEST)) if _has(packed, _MANIFEST) else None
        manifest = _manifest(about.read(_MOST_MANIFEST_BYTES) if about else b"")
        content = packed.extractfile(packed.getmember(DUMP)) if _has(packed, DUMP) else None
        if content is None:
            raise _Damaged("cut short: it holds no dump")
        size, digest = _copy(content, folder / DUMP, most=manifest.dump_bytes)
    if size < manifest.dump_bytes:
        raise _Damaged(f"cut short: {size} of {manifest.dump_bytes} bytes are there")
    if digest != manifest.dump_sha256:
        raise _Damaged("changed: its checksum differs from what was written")
    return manifest


def _has(packed: tarfile.TarFile, name: str) -> bool:
    return name in packed.getnames()


def _manifest(raw: bytes) -> Manifest:
    try:
        about = json.loads(raw)
        if about["format"] != _FORMAT:
            raise _Damaged(f"of format {about['format']}, from a newer Labo ({about['labo']})")
        manifest = Manifest(**about)
        return replace(manifest, dump_bytes=int(manifest.dump_bytes))
    except (ValueError, TypeError, KeyError) as error:
        raise _Damaged("damaged: its description is unreadable") from error


def _copy(content: IO[bytes], target: Path, *, most: int | None) -> tuple[int, str]:
    """Bytes and SHA-256 of what was copied: at most `most` bytes and what shows that it is more."""
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as file:
        while chunk := content.read(_CHUNK):
            size += len(chunk)
            digest.update(chunk)
            file.write(chunk)
            if most is not None and size > most:
                break
    return size, digest.hexdigest()
