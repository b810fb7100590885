"""What labels and confirmations teach, and what they don't."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.entities.diagnoses import Analysis, Chain, Suspect, Verdict
from labo.domain.entities.problems import ProblemKind, problem_key
from labo.domain.entities.series import Case, SeriesKey, Topology
from labo.domain.knowledge.experiences import BYSTANDER, Example, Experience, Lesson, lesson_of
from labo.domain.knowledge.knowledge import Knowledge
from labo.domain.learning.labelled_incidents import (
    MAX_BYSTANDERS,
    MAX_FEATURES,
    Cause,
    Claimed,
    case_id,
    cause_of,
    claims,
    correcting,
    lesson_about,
    lessons_of,
)
from labo.errors import InvalidInput
from tests.builders.experiences import AT, a_lesson, numbered, taught
from tests.builders.faults import a_fault

UNSURE = Analysis("c", Verdict.INCONCLUSIVE, (), (), (), (), None)


def claimed(*suspects: Suspect, states: tuple[str, ...] = ()) -> Analysis:
    chains = (Chain((suspects[0].component,), states),) if states else ()
    return Analysis("c", Verdict.LIKELY, suspects, chains, (), (), None)


def only(case_label: tuple[str, ...], analysis: Analysis = UNSURE) -> Lesson:
    case = a_fault("full disk", label=case_label)
    [lesson] = lessons_of(case, Claimed(analysis)).lessons
    return lesson


def test_a_problems_name_is_learnt_where_the_diagnosis_finds_the_cause() -> None:
    """The same label on the same role is the same problem, whatever the component is called."""
    lesson = only(("full disk",), claimed(Suspect("db", None, 0.7), Suspect("web", None, 0.2)))

    assert (lesson.component, lesson.title) == ("db", "full disk")
    assert lesson.problem == problem_key(lesson.role, ProblemKind.ALERT, "full disk")
    assert lesson.readings["disk_used"] > 5
    assert (lesson.foreseen, lesson.verdict) == (0.7, "LIKELY")


def test_without_a_suspect_the_target_is_looked_at_and_nothing_was_claimed() -> None:
    """What was not claimed can't be held against the calibration."""
    lesson = only(("full disk",))

    assert (lesson.component, lesson.foreseen, lesson.verdict) == ("web", None, None)


def test_a_component_names_the_problem_of_its_strongest_condition() -> None:
    """As a diagnosis names it, so that both speak of the same problem."""
    by_reading = only(("db",))
    by_chain = only(("db",), claimed(Suspect("db", "another", 0.6), states=("errors:high",)))

    assert by_reading.problem == problem_key(
        by_reading.role, ProblemKind.METRIC, by_reading.title.split(" ")[0] + ":high"
    )
    assert by_chain.title == f"errors high on {by_chain.role}"
    assert (by_chain.kind, by_chain.foreseen) == (ProblemKind.METRIC, 0.0)


def test_where_nothing_deviates_a_component_alone_teaches_nothing() -> None:
    """A problem without a condition could never be told from another."""
    case = a_fault("full disk", label=("db",))
    quiet = replace(case, series={k: s for k, s in case.series.items() if k.metric == "memory"})
    found = lessons_of(quiet, Claimed())

    assert (found.lessons, bool(found.refused)) == ((), True)


def test_several_causes_are_learnt_only_where_components_tell_them_apart() -> None:
    """Else the deviations of one would be taught as the other's."""
    apart = lessons_of(a_fault("full disk", label=("full disk@db", "slow@web")), Claimed())
    mixed = lessons_of(a_fault("full disk", label=("full disk", "cache flush")), Claimed())
    together = lessons_of(a_fault("full disk", label=("full disk@db", "slow@db")), Claimed())

    assert [one.component for one in apart.lessons] == ["db", "web"]
    assert mixed.lessons == together.lessons == ()
    assert "not told apart" in mixed.refused


