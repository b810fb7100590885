"""What `labo doctor` says about the outbox."""

from __future__ import annotations

import pytest

from graph.jobs import Backlog
from labo.cli.consistency import verdict_on_backlog
from labo.stack.doctor import Verdict


@pytest.mark.parametrize(
    ("backlog", "verdict", "text"),
    [
        (Backlog(0, None, None, 0), Verdict.OK, "0 waiting"),
        (Backlog(3, 40, 9, 0), Verdict.OK, "3 waiting, the oldest for 40 s"),
        (Backlog(3, 4_000, None, 0), Verdict.WARN, "3 waiting, the oldest for 4000 s"),
        (Backlog(0, None, None, 2), Verdict.WARN, "0 waiting; 2 failed for good"),
        (
            Backlog(3, 400, 90, 2),
            Verdict.FAIL,
            "3 waiting, the oldest for 400 s; one is due for 90 s and isn't sent",
        ),
    ],
)
def test_work_that_nobody_sends_is_a_failure(backlog: Backlog, verdict: Verdict, text: str) -> None:
    """Work that is late or was given up is a warning; each says what to do."""
    check = verdict_on_backlog(backlog)

    assert (check.verdict, check.text) == (verdict, text)
    assert bool(check.hint) == (verdict is not Verdict.OK)
