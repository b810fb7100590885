"""Errors among texts that came without a severity."""

from __future__ import annotations

import pytest

from labo.domain.telemetry.logs.unstated import reports_error


@pytest.mark.parametrize(
    ("text", "is_error"),
    [
        ('{"severity": "error", "message": "x"}', True),
        (r'"{\"severity\": \"error\", \"message\": \"x\"}"', True),
        (r'"{\"severity\": \"info\", \"message\": \"x\"}"', False),
        ("call refused", True),
        ("all is well", False),
        ("call refused " + "x" * 1_000, True),
    ],
)
def test_the_level_in_a_body_decides_else_its_words(text: str, is_error: bool) -> None:
    """A quoted body is the object in the quotes."""
    assert reports_error(text) == is_error