def test_labels_are_components_problems_or_both() -> None:
    """A component that the case does not have is a typo, not a problem."""
    known = ("db", "web")
    assert cause_of("db", known) == Cause(None, "db")
    assert cause_of("full disk", known) == Cause("full disk", None)
    assert cause_of("full@disk@db", known) == Cause("full@disk", "db")
    assert cause_of("full disk @ db", known) == Cause("full disk", "db")
    assert cause_of("@odd", known) == Cause("@odd", None)
    with pytest.raises(InvalidInput, match="'dbb'"):
        cause_of("full disk@dbb", known)


def test_a_known_problem_is_looked_for_on_its_own_role() -> None:
    """A person names a problem only: it is on whichever suspect can have it, or nowhere."""
    case = replace(a_fault("full disk"), roles={"db": "database", "web": "gateway"})
    analysis = claimed(Suspect("web", None, 0.6), Suspect("db", None, 0.3))
    found = lesson_about(case, Cause("full disk", None, "k", "database"), Claimed(analysis))

    assert found is not None
    assert (found.problem, found.component, found.foreseen) == ("k", "db", 0.3)
    assert lesson_about(case, Cause("x", None, "k", "queue"), Claimed()) is None


def test_the_same_again_is_nothing_new_and_another_word_is_a_correction() -> None:
    """Changing one's mind twice ends where the last word is."""

    def say(problem: str, earlier: list[Experience]) -> list[Experience]:
        new = correcting("i1", [a_lesson(problem)], earlier, system="shop", at=AT)
        return numbered(new, len(earlier) + 1)

    kept = say("p1", [])
    assert say("p1", kept) == []
    kept += say("p2", kept)
    assert kept[1].replaces == (kept[0].id,)
    kept += say("p1", kept)
    assert kept[2].replaces == (kept[1].id,)
    assert len({one.id for one in kept}) == 3
    assert lesson_of(kept[2]) == lesson_of(kept[0])
    kept += numbered(correcting("i1", [], kept, system="shop", at=AT), 4)
    assert (kept[3].replaces, lesson_of(kept[3])) == ((kept[2].id,), None)
    assert correcting("i1", [], kept, system="shop", at=AT) == []
    assert len(say("p1", kept)) == 1


def test_a_case_is_its_data_whatever_it_is_called() -> None:
    """A copied folder is not a second incident; other values are."""
    case = a_fault("full disk")

    assert case_id(replace(case, name="copy", label=("x",)), "shop") == case_id(case, "shop")
    assert case_id(a_fault("full disk", seed=2), "shop") != case_id(case, "shop")
    assert case_id(case, "other") != case_id(case, "shop")


def test_a_new_problem_is_placed_without_what_is_known_of_others() -> None:
    """The known ones would be suspected of what they never did, elsewhere."""
    case = a_fault("full disk")
    misled = replace(
        claims(case, Knowledge()), shown=claimed(Suspect("web", "lock contention", 0.9))
    )
    [lesson] = lessons_of(case, misled).lessons

    assert (lesson.component, lesson.right) == ("db", False)


def beside(case: Case, *names: str) -> Case:
    """`case` with more components, each of which does what `web` does."""
    copies = {
        SeriesKey(name, key.metric): one
        for name in names
        for key, one in case.series.items()
        if key.component == "web"
    }
    roles = {"db": "database", "web": "service"} | dict.fromkeys(names, "cache")
    topology = Topology((*case.topology.components, *names), (("web", "db"),))
    return replace(case, series={**case.series, **copies}, topology=topology, roles=roles)


def test_a_lesson_carries_its_cause_and_the_bystanders() -> None:
    """Each by its role and pattern; what did not move is not in it."""
    case = beside(a_fault("full disk", label=("full disk@db",)), "redis")
    [lesson] = lessons_of(case, Claimed()).lessons
    cause, *others = lesson.examples

    assert (cause.role, cause.title) == ("database", "full disk")
    assert cause.pattern["disk_used"] > 5
    assert cause.pattern["disk_used~top"] > 3
    assert [(one.role, one.title) for one in others] == [
        ("cache", BYSTANDER),
        ("service", BYSTANDER),
    ]
    assert all(one.pattern["latency"] > 3 for one in others)
    assert not any("disk_used" in one.pattern for one in others)


