"""What a run of the live bench prints and draws."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from graphql import build_schema, parse, validate

import api.graphql
from benchmarks.live.moments import Moment, State
from benchmarks.live.pace import QUICK
from benchmarks.live.plot import COLOURS, svg
from benchmarks.live.report import tables
from benchmarks.live.results import SequenceResult, StepResult, read
from benchmarks.live.scores import Score, Times
from benchmarks.live.stack import CONFIRM, INCIDENTS, Sizes


def step(number: int, *, right_s: float | None, labels: int = 0) -> StepResult:
    found = Score(
        opened_s=12.0,
        right_s=right_s,
        right_share=0.9 if right_s else 0.0,
        flips=1,
        wrong_share=0.25,
        moments=40,
        incidents=1,
        joined=0,
        joined_over=0,
        resolved_s=None,
        problems=4,
        mixed=0,
        title="orders | slow",
        answer="LIKELY payments 70%",
    )
    seen = (
        Moment(0.0, State.NOTHING),
        Moment(3.0, State.SURE_AND_WRONG, "i1", title="a < b"),
        Moment(6.0, State.SURE_AND_WRONG, "i1", title="a < b"),
        Moment(9.0, State.RIGHT, "i1"),
    )
    return StepResult(
        app="web",
        number=number,
        kind="slow",
        component="payments",
        accepted=("payments",),
        after_labels=labels,
        confirmed=False,
        times=Times(1_060.0, 1_120.0),
        control="orders",
        score=found,
        moments=seen,
        sequence="labels-1",
        on_empty=number == 1,
    )


RESULT = SequenceResult(
    name="labels-1",
    apps=("web",),
    began=1_000.0,
    ended=1_300.0,
    steps=(step(1, right_s=30.0), step(2, right_s=None, labels=1)),
    normal_s=120.0,
    false_incidents=("a false one",),
    sizes=Sizes(problems=9, edges=30, loops=1, both_ways=2),
    load=1.5,
)


def test_totals_stand_beside_their_aims_with_intervals() -> None:
    """One of one on an empty graph, none of one later; sure and wrong by moments."""
    totals = {str(row[0]): str(row[1]) for row in tables([RESULT], QUICK)[2].rows}

    assert totals["right within 90 s, empty graph"] == "1/1 (0.21 to 1.00)"
    assert totals["right within 90 s, later faults"] == "0/1 (0.00 to 0.79)"
    assert totals["right within 90 s, after 1 labels"] == "0/1 (0.00 to 0.79)"
    assert totals["sure and wrong, of all moments"] == "20/80"
    assert totals["false incidents in normal system-hours"] == "1 in 0.03"
    assert totals["at most 2 problems on each component"] == "0/2 (0.00 to 0.66)"
    assert totals["control right, empty graph"] == "0/1 (0.00 to 0.79)"


def test_of_a_disturbance_only_a_sure_wrong_answer_and_what_stays_open_count() -> None:
    """No answer is expected, so that it is neither right nor late."""
    first, second = RESULT.steps
    disturbed = replace(first, kind="load-test", expects_answer=False, open_at_end=2)
    faults, _, totals = tables([replace(RESULT, steps=(disturbed, second))], QUICK)
    figures = {str(row[0]): str(row[1]) for row in totals.rows}
    row = dict(zip(faults.columns, faults.rows[0], strict=True))

    assert (row["right, s"], row["right in the window"]) == ("-", "-")
    assert row["resolved, s"] == "never, 2 open"
    assert figures["right within 90 s, empty graph"] == "-"
    assert figures["sure and wrong, of all moments"] == "20/80"


def test_a_sequence_that_was_ended_half_way_says_so() -> None:
    """Beside the faults that were complete."""
    faults, sequences, _ = tables([replace(RESULT, is_complete=False)], QUICK)

    assert len(faults.rows) == 2
    assert sequences.rows[0][0] == "labels-1, ended half-way"


def test_a_bar_in_a_title_does_not_break_the_table() -> None:
    """Telemetry names what it likes."""
    faults, sequences, _ = tables([RESULT], QUICK)

    assert all(len(row) == len(faults.columns) for row in faults.rows)
    assert "orders / slow" in faults.markdown()
    assert "a false one" in sequences.markdown()


def test_the_picture_has_a_bar_for_each_change_in_its_colour() -> None:
    """Beside the legend's; and is well-formed whatever a title holds."""
    colours = [element.get("fill") for element in ElementTree.fromstring(svg(RESULT)).iter()]  # noqa: S314  # our own

    assert colours.count(COLOURS[State.NOTHING]) == 2 + 1
    assert colours.count(COLOURS[State.SURE_AND_WRONG]) == 2 + 1
    assert colours.count(COLOURS[State.UNDIAGNOSED]) == 1


@pytest.mark.parametrize("query", [INCIDENTS, CONFIRM])
def test_what_the_bench_asks_is_in_the_schema(query: str) -> None:
    """So that a change of the schema is noticed here, and not by a run of hours."""
    schema = build_schema(Path(api.graphql.__file__).with_name("schema.graphql").read_text())

    assert validate(schema, parse(query)) == []


def test_what_a_run_wrote_is_read_as_it_was(tmp_path: Path) -> None:
    """So that the tables of several runs can be printed together."""
    file = tmp_path / "moments.json"
    file.write_text(json.dumps([RESULT.as_dict()], default=list))

    assert read(file) == [RESULT]
