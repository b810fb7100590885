"""The answer after labels of every kind and number, beside the one by telemetry alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.diagnoses import SURENESS, Analysis, Verdict
from labo.domain.entities.series import Case
from labo.domain.knowledge.knowledge import Knowledge
from tests.builders.labelled_systems import FAULTS, a_fault, a_label, a_label_of, knowledge_of

ALONE = {
    "raises": Verdict.LIKELY,
    "is slow": Verdict.LIKELY,
    "burns cpu": Verdict.LIKELY,
    "leaks threads": Verdict.LIKELY,
}
"""The verdict by telemetry alone: the latter two show least over the unknown problem."""


def by_component(found: Analysis) -> dict[str, float]:
    """The share of each listed component, whatever its problem, in the order of the list."""
    shares: dict[str, float] = {}
    for suspect in found.suspects:
        shares[suspect.component] = shares.get(suspect.component, 0.0) + suspect.probability
    return shares


def shown(case: Case, known: Knowledge | None) -> tuple[Verdict, str, float]:
    found = analyse(case, known)
    leading = found.suspects[0].component
    return found.verdict, leading, by_component(found)[leading]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("count", [1, 2, 5, 20])
@pytest.mark.parametrize(
    "about",
    [
        [("same", "payments")],
        [("same", "sqlite")],
        [("other", "sqlite"), ("other", "web"), ("other", "orders")],
        [("same", "web"), ("other", "payments")],
    ],
    ids=["the same fault", "the same fault elsewhere", "other faults", "both"],
)
def test_after_any_number_of_labels_the_right_component_stays_the_answer(
    fault: str, count: int, about: Sequence[tuple[str, str]]
) -> None:
    """As sure as by telemetry alone, whatever the labels are about."""
    case = a_fault(fault, "payments", seed=3)
    alone = shown(case, None)
    labels = [
        a_label(fault if which == "same" else other_than(fault, n), component, seed=100 + n)
        for n in range(count)
        for which, component in [about[n % len(about)]]
    ]
    verdict, leading, share = shown(case, knowledge_of(labels))

    assert alone[:2] == (ALONE[fault], "payments")
    assert leading == "payments"
    assert SURENESS.index(verdict) >= SURENESS.index(alone[0])
    assert share >= alone[2] - 0.15


def other_than(fault: str, number: int) -> str:
    others = [one for one in FAULTS if one != fault]
    return others[number % len(others)]


def test_one_wrong_label_changes_no_answer_and_leaves_none() -> None:
    """Confirming the wrong component moves the right one a little, until it is taken back."""
    case = a_fault("raises", "payments", seed=3)
    wrong = a_label_of(a_fault("raises", "payments", seed=4), "raises", "orders")
    alone, misled = shown(case, None), shown(case, knowledge_of([wrong]))

    assert misled[:2] == alone[:2]
    assert misled[2] >= alone[2] - 0.25
    assert analyse(case, knowledge_of([])) == analyse(case, Knowledge())


def test_the_name_is_free_where_the_component_is_not() -> None:
    """One label is enough to name the problem, and does not move the component much."""
    case = a_fault("is slow", "payments", seed=5)
    found = analyse(case, knowledge_of([a_label("is slow", "orders", seed=6)]))

    assert (found.suspects[0].component, found.suspects[0].problem) == ("payments", "is slow")
    assert by_component(found)["payments"] == pytest.approx(
        by_component(analyse(case))["payments"], abs=0.1
    )


def test_of_an_uncertain_name_the_component_stays_as_sure() -> None:
    """Two names fit as well: neither leads clearly, and the component still does."""
    case = a_fault("is slow", "payments", seed=5)
    one = a_label("is slow", "payments", seed=6)
    twin = replace(one, problem="twin", title="waits for a lock")
    found = analyse(case, knowledge_of([one, twin]))

    assert found.verdict is Verdict.LIKELY
    assert found.suspects[0].component == "payments"
    assert found.suspects[0].probability < 0.6
