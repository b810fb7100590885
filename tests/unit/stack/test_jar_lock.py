"""The jar lock: what it promises, and how a malformed one is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.errors import InvalidInput
from labo.stack.jars import Jar, read_lock


def test_shipped_lock_pins_neo4j_and_its_browser() -> None:
    """Every jar of the shipped lock has a size and a full SHA-256, and no two share a file."""
    jars = read_lock()

    assert {"org.neo4j:neo4j:5.26.24", "org.neo4j.client:neo4j-browser:5.24.0"} <= {
        jar.coordinate for jar in jars
    }
    assert all(jar.size > 0 and len(jar.sha256) == 64 for jar in jars)
    assert len({jar.file_name for jar in jars}) == len(jars)


def test_path_follows_the_repository_layout() -> None:
    """Group dots become folders; a classifier ends the file's name."""
    jar = Jar("io.netty:transport-epoll:4.1.9.Final:linux-x86_64", 1, "0" * 64)

    assert (
        jar.path == "io/netty/transport-epoll/4.1.9.Final/"
        "transport-epoll-4.1.9.Final-linux-x86_64.jar"
    )


@pytest.mark.parametrize("text", ["", "[jars", "jars = 3", '[jars]\n"a:b:1" = 2', "[jars]\na = {}"])
def test_malformed_lock_names_the_file(text: str) -> None:
    """A lock that cannot be read is the caller's to repair, and says so."""
    with pytest.raises(InvalidInput) as caught:
        read_lock(text)

    assert caught.value.where == "neo4j.lock.toml"


@given(st.text(max_size=200))
def test_any_text_is_a_lock_or_is_refused(text: str) -> None:
    """No text makes the reader fail in another way."""
    try:
        assert isinstance(read_lock(text), tuple)
    except InvalidInput as error:
        assert error.hint
