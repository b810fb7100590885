"""Which few metrics carry the diagnosis, on examples that are made to need two of eight."""

from __future__ import annotations

import numpy as np
import pytest

from labo.domain.diagnosis.classification.weights import MIN_CAUSES, learn_weights
from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample
from labo.domain.learning.metric_selection import (
    InformativeMetric,
    collected_as,
    informative_metrics,
    most_informative,
)
from labo.errors import InvalidInput

SHOWN = {"locks": {"lock_wait": 8.0}, "full disk": {"disk_used~trend": 9.0}}
ERRATIC = ("call.duration.p95", "call.rate", "cpu", "memory", "threads", "log.template.1.rate")


def some_training_examples(
    labelled_incidents: int = 40, *, no_fault_role: bool = False
) -> list[TrainingExample]:
    """Half of the labelled incidents each: one metric shows the problem, the others move by chance,
    on a cause as on the two affected components."""
    rng = np.random.default_rng(3)
    titles = [
        title
        for _, title in zip(
            range(labelled_incidents), list(SHOWN) * labelled_incidents, strict=False
        )
    ]
    found = []
    for title in titles:
        for own in (title, NON_ROOT, NON_ROOT):
            moved = dict(zip(ERRATIC, np.round(rng.normal(0, 4, len(ERRATIC)), 2), strict=True))
            features = {f: float(v) for f, v in moved.items() if abs(v) >= 0.7}
            found.append(TrainingExample("db", own, features | SHOWN.get(own, {})))
        if no_fault_role:
            found.append(TrainingExample("web", NON_ROOT, {"call.rate": 5.0, "cpu": -4.0}))
    return found


def test_the_metrics_that_differ_come_first() -> None:
    """By role and metric, a shape under its metric's name; no other is nearly as telling."""
    found = informative_metrics(some_training_examples(), 0.5)

    assert {one.name for one in found[:2]} == {"db:lock_wait", "db:disk_used"}
    assert sum(one.share for one in found[:2]) > 0.7
    assert sum(one.share for one in found) == pytest.approx(1.0)
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)
    assert most_informative(some_training_examples(), 0.5) == tuple(one.name for one in found)


@pytest.mark.parametrize(
    ("share", "most"), [(0.1, 0), (0.125, 1), (0.25, 2), (0.27, 2), (0.5, 4), (1.0, 8)]
)
def test_no_more_than_the_share_are_named(share: float, most: int) -> None:
    """Of the eight that ever moved; those that tell nothing are no part of it."""
    found = most_informative(some_training_examples(), share)

    assert min(most, 2) <= len(found) <= most
    assert len(set(found)) == len(found)
    assert {"db:lock_wait", "db:disk_used"} >= set(found[:2])


def test_lines_are_one_metric_and_roles_are_not() -> None:
    """Ten templates count once; the same metric on another role counts again."""
    lines = {f"log.template.{number}.rate": 6.0 for number in range(10)}
    training_examples = [
        TrainingExample(
            one.role, one.title, dict(one.features) | (lines if one.title == "locks" else {})
        )
        for one in some_training_examples(no_fault_role=True)
    ]

    all_ = most_informative(training_examples, 1.0)

    assert most_informative(training_examples, 0.1) == ("db:log",)
    assert len(all_) <= 10  # eight of the database, two of the other role
    assert {name.partition(":")[2] for name in all_} <= {
        "call.duration.p95", "call.rate", "cpu", "disk_used", "lock_wait", "log", "memory",
        "threads",
    }  # fmt: skip


def test_what_says_no_cause_is_telling_too() -> None:
    """Seen on as many affected components as there are causes in all, it comes behind both causes'
    own."""
    training_examples = [
        TrainingExample(
            one.role, one.title, dict(one.features) | ({"waits": 9.0} if i % 3 == 1 else {})
        )
        for i, one in enumerate(some_training_examples())
    ]

    found = most_informative(training_examples, 0.5)

    assert set(found[:2]) == {"db:lock_wait", "db:disk_used"}
    assert found[2] == "db:waits"


def test_the_order_of_the_examples_does_not_matter() -> None:
    """But for which of two comes first that are nearly even, as these are."""
    training_examples = some_training_examples()
    there, back = (
        informative_metrics(given, 0.25) for given in (training_examples, training_examples[::-1])
    )

    assert {one.name: one.share for one in back} == pytest.approx(
        {one.name: one.share for one in there}, abs=1e-3
    )
    assert informative_metrics(training_examples, 0.25) == there


@pytest.mark.parametrize("share", [0.0, -0.1, 1.01, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    """Nothing is learnt before."""
    with pytest.raises(InvalidInput, match="invalid share") as refused:
        informative_metrics((), share)

    assert (refused.value.where, refused.value.hint) == ("share", "above 0 and up to 1")


def test_too_few_lessons_are_refused_with_how_many_it_takes() -> None:
    """The same number that weights take; one more labelled incident is enough."""
    with pytest.raises(InvalidInput, match="19 root causes and 38 affected components") as refused:
        most_informative(some_training_examples(MIN_CAUSES - 1), 0.2)

    assert refused.value.hint is not None and "20 labelled incidents" in refused.value.hint
    assert len(most_informative(some_training_examples(MIN_CAUSES), 0.25)) == 2


def test_what_weights_say_adds_up_to_their_log_odds() -> None:
    """Metric by metric, without what the role alone says; a feature that nobody knows is silent."""
    weights = learn_weights(some_training_examples())
    assert weights is not None
    features = {"lock_wait": 5.0, "cpu": -3.0, "cpu~swing": 4.0, "log.template.1.rate": 2.0}

    said = weights.contributions(features | {"ghost": 9.0})
    odds, without = weights.log_odds("db", features), weights.log_odds("db", {})
    sums = sum(said.values())

    assert set(said) == {"lock_wait", "cpu", "log"}
    assert not isinstance(sums, int)
    assert {
        title: float(sums[place] - sums[0]) for place, title in enumerate(weights.titles, 1)
    } == pytest.approx({title: odds[title] - without[title] for title in odds})


def test_a_common_name_is_what_the_role_collects() -> None:
    """Calls have the names of their protocols, maybe several; lines have none."""
    collected = ["http.server.request.rate", "rpc.server.rate", "db.client.operation.duration.p95"]

    assert collected_as(InformativeMetric("api", "call.rate", 1.0), collected) == (
        "api:http.server.request.rate",
        "api:rpc.server.rate",
    )
    assert collected_as(InformativeMetric("api", "log", 1.0), [*collected, "log.errors.rate"]) == ()
