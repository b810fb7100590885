"""Fetching by the lock, from a real HTTP server on this machine."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from labo.errors import InvalidInput, Unavailable
from labo.stack.jars import Jar, ensure_jars, missing_jars

CONTENT = b"a jar" * 50_000


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        del format, args


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    root = tmp_path / "repository"
    root.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", root
        server.shutdown()


def a_jar(number: int, content: bytes = CONTENT) -> Jar:
    return Jar(f"org.some:part{number}:1.0", len(content), hashlib.sha256(content).hexdigest())


def serve(root: Path, jar: Jar, content: bytes) -> None:
    (root / jar.path).parent.mkdir(parents=True, exist_ok=True)
    (root / jar.path).write_bytes(content)


def test_only_what_is_missing_or_changed_is_fetched(
    tmp_path: Path, repository: tuple[str, Path]
) -> None:
    """A jar at hand is kept, a tampered one is replaced, and progress ends at the whole size."""
    url, root = repository
    jars = [a_jar(number) for number in range(5)]
    folder = tmp_path / "jars"
    folder.mkdir()
    (folder / jars[0].file_name).write_bytes(CONTENT)
    (folder / jars[1].file_name).write_bytes(b"x" * len(CONTENT))
    for jar in jars[1:]:
        serve(root, jar, CONTENT)
    reports: list[tuple[int, int]] = []

    paths = ensure_jars(
        folder, jars=jars, repository=url, on_progress=lambda *seen: reports.append(seen)
    )

    assert [path.read_bytes() for path in paths] == [CONTENT] * 5
    assert reports[0] == (len(CONTENT), 5 * len(CONTENT))
    assert reports[-1] == (5 * len(CONTENT), 5 * len(CONTENT))


def test_other_content_than_locked_is_refused(tmp_path: Path, repository: tuple[str, Path]) -> None:
    """A repository that serves something else installs nothing."""
    url, root = repository
    jar = a_jar(1)
    serve(root, jar, b"y" * len(CONTENT))

    with pytest.raises(InvalidInput, match="locked is"):
        ensure_jars(tmp_path / "jars", jars=[jar], repository=url)

    assert missing_jars([jar], tmp_path / "jars") == [jar]


def test_an_absent_jar_says_what_to_do(tmp_path: Path, repository: tuple[str, Path]) -> None:
    """A repository without the jar is named with the way around it."""
    url, _ = repository

    with pytest.raises(Unavailable, match="LABO_NEO4J__URI"):
        ensure_jars(tmp_path / "jars", jars=[a_jar(1)], repository=url)


def test_complete_folder_needs_no_network(tmp_path: Path) -> None:
    """Offline, a start only verifies."""
    jar = a_jar(1)
    (tmp_path / jar.file_name).write_bytes(CONTENT)

    assert ensure_jars(tmp_path, jars=[jar], repository="http://127.0.0.1:1") == [
        tmp_path / jar.file_name
    ]
