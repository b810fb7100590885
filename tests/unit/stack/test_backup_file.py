"""A backup that was cut, changed or is something else is told from a whole one."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.errors import InvalidInput
from labo.stack.backup_file import DUMP, unpack_backup, write_backup

CONTENT = b"DZV1" + bytes(range(256)) * 40


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backup")
    (folder / DUMP).write_bytes(CONTENT)
    write_backup(folder / DUMP, folder / "graph.backup", version="1.2.3")
    return folder / "graph.backup"


def test_a_whole_backup_yields_its_dump(backup: Path, tmp_path: Path) -> None:
    """Size and checksum are those of the dump; the archive is its owner's alone."""
    manifest = unpack_backup(backup, tmp_path)

    assert manifest is not None
    assert (tmp_path / DUMP).read_bytes() == CONTENT
    assert (manifest.dump_bytes, manifest.labo) == (len(CONTENT), "1.2.3")
    assert backup.stat().st_mode & 0o777 == 0o600


def test_a_bare_dump_is_taken_without_proof(tmp_path: Path) -> None:
    """What Neo4j's own command wrote has no checksum."""
    (tmp_path / "bare").write_bytes(CONTENT)

    assert unpack_backup(tmp_path / "bare", tmp_path) is None
    assert (tmp_path / DUMP).read_bytes() == CONTENT


@given(st.data())
def test_a_backup_cut_or_changed_anywhere_is_refused(
    backup: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Wherever a copy ended early or a byte of the dump differs, nothing is loaded."""
    whole, folder = backup.read_bytes(), tmp_path_factory.mktemp("damaged")
    start = whole.index(CONTENT)
    at = data.draw(st.integers(0, start + len(CONTENT) - 1))
    changed = bytearray(whole)
    changed[max(at, start)] ^= 1
    damaged = data.draw(st.sampled_from([whole[:at], bytes(changed)]))
    (folder / "copy").write_bytes(damaged)

    with pytest.raises(InvalidInput) as caught:
        unpack_backup(folder / "copy", folder)

    assert caught.value.where == str(folder / "copy")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"PK\x03\x04 a zip file", "it is neither a backup nor a dump of Neo4j"),
        (b"labo-backup.json and then something else", "the backup is damaged"),
    ],
)
def test_another_file_is_named_for_what_it_is_not(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    """The operator learns what is wrong with the file."""
    (tmp_path / "file").write_bytes(content)

    with pytest.raises(InvalidInput, match=reason):
        unpack_backup(tmp_path / "file", tmp_path)


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"format": 1}, "its description is unreadable"),
        ([], "its description is unreadable"),
        (
            {"format": 9, "labo": "7.0", "parts": []},
            r"of format 9, from a newer Labo \(7.0\)",
        ),
        (
            {"format": 1, "created_at": "", "labo": "1", "dump_bytes": 1, "dump_sha256": ""},
            "it holds no dump",
        ),
    ],
)
def test_a_description_that_does_not_fit_is_refused(
    tmp_path: Path, about: object, reason: str
) -> None:
    """An archive of the right name with another content."""
    (tmp_path / "labo-backup.json").write_text(json.dumps(about))
    with tarfile.open(tmp_path / "file", "w", format=tarfile.GNU_FORMAT) as packed:
        packed.add(tmp_path / "labo-backup.json", "labo-backup.json")

    with pytest.raises(InvalidInput, match=reason):
        unpack_backup(tmp_path / "file", tmp_path)


def test_an_existing_file_is_never_written_over(backup: Path) -> None:
    """The archive is made under a name of its own."""
    with pytest.raises(FileExistsError):
        write_backup(backup.with_name(DUMP), backup, version="1")
    assert backup.stat().st_size > len(CONTENT)
