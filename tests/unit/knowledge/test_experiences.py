"""What an experience holds is read as data, and nothing in it fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labo.domain.knowledge.experiences import lesson_of
from tests.builders.experiences import a_lesson, taught


@pytest.mark.parametrize(
    "changed",
    [
        {"readings": {"latency": 10**400}},
        {"kind": ["alert"]},
        {"kind": "rumour"},
        {"problem": ""},
    ],
)
def test_a_content_that_is_no_lesson_is_none(changed: dict[str, object]) -> None:
    """It comes out of the graph: whatever it holds, nothing fails on it."""
    kept = taught("a", a_lesson())

    assert lesson_of(kept) is not None
    assert lesson_of(replace(kept, content={**kept.content, **changed})) is None


def test_a_foreseen_probability_beyond_any_float_is_unknown() -> None:
    """The lesson itself still counts."""
    kept = taught("a", a_lesson())
    lesson = lesson_of(replace(kept, content={**kept.content, "foreseen": 10**400}))

    assert lesson is not None
    assert lesson.foreseen is None
