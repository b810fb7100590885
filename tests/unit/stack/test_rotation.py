"""Log files stay within bounds."""

from __future__ import annotations

from pathlib import Path

from labo.stack.private_files import stored_secret
from labo.stack.processes import tail
from labo.stack.rotation import rotate


def test_a_full_log_moves_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    """The writer's descriptor stays good: what it appends next is in the emptied file."""
    log = tmp_path / "api.log"
    with log.open("ab", buffering=0) as writer:
        for generation in range(5):
            writer.write(b"%d" % generation * 20)
            assert rotate(log, max_bytes=10, keep=3)
        writer.write(b"new")

    kept = {path.name: path.read_text()[0] for path in tmp_path.iterdir()}
    assert kept == {"api.log": "n", "api.log.1": "4", "api.log.2": "3", "api.log.3": "2"}


def test_small_and_absent_logs_stay(tmp_path: Path) -> None:
    """Nothing moves before the bound is passed."""
    log = tmp_path / "api.log"
    assert not rotate(log)
    log.write_text("few")

    assert not rotate(log)
    assert [path.name for path in tmp_path.iterdir()] == ["api.log"]


def test_tail_shows_the_last_lines(tmp_path: Path) -> None:
    """Invalid UTF-8 is shown, not fatal; an absent log is empty."""
    log = tmp_path / "x.log"
    assert tail(log) == ""
    log.write_bytes(b"".join(b"line %d\n" % number for number in range(500)) + b"\xff end\n")

    assert tail(log, 2) == "line 499\n\ufffd end"


def test_a_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    """The second call reads what the first one wrote, for its owner alone."""
    path = tmp_path / "deep" / "secret"

    first = stored_secret(path)

    assert stored_secret(path) == first
    assert len(first) >= 24
    assert path.stat().st_mode & 0o777 == 0o600
