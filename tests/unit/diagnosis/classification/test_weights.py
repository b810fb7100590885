"""What tells problems apart, and a cause from its victims, is learnt of many labelled incidents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.classification.learnt import learnt_of
from labo.domain.diagnosis.classification.weights import (
    MIN_CAUSES,
    Weights,
    learn_weights,
    seen_with,
)
from labo.domain.entities.reasons import Reason, ReasonKind
from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample
from tests.builders.problems import SHAPES, a_server, known
from tests.builders.training_set import (
    DISK,
    MOVED,
    QUEUE,
    a_training_example,
    look_alikes,
    server_training_set,
)

ALL = frozenset({"latency", "errors", "disk", "iowait", "queue"})


def learnt(training_examples: Sequence[TrainingExample]) -> Weights:
    found = learn_weights(training_examples)
    assert found is not None
    return found


def odds(weights: Weights, features: dict[str, float]) -> dict[str, float]:
    return weights.log_odds("database", features)


def moved(title: str, *without: str) -> dict[str, float]:
    """What that problem moves, but for the metrics `without`."""
    return {f: v for f, v in MOVED[title].items() if f.partition("~")[0] not in without}


@pytest.mark.parametrize(
    ("causes", "affected", "enough"),
    [
        (MIN_CAUSES - 1, MIN_CAUSES, False),
        (MIN_CAUSES, MIN_CAUSES - 1, False),
        (MIN_CAUSES, MIN_CAUSES, True),
        (0, 0, False),
    ],
)
def test_too_few_lessons_give_no_weights(causes: int, affected: int, enough: bool) -> None:
    """Neither causes alone nor affected components alone tell one from the other."""
    made = [a_training_example(DISK, seed=i) for i in range(causes)]
    made += [a_training_example(NON_ROOT, seed=i) for i in range(affected)]

    assert (learn_weights(made) is not None) is enough
    assert (learnt_of(tuple(made), {}).weights is not None) is enough


def test_a_problem_is_told_from_its_look_alike() -> None:
    """Both slow what they hit; the one metric in which they differ decides."""
    weights = learnt(look_alikes())

    assert weights.titles == (QUEUE, DISK)
    for mine, other in ((DISK, QUEUE), (QUEUE, DISK)):
        found = odds(weights, moved(mine))
        assert found[mine] > 2
        assert found[mine] > found[other] + 3


def test_a_victim_is_no_cause() -> None:
    """It is as slow as the cause, and fails as often: what both show speaks for neither."""
    weights = learnt(look_alikes())
    killed, cause = odds(weights, moved(NON_ROOT)), odds(weights, moved(DISK))

    assert max(killed.values()) < -2
    assert cause[DISK] - killed[DISK] > 5


def test_the_shape_alone_can_tell_apart() -> None:
    """Where the level is the same, the swing may not be."""
    steady, waves = {"latency": 9.0}, {"latency": 9.0, "latency~swing": 6.0}
    made = [TrainingExample("database", "leak", steady)] * 15 + [
        TrainingExample("database", "waves", waves)
    ] * 15
    weights = learnt(made + [TrainingExample("database", NON_ROOT, {})] * 40)

    assert odds(weights, waves)["waves"] > odds(weights, waves)["leak"] + 2
    assert odds(weights, steady)["leak"] > odds(weights, steady)["waves"] + 2


def test_the_way_a_metric_goes_matters() -> None:
    """Too many connections are not too few."""
    made = [TrainingExample("database", "many", {"connections": 8.0})] * 20
    made += [TrainingExample("database", "few", {"connections": -8.0})] * 20
    weights = learnt(made + [TrainingExample("database", NON_ROOT, {})] * 40)

    high, low = odds(weights, {"connections": 8.0}), odds(weights, {"connections": -8.0})

    assert high["many"] > high["few"] + 3
    assert low["few"] > low["many"] + 3


def test_what_was_never_seen_says_nothing() -> None:
    """A metric or role of no labelled incident leaves the odds as they are."""
    weights = learnt(look_alikes())

    assert odds(weights, {"new.metric": 10.0, **moved(DISK)}) == odds(weights, moved(DISK))
    assert weights.log_odds("new role", {}).keys() == {DISK, QUEUE}


def test_the_order_of_examples_does_not_matter() -> None:
    """The loss is convex: it has one least value."""
    made = look_alikes()
    shuffled = [made[i] for i in np.random.default_rng(5).permutation(len(made))]
    one, other = learnt(made), learnt(shuffled)

    assert (one.titles, one.columns) == (other.titles, other.columns)
    np.testing.assert_allclose(one.values, other.values, atol=0.01)


def test_a_metric_that_is_not_measured_is_left_out() -> None:
    """A case without it is named by the others, as if no labelled incident had ever seen it."""
    training_examples = tuple(look_alikes())
    whole = learnt_of(training_examples, {"database": ALL}).weights
    without = learnt_of(training_examples, {"database": ALL - {"disk"}}).weights
    assert whole is not None
    assert without is not None
    here = moved(DISK, "disk")

    assert any(column.startswith("disk") for column in whole.columns)
    assert not any(column.startswith("disk") for column in without.columns)
    assert odds(without, here)[DISK] > odds(whole, here)[DISK] + 0.5
    assert odds(without, here)[DISK] > 1
    assert odds(without, here)[DISK] > odds(without, here)[QUEUE] + 2


def test_only_what_a_role_measures_is_left_of_its_examples() -> None:
    """Roles that the case does not have stay as they are: they still teach."""
    here, elsewhere = a_training_example(DISK), a_training_example(DISK, role="cache")
    found = seen_with([here, elsewhere], {"database": frozenset({"latency", "disk"})})

    assert found[0] == TrainingExample(
        "database", DISK, {"latency": 9.0, "disk": 8.0, "disk~top": 9.0}
    )
    assert found[1] == elsewhere


def test_a_suspect_says_which_metrics_the_weights_blame_it_by() -> None:
    """By what tells it from an affected component and a look-alike, the strongest first; signatures
    follow."""
    labelled = replace(known(), training_examples=tuple(server_training_set(*SHAPES)))
    first = analyse(a_server(["hot lock"], seed=3), labelled).suspects[0]
    said = [r.values for r in first.reasons if r.kind is ReasonKind.WEIGHT_SUPPORTS]

    assert first.problem == "hot lock"
    assert [values["metric"] for values in said][:2] == ["metric3", "metric2"]
    assert [values["odds"] for values in said] == sorted(
        (values["odds"] for values in said), key=lambda odds: -float(odds)
    )
    assert Reason(ReasonKind.WEIGHT_SUPPORTS, said[0]).sentence.startswith(
        "by the weights learnt from labelled incidents, metric3 of server supports hot lock there"
    )
    assert ReasonKind.SIGNATURE_FITS in {r.kind for r in first.reasons}


def test_without_weights_no_suspect_speaks_of_them() -> None:
    """Nothing was learnt of affected components yet."""
    found = analyse(a_server(["hot lock"], seed=3), known())

    assert ReasonKind.WEIGHT_SUPPORTS not in {r.kind for s in found.suspects for r in s.reasons}
