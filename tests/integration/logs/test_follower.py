"""Following real files: rotation, truncation, restarts and broken bytes lose no line."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.adapters.log_files.follower import LogBatch, LogFollower
from labo.adapters.log_files.positions import LogBookmark
from labo.adapters.log_files.templates import LogTemplates
from labo.errors import Conflict, InvalidInput


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_bytes(b"one\ntwo\n")
    return path


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def drain(follower: LogFollower, rounds: int = 3) -> list[str]:
    """What several polls in a row give; a renamed file is left at the second look only."""
    texts = []
    for _ in range(rounds):
        while batch := follower.read():
            texts += [line.text for line in batch.lines]
    return texts


async def read_all(follower: LogFollower) -> list[LogBatch]:
    return [batch async for batch in follower.read_all(asyncio.Event())]


def test_an_unfinished_line_waits_for_its_end(log_file: Path) -> None:
    """A last line without a line feed is handed out once it is complete, and only once."""
    follower = LogFollower(log_file)
    append(log_file, b"thr")
    assert drain(follower) == ["one", "two"]

    append(log_file, b"ee\n\n  \nfour\n")
    assert drain(follower) == ["three", "four"]
    assert drain(follower) == []
    follower.close()


async def test_reading_once_includes_the_unfinished_line(log_file: Path) -> None:
    """Without following, the last line comes unfinished, and again, whole, in the next run."""
    append(log_file, b"thr")
    first = LogFollower(log_file)
    batches = await read_all(first)
    first.close()
    append(log_file, b"ee\n")
    second = LogFollower(log_file, batches[-1].position)
    again = await read_all(second)
    second.close()

    assert [line.text for batch in batches for line in batch.lines] == ["one", "two", "thr"]
    assert [line.text for batch in again for line in batch.lines] == ["three"]
    assert batches[-1].lines[0].id == again[0].lines[0].id


async def test_a_file_of_one_unfinished_line_has_the_same_identity_after(tmp_path: Path) -> None:
    """The identity of an unfinished first line is given, too."""
    path = tmp_path / "short.log"
    path.write_bytes(b"only")
    follower = LogFollower(path)
    (batch,) = await read_all(follower)
    follower.close()

    assert batch.lines[0].text == "only"
    assert batch.position.offset == 0


def test_a_rename_loses_nothing(log_file: Path) -> None:
    """What the writer still wrote to the renamed file, finished or not, comes before the new."""
    follower = LogFollower(log_file)
    assert drain(follower) == ["one", "two"]
    rotated = log_file.rename(log_file.with_name("app.log.1"))
    append(rotated, b"three\nfour")
    log_file.write_bytes(b"five\n")

    assert drain(follower) == ["three", "four", "five"]
    follower.close()


def test_a_gap_between_rename_and_new_file_is_waited_for(log_file: Path) -> None:
    """While the path leads nowhere, the renamed file is still followed."""
    follower = LogFollower(log_file)
    drain(follower)
    rotated = log_file.rename(log_file.with_name("app.log.1"))
    assert drain(follower) == []
    append(rotated, b"three\n")
    assert drain(follower) == ["three"]
    log_file.write_bytes(b"four\n")
    assert drain(follower) == ["four"]
    follower.close()


def test_two_rotations_between_two_looks_lose_nothing(log_file: Path) -> None:
    """A generation that came and went unseen is read under its rotated name."""
    follower = LogFollower(log_file)
    drain(follower)
    log_file.rename(log_file.with_name("app.log.2"))
    middle = log_file.with_name("app.log.1")
    middle.write_bytes(b"three\n")
    os.utime(middle, ns=(2**62, 2**62))
    log_file.write_bytes(b"four\n")

    assert drain(follower) == ["three", "four"]
    follower.close()


def test_copy_truncate_loses_nothing(log_file: Path) -> None:
    """Lines that were copied away before they were read are read from the copy, under the
    identity of the file that they were written to."""
    follower = LogFollower(log_file)
    first = follower.read()
    assert first is not None
    append(log_file, b"three\n")
    shutil.copy(log_file, log_file.with_name("app.log.1"))
    os.truncate(log_file, 0)
    append(log_file, b"a new first line, longer than all that was before it\n")

    batches = [batch for _ in range(3) if (batch := follower.read())]
    assert [line.text for batch in batches for line in batch.lines] == [
        "three",
        "a new first line, longer than all that was before it",
    ]
    assert batches[0].lines[0].file == first.lines[0].file != batches[1].lines[0].file
    follower.close()


def test_a_truncation_without_a_copy_starts_over(log_file: Path) -> None:
    """A file cut to nothing and written again is read from its start."""
    follower = LogFollower(log_file)
    drain(follower)
    log_file.write_bytes(b"new\n")
    assert drain(follower) == ["new"]
    follower.close()


def test_a_restart_goes_on_where_it_was(log_file: Path) -> None:
    """A position kept by one run is where the next goes on, also in a file renamed meanwhile."""
    first = LogFollower(log_file)
    batch = first.read()
    first.close()
    assert batch is not None
    append(log_file, b"three\n")
    second = LogFollower(log_file, batch.position)
    assert drain(second) == ["three"]
    second.close()

    log_file.rename(log_file.with_name("app.log.1"))
    log_file.write_bytes(b"four\n")
    log_file.with_name("app.log.err").write_bytes(b"not ours\n")
    third = LogFollower(log_file, batch.position)
    assert drain(third) == ["three", "four"]
    third.close()


def test_a_restart_on_another_file_reads_all_of_it(log_file: Path) -> None:
    """Where the known file is gone, the new one is read from its start."""
    first = LogFollower(log_file)
    batch = first.read()
    first.close()
    assert batch is not None
    log_file.unlink()
    log_file.write_bytes(b"other\nlines\n")

    second = LogFollower(log_file, batch.position)
    assert drain(second) == ["other", "lines"]
    second.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=30), st.integers(1, 60))
def test_any_bytes_in_any_portions_are_read_alike(
    tmp_path_factory: pytest.TempPathFactory, raw_lines: list[bytes], portion: int
) -> None:
    """Whatever bytes a file holds and however they arrive, each line comes once, in order."""
    data = b"".join(raw.replace(b"\n", b"") + b"\n" for raw in raw_lines)
    path = tmp_path_factory.mktemp("any") / "x.log"
    path.touch()
    follower = LogFollower(path)
    seen = []
    for start in range(0, len(data), portion):
        append(path, data[start : start + portion])
        while batch := follower.read():
            seen += [(line.offset, line.text) for line in batch.lines]
    follower.close()

    whole = LogFollower(path)
    batch = whole.read()
    whole.close()
    assert seen == ([(line.offset, line.text) for line in batch.lines] if batch else [])
    for _, text in seen:
        text.encode("utf-8")
        assert "\0" not in text and text.strip()


def test_broken_bytes_stay_visible(tmp_path: Path) -> None:
    """Invalid UTF-8, a byte order mark, CR LF and the hole of a truncation lose no text."""
    path = tmp_path / "x.log"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntw\xffo\n\0\0\0three\0\n")
    follower = LogFollower(path)
    assert drain(follower) == ["one", "tw\\xffo", "three\\x00"]
    follower.close()


def test_a_very_long_line_comes_in_pieces(tmp_path: Path) -> None:
    """Three megabytes without a line feed are read whole, in bounded portions."""
    path = tmp_path / "x.log"
    path.write_bytes(b"x" * 3_000_000 + b"\nend\n")
    follower = LogFollower(path)
    texts = drain(follower)
    follower.close()

    assert sum(len(text) for text in texts) == 3_000_003
    assert texts[-1] == "end"


async def test_a_follower_wakes_up_for_new_lines(log_file: Path) -> None:
    """Lines that are appended while it waits come by themselves."""
    follower = LogFollower(log_file)
    batches = follower.follow(asyncio.Event())
    assert [line.text for line in (await anext(batches)).lines] == ["one", "two"]
    append(log_file, b"three\n")
    batch = await asyncio.wait_for(anext(batches), 10)
    await batches.aclose()
    follower.close()

    assert [line.text for line in batch.lines] == ["three"]


def test_a_folder_or_nothing_is_refused(tmp_path: Path) -> None:
    """What can't be followed is the caller's mistake, said with the path."""
    with pytest.raises(InvalidInput, match="is a folder"):
        LogFollower(tmp_path)
    with pytest.raises(InvalidInput, match="no such file"):
        LogFollower(tmp_path / "none.log")


def test_a_bookmark_keeps_position_and_templates(log_file: Path, tmp_path: Path) -> None:
    """What one run kept, the next finds; one file is taken in by one process at a time."""
    follower = LogFollower(log_file)
    batch = follower.read()
    follower.close()
    assert batch is not None
    templates = LogTemplates()
    users = ("ann", "bob", "eve", "ian", "joe", "kim", "lea", "max", "sue", "tom")
    *_, named = templates.name_all([f"logged in as {user} from 10.0.0.1" for user in users])

    mark = LogBookmark(tmp_path / "marks", log_file, workspace="default", system="shop")
    assert mark.position() is None
    mark.save(batch.position, log_file)
    mark.save_templates(templates)
    with pytest.raises(Conflict, match="another process"):
        LogBookmark(tmp_path / "marks", log_file, workspace="default", system="shop")
    mark.close()

    again = LogBookmark(tmp_path / "marks", log_file, workspace="default", system="shop")
    assert again.position() == batch.position
    assert named.text == "logged in as <*> from <*>"
    assert again.templates().name_all(["logged in as zoe from 10.0.0.2"]) == [named]
    again.close()
