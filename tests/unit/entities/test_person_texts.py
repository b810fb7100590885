"""Names and remarks that people give."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.entities.person_texts import (
    LONGEST_NAME,
    LONGEST_REMARK,
    name_key,
    name_of,
    remark_of,
)
from labo.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must not be empty"),
        ("  \n ", "must not be empty"),
        ("x" * (LONGEST_NAME + 1), "at most 120 characters, this one has 121"),
        ("two\nlines", "one line"),
        ("bell\x07", "one line"),
        ("turned\u202eround", "one line"),
        ("half\ud800", "one line"),
    ],
)
def test_what_is_no_name_is_refused_with_its_reason(text: str, why: str) -> None:
    """Empty, too long, or with characters that a reader can't see."""
    with pytest.raises(InvalidInput, match=why) as refused:
        name_of(text, where="title")

    assert refused.value.where == "title"


def test_a_name_is_written_in_one_way() -> None:
    """Blanks and the forms of letters do not make two names."""
    assert name_of("  Kein   freier\u00a0Worker ") == "Kein freier Worker"
    assert name_of("cafe\u0301") == "caf\u00e9"
    assert name_key("No Free Worker") == name_key("no free worker")


@given(st.text(max_size=200))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    """A name is of its own form: it is printable, has single blanks, and stays what it is."""
    try:
        name = name_of(text)
    except InvalidInput:
        return

    assert name_of(name) == name
    assert 0 < len(name) <= LONGEST_NAME
    assert name == " ".join(name.split())
    assert not {unicodedata.category(one) for one in name} & {"Cc", "Cf", "Cs", "Co", "Cn"}


def test_a_remark_keeps_its_lines_and_no_secrets() -> None:
    """It is shown to everybody who may read the incident."""
    remark = remark_of("restarted\x1b[31m it\npassword=hunter2hunter2\n")

    assert remark.splitlines()[0] == "restarted it"
    assert "hunter2" not in remark
    for text in ("", " \n", "x" * (LONGEST_REMARK + 1)):
        with pytest.raises(InvalidInput):
            remark_of(text)
