"""Following files of other encodings than UTF-8, and bytes that no encoding has."""

from __future__ import annotations

from pathlib import Path

import pytest

from labo.adapters.log_files.follower import LogFollower
from tests.integration.logs.test_follower import append, drain


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_files_of_other_encodings_are_followed(tmp_path: Path, encoding: str) -> None:
    """UTF-16 and UTF-32, with and without a mark; a character that holds a line feed's byte ends
    no line; from a saved position the reading goes on."""
    path = tmp_path / "errorlog"
    path.write_bytes("2026-11-28 one\r\n2026-11-28 二上 two\r\n2026-1".encode(encoding))
    follower = LogFollower(path)
    batch = follower.read()
    assert batch is not None
    assert [line.text for line in batch.lines] == ["2026-11-28 one", "2026-11-28 二上 two"]
    follower.close()

    without_mark = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)
    append(path, "1-28 three\n".encode(without_mark))
    follower = LogFollower(path, batch.position)
    assert drain(follower) == ["2026-11-28 three"]
    assert follower.unreadable == 0
    follower.close()


def test_lines_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    """They are handed out with what is wrong made visible, and counted."""
    log_file = tmp_path / "app.log"
    log_file.write_bytes(b"one\ntwo\ncaf\xe9\n")
    follower = LogFollower(log_file)

    assert drain(follower) == ["one", "two", "caf\\xe9"]
    assert follower.unreadable == 1
    follower.close()