def test_other_causes_of_the_same_case_are_no_bystanders() -> None:
    """Else the weights would learn that a cause is none."""
    case = beside(a_fault("full disk", label=("full disk@db", "slow@web")), "redis")
    lessons = lessons_of(case, Claimed()).lessons

    assert [[(one.role, one.title) for one in lesson.examples] for lesson in lessons] == [
        [("database", "full disk"), ("cache", BYSTANDER)],
        [("service", "slow"), ("cache", BYSTANDER)],
    ]


def test_of_many_bystanders_those_that_moved_most_are_kept() -> None:
    """They are the ones that a cause is mistaken for."""
    calm = tuple(f"calm{i}" for i in range(MAX_BYSTANDERS + 10))
    case = a_fault("full disk", label=("full disk@db",))
    case = replace(case, topology=Topology((*calm, *case.topology.components), ()))
    [lesson] = lessons_of(case, Claimed()).lessons

    assert len(lesson.examples) == 1 + MAX_BYSTANDERS
    assert lesson.examples[1].pattern["latency"] > 3
    assert all(one.pattern == {} for one in lesson.examples[2:])


def test_of_very_many_metrics_an_example_keeps_those_that_moved_most() -> None:
    """A lesson is kept for good, and a component may have thousands of metrics."""
    case = a_fault("full disk", label=("full disk@db",))
    moved = max(
        (key for key in case.series if key.component == "db"),
        key=lambda key: abs(lessons_of(case, Claimed()).lessons[0].readings.get(key.metric, 0.0)),
    )
    copies = {SeriesKey("db", f"copy{i}"): case.series[moved] for i in range(MAX_FEATURES)}
    [lesson] = lessons_of(replace(case, series={**case.series, **copies}), Claimed()).lessons
    pattern = lesson.examples[0].pattern

    assert len(pattern) == MAX_FEATURES
    assert min(map(abs, pattern.values())) > 3


some_examples = st.lists(
    st.builds(
        Example,
        st.text(),
        st.text(),
        st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)),
    ),
    max_size=4,
)


@given(some_examples.map(tuple))
def test_examples_are_kept_as_they_are(examples: tuple[Example, ...]) -> None:
    """Through the text that the graph keeps, to the last bit."""
    kept = taught("a", replace(a_lesson(), examples=examples))
    read = replace(kept, content=json.loads(json.dumps(kept.content)))

    for one in (kept, read):
        lesson = lesson_of(one)
        assert lesson is not None
        assert lesson.examples == examples


GOOD = {"role": "database", "title": "p1 happens", "pattern": {"latency": 9.0}}


@pytest.mark.parametrize(
    "bad",
    [
        3,
        "text",
        None,
        {},
        {**GOOD, "role": 1},
        {**GOOD, "title": None},
        {**GOOD, "pattern": [9.0]},
        {**GOOD, "pattern": {"latency": "9"}},
        {**GOOD, "pattern": {"latency": float("nan")}},
        {**GOOD, "pattern": {"latency": True}},
    ],
)
def test_malformed_examples_are_skipped_and_the_lesson_still_counts(bad: object) -> None:
    """They help; readings and problem teach without them."""
    kept = taught("a")
    mixed = lesson_of(replace(kept, content={**kept.content, "examples": [bad, GOOD]}))
    none = lesson_of(replace(kept, content={**kept.content, "examples": bad}))
    expected = replace(a_lesson(), examples=(Example("database", "p1 happens", {"latency": 9.0}),))

    assert mixed == expected
    assert none == a_lesson()


def test_a_lesson_of_before_there_were_examples_still_counts() -> None:
    """Graphs are older than this."""
    kept = taught("a")
    old = {name: value for name, value in kept.content.items() if name != "examples"}

    assert lesson_of(replace(kept, content=old)) == a_lesson()
