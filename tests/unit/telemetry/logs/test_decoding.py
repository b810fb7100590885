"""The encoding of a log file, and its lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labo.adapters.log_files.decoding import detect
from labo.adapters.log_files.lines import read_lines

TEXT = "2026-11-28 05:28:00.83 Logon Error: 18456\r\nпроверка связи 17\r\n上一页 17 ok\r\n"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"],
)
def test_every_line_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    """With and without a byte order mark; the last line without a line feed too."""
    path = tmp_path / "errorlog"
    path.write_bytes((TEXT + "last").encode(encoding))

    assert list(read_lines(path)) == [*TEXT.splitlines(), "last"]


@pytest.mark.parametrize("head", [b"", b"\xc3", b"\xff\xfe", b"\0\1\0\1\0\1\n"])
def test_a_few_bytes_decide_nothing(head: bytes) -> None:
    """A file that has just been begun is looked at again."""
    assert detect(head) is None


@pytest.mark.parametrize("head", [b"\0" * 4096, b"\0\0\0\0plain text\n", b"caf\xe9 au lait\n"])
def test_bytes_of_other_kinds_are_utf_8(head: bytes) -> None:
    """A hole of NULs and Latin-1 are no UTF-16: their bytes stay visible."""
    encoding = detect(head)
    assert encoding is not None
    assert encoding.name == "utf-8"


def test_lines_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    """Once for each line, whatever its number of such bytes."""
    path = tmp_path / "latin"
    path.write_bytes(b"caf\xe9 \xe9\nplain\n\xff\n")
    unreadable: list[int] = []

    assert list(read_lines(path, lambda: unreadable.append(1))) == [
        "caf\\xe9 \\xe9",
        "plain",
        "\\xff",
    ]
    assert len(unreadable) == 2


@given(st.binary(max_size=300))
def test_no_bytes_fail(data: bytes) -> None:
    """Whatever a file begins with, its lines are texts that lose no line feed."""
    encoding = detect(data)
    if encoding is not None:
        raw = encoding.split(data, 1_000)
        assert encoding.feed.join(raw) == data
        assert all(isinstance(encoding.decode(one)[0], str) for one in raw)
        assert encoding.end_of_lines(data) <= len(data)


@given(st.binary(max_size=40) | st.text("a\n\0\1\ufeff", max_size=20).map(str.encode))
@example(b"\0\1\0\1\0\1\n\n")
@example(b"\xff\xfe\0\0a\0\0\0\n\0\0\0")
def test_more_bytes_never_change_what_is_known(data: bytes) -> None:
    """A file that is written while it is read has the encoding that the whole file has."""
    known = {detect(data[:size]) for size in range(len(data) + 1)} - {None}
    assert known <= {detect(data)}
    assert known <= {detect(data, is_complete=True)}
