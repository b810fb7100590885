"""Text from outside, made harmless."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.entities.masking import mask, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password=hunter2 rest", "password=*** rest"),
        ('{"api_key": "a b", "n": 1}', '{"api_key": "***", "n": 1}'),
        ("db_secret_key=zz, next", "db_secret_key=***, next"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: Bearer ***"),
        ("redis://:pw@h/0 postgres://u:pw@h/d", "redis://:***@h/0 postgres://u:***@h/d"),
        ("id AKIAIOSFODNN7EXAMPLE.", "id ***."),
        ("ghp_0123456789abcdef", "***"),
        ("eyJhbGciOi.eyJzdWIiOi.c2ln", "***"),
        ("-----BEGIN RSA PRIVATE KEY-----\nAA\n-----END RSA PRIVATE KEY-----x", "***x"),
        ("-----BEGIN PRIVATE KEY-----\nAA", "***"),
        ("pass\u200bword=hidden", "password=***"),
    ],
)
def test_credentials_are_blanked(text: str, shown: str) -> None:
    """Known shapes, also when invisible characters cut them up."""
    assert mask(text) == shown


@pytest.mark.parametrize(
    "text", ["5 tokens used", "checkout-service.internal-cluster.localdomain", "Bearer of bad news"]
)
def test_ordinary_words_stay(text: str) -> None:
    """Masking too much would hide the evidence."""
    assert mask(text) == text


def test_escape_sequences_and_direction_marks_vanish() -> None:
    """What is read is what is there."""
    assert visible("a\x1b[31mred\x1b[0m\u202eb\x00\x1b]0;title\x07c\nd") == "aredbc d"


@given(st.text())
def test_one_value_stays_one_line(text: str) -> None:
    """Whatever Unicode calls the end of a line: a prompt's or a terminal's lines are ours."""
    assert len(visible(text).splitlines()) <= 1
    assert visible("a\u2028b\u2029c\x85d\ve") == "a b c d e"


@given(st.text(max_size=300), st.integers(min_value=1, max_value=50))
def test_masked_text_is_short_and_printable(text: str, limit: int) -> None:
    """Never longer than asked, never a control character."""
    shown = mask(text, limit)

    assert len(shown) <= limit
    assert all(unicodedata.category(char) not in {"Cc", "Cf", "Cs"} for char in shown)
