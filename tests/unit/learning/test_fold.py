"""The learner's state is a pure function of the experiences that count."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.entities.conditions import Direction, condition_key
from labo.domain.entities.diagnoses import Verdict
from labo.domain.knowledge.calibration import Claim, calibrate
from labo.domain.knowledge.experiences import Experience, ExperienceKind, LabelledIncident
from labo.domain.learning.snapshots import read_state, state_digest, state_text
from labo.domain.learning.state import (
    MAX_LABELLED,
    MOST_RECORDS,
    Foreseen,
    LearnerState,
    Ranges,
    before_seq,
    calibration,
    effects,
    fold,
    is_in,
    with_range,
)
from labo.errors import InvalidInput
from tests.builders.experiences import AT, a_labelled_incident, labelled, numbered, tried
from tests.builders.training_set import DISK, a_training_example

METRICS = ("latency", "cpu", "errors")
HIGH = condition_key("database", "latency", Direction.HIGH)


def labelled_incidents() -> st.SearchStrategy[LabelledIncident]:
    plain = st.builds(
        a_labelled_incident,
        st.sampled_from(("p1", "p2", "p3")),
        st.dictionaries(st.sampled_from(METRICS), st.floats(-10, 10)),
        role=st.sampled_from(("database", "cache")),
        foreseen=st.none() | st.floats(0, 1),
        verdict=st.sampled_from((None, "LIKELY", "CONFIRMED")),
    )
    return plain | plain.map(with_example)


def with_example(labelled_incident: LabelledIncident) -> LabelledIncident:
    return replace(labelled_incident, training_examples=(a_training_example(DISK),))


def streams() -> st.SearchStrategy[list[Experience]]:
    one = st.one_of(
        st.builds(labelled, st.just(""), labelled_incidents(), authenticated=st.booleans()),
        st.builds(
            tried,
            st.just(""),
            worked=st.booleans(),
            template=st.sampled_from(("restart", "scale", "flush")),
            problem=st.sampled_from(("p1", "p2")),
            kind=st.sampled_from((ExperienceKind.ACTION, ExperienceKind.DECISION)),
            attended=st.booleans(),
        ),
        st.just(Experience("", ExperienceKind.EXPERIMENT, "shop", AT, {}, authenticated=True)),
        st.just(
            Experience(
                "", ExperienceKind.LABELLED_INCIDENT, "shop", AT, {"role": 3}, authenticated=True
            )
        ),
    )
    return st.lists(one, max_size=25).map(numbered)


@settings(max_examples=60, deadline=None)
@given(streams(), st.lists(st.integers(0, 25), max_size=4), st.booleans())
def test_any_way_of_cutting_the_stream_gives_the_same_bits(
    stream: list[Experience], cuts: list[int], through_text: bool
) -> None:
    """Chunks, restarts from kept text and experiences seen twice leave no trace."""
    whole = fold(LearnerState(), stream)
    state = LearnerState()
    for low, high in zip([0, *sorted(cuts)], [*sorted(cuts), len(stream)], strict=True):
        state = fold(state, stream[max(low - 2, 0) : high])
        if through_text:
            state = read_state(state_text(state))

    assert state == whole
    assert state_text(state) == state_text(whole)


@settings(max_examples=40, deadline=None)
@given(streams(), st.integers(0, 25))
def test_rolling_back_and_replaying_gives_what_was(stream: list[Experience], cut: int) -> None:
    """What is left out is as if it had never been; letting it count again restores every bit."""
    kept = fold(LearnerState(), stream[:cut])
    left_out = with_range((), kept.position + 1, len(stream))
    rolled_back = fold(replace(kept, left_out=left_out), stream)

    assert replace(rolled_back, position=kept.position, left_out=()) == kept
    assert fold(replace(kept, left_out=before_seq(left_out, cut + 1)), stream) == fold(
        LearnerState(), stream
    )


@settings(max_examples=60, deadline=None)
@given(streams(), st.sets(st.integers(1, 25)))
def test_what_is_taken_back_leaves_no_trace(stream: list[Experience], taken_back: set[int]) -> None:
    """Any labels anywhere in the stream: the state is that of a stream in which nobody trusted
    them, and so is every figure that follows from it."""
    left_out: Ranges = ()
    for seq in taken_back:
        left_out = with_range(left_out, seq, seq)
    never = [replace(one, authenticated=False) if one.seq in taken_back else one for one in stream]
    state, clean = fold(LearnerState(left_out=left_out), stream), fold(LearnerState(), never)

    assert replace(state, left_out=()) == clean
    assert state_text(replace(state, left_out=())) == state_text(clean)
    assert calibration(state) == calibration(clean)


@settings(max_examples=40, deadline=None)
@given(streams(), st.integers(0, 25))
def test_effects_lead_from_any_state_to_any_other(stream: list[Experience], cut: int) -> None:
    """Absolute figures: written over what one state left, they make what the other is."""
    first, last = fold(LearnerState(), stream[:cut]), fold(LearnerState(), stream)
    for before, after in ((first, last), (last, first)):
        written = {pair: s for pair, s in before.signatures.items() if s.hits + s.misses}
        counts = {key: t.labelled_incidents for key, t in before.problems.items()}
        changed = effects(before, after, {})
        written.update({(s.problem, s.condition): s for s in changed.signatures})
        counts.update({key: t.labelled_incidents for key, t in changed.problems.items()})
        for pair, signature in after.signatures.items():
            assert written.get(pair, signature) == signature
        assert {k for k, s in written.items() if s.hits or s.misses} == {
            k for k, s in after.signatures.items() if s.hits or s.misses
        }
        assert {k: n for k, n in counts.items() if n} == {
            k: t.labelled_incidents for k, t in after.problems.items()
        }


def test_one_authenticated_lesson_makes_a_signature() -> None:
    """No second incident is needed; what did not deviate is known to be normal."""
    state = fold(LearnerState(), numbered([labelled("a", a_labelled_incident())]))
    shown = state.signatures["p1", HIGH]

    assert (shown.hits, shown.misses, shown.size_sum) == (1, 0, 9.0)
    assert state.problems["p1"].labelled_incidents == 1


def test_quarantined_experiences_are_read_but_not_learnt() -> None:
    """Whoever can reach a port must not be able to teach."""
    state = fold(LearnerState(), numbered([labelled("a", authenticated=False)]))

    assert state == LearnerState(position=1)


def test_a_missing_number_stops_the_learner() -> None:
    """Learning past a gap would lose what fills it later."""
    with pytest.raises(ValueError, match="experience 1 is missing"):
        fold(LearnerState(), numbered([labelled("a")], first=2))


def test_records_are_bounded_and_the_newest_stay() -> None:
    """Calibration follows what the diagnosis is like now."""
    many = [
        labelled("x", a_labelled_incident(z_scores={}, foreseen=i / 3000, verdict="LIKELY"))
        for i in range(2100)
    ]
    state = fold(LearnerState(), numbered(many))

    assert len(state.records) == MOST_RECORDS
    assert state.records[-1] == Foreseen(2099 / 3000, 2099 / 3000, True, "LIKELY")


def test_lessons_of_a_merged_problem_count_for_what_it_stands_for() -> None:
    """Two names for one problem are one signature in the graph, whichever was taught."""
    before = fold(LearnerState(), numbered([labelled("a", a_labelled_incident("p1"))]))
    after = fold(before, numbered([labelled("b", a_labelled_incident("p2"))], first=2))
    changed = effects(before, after, {"p2": "p1"})
    (shown,) = [s for s in changed.signatures if s.condition == HIGH]

    assert (shown.problem, shown.hits) == ("p1", 2)
    assert {key: one.labelled_incidents for key, one in changed.problems.items()} == {"p1": 2}


def test_ranges_stay_disjoint_and_ascending() -> None:
    """They are searched by bisection."""
    ranges = with_range(with_range(with_range((), 7, 9), 2, 3), 4, 4)

    assert ranges == ((2, 4), (7, 9))
    assert with_range(ranges, 5, 4) == ranges
    assert before_seq(ranges, 8) == ((2, 4), (7, 7))
    assert [seq for seq in range(12) if is_in(seq, ranges)] == [2, 3, 4, 7, 8, 9]


def _written(**changed: object) -> str:
    return json.dumps({**json.loads(state_text(LearnerState())), **changed})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"version": 2}',
        "[" * 100_000,
        _written(problems=[]),
        _written(position=float("inf")),
        _written(records=[[0.5, 0.5, True, "SURELY"]]),
        _written(outcomes=[0.0]),
    ],
)
def test_what_is_not_a_state_is_refused(text: str) -> None:
    """The graph is not trusted: its text is read as data, and only in the form we write."""
    with pytest.raises(InvalidInput, match="invalid learner state"):
        read_state(text)


def test_equal_states_have_one_digest() -> None:
    """The digest is what `replay` compares."""
    stream = numbered([labelled("a"), tried("b")])

    assert state_digest(fold(LearnerState(), stream)) == state_digest(fold(LearnerState(), stream))
    assert state_digest(LearnerState()) != state_digest(fold(LearnerState(), stream))


def test_the_numbers_of_lessons_with_examples_are_kept_in_order() -> None:
    """Neither of those without, nor of quarantined or left out ones, nor of other experiences."""
    shown, plain = with_example(a_labelled_incident()), a_labelled_incident()
    stream = numbered(
        [
            labelled("a", shown),
            labelled("b", plain),
            labelled("c", shown, authenticated=False),
            tried("d"),
            labelled("e", shown),
            labelled("f", shown),
        ]
    )

    assert fold(LearnerState(), stream).labelled_seqs == (1, 5, 6)
    assert fold(LearnerState(left_out=((5, 5),)), stream).labelled_seqs == (1, 6)
    assert fold(fold(LearnerState(), stream[:5]), stream).labelled_seqs == (1, 5, 6)


def test_the_newest_lessons_with_examples_stay() -> None:
    """Weights take longer to learn the more there are."""
    shown = with_example(a_labelled_incident(z_scores={}))
    state = fold(LearnerState(), numbered(labelled("x", shown) for _ in range(MAX_LABELLED + 20)))

    assert state.labelled_seqs == tuple(range(21, MAX_LABELLED + 21))


def test_a_state_from_before_there_were_examples_still_reads() -> None:
    """Snapshots of older graphs can be rolled back to; nothing was taught by example then."""
    state = fold(
        LearnerState(), numbered([labelled("a", with_example(a_labelled_incident())), tried("b")])
    )
    record = json.loads(state_text(state))

    assert read_state(state_text(state)) == state
    assert record.pop("taught") == [1]
    assert read_state(json.dumps(record)) == replace(state, labelled_seqs=())


def test_calibration_follows_the_newer_half() -> None:
    """What was claimed when little was known does not hold down what is claimed now."""
    wrong = [Foreseen(0.9, 0.9, False, "LIKELY")] * 60
    right = [Foreseen(0.9, 0.9, True, "LIKELY")] * 60
    found = calibration(LearnerState(records=(*wrong, *right)))

    assert found == calibrate([Claim(0.9, True, Verdict.LIKELY)] * 60)
    assert found.apply(0.9) > 0.9
