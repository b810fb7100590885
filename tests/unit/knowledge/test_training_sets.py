"""Training examples as they travel."""

from __future__ import annotations

import json

import pytest

from labo.domain.knowledge import training_sets
from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample
from labo.domain.knowledge.training_sets import from_record, to_record
from labo.errors import InvalidInput

EXAMPLES = (
    TrainingExample("database", "slow query", {"call.duration.p95": 9.5, "cpu~top": -1.2}, "k1"),
    TrainingExample("service", NON_ROOT, {"call.duration.p95": 7.0}),
    TrainingExample("service", "crash", {}, "k2"),
)
GOOD = {"title": "t", "problem": "p", "cause": [0, [0, 1.0]]}


def a_record(**incident: object) -> dict[str, object]:
    return {"roles": ["db"], "features": ["cpu"], "incidents": [{**GOOD, **incident}]}


def test_what_is_written_is_read_again() -> None:
    """Roles, titles, features and which affected components belong to which incident."""
    record = json.loads(json.dumps(to_record(EXAMPLES)))

    assert from_record(record) == EXAMPLES
    assert from_record(None) == ()


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ([1], r"\$\.training"),
        ({"roles": "db"}, r"roles"),
        (a_record(title=""), r"incidents\[0\]\.title"),
        (a_record(problem=None), r"incidents\[0\]\.problem"),
        (a_record(cause=[1, []]), r"incidents\[0\]\.cause"),
        (a_record(cause=[0, [0]]), r"incidents\[0\]\.cause"),
        (a_record(cause=[0, [-1, 2.0]]), r"incidents\[0\]\.cause"),
        (a_record(cause=[0, [True, 2.0]]), r"incidents\[0\]\.cause"),
        (a_record(cause=[0, [0, float("inf")]]), r"incidents\[0\]\.cause"),
        (a_record(affected=[[0, ["cpu", 1.0]]]), r"affected\[0\]"),
        (a_record(affected="all"), r"affected"),
    ],
)
def test_what_is_no_training_set_names_its_place(record: object, place: str) -> None:
    """Nothing of a foreign file is trusted."""
    with pytest.raises(InvalidInput, match=place):
        from_record(record)


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it fills the memory."""
    monkeypatch.setattr(training_sets, "MOST_NUMBERS", 2)

    with pytest.raises(InvalidInput, match="too many"):
        from_record(to_record(EXAMPLES))
