"""A cause that the target does not depend on: it uses what the target depends on."""

from __future__ import annotations

from dataclasses import replace

from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.series import Case
from tests.unit.diagnosis.test_foreign_systems import CPU, LATENCY, a_system, first

CALLS = (("front", "store"), ("job", "store"))


def a_shared_store(**job: tuple[float, float]) -> Case:
    """`front` and `job` use a store, which becomes slow."""
    series = {("front", LATENCY): (0.2, 0.8), ("store", LATENCY): (0.05, 0.65)}
    return a_system(series | {("job", metric): level for metric, level in job.items()}, *CALLS)


def test_a_job_that_does_far_more_than_usual_is_named_before_the_store_that_it_holds() -> None:
    """It writes forty times as many rows; the store's trouble is where that shows."""
    case = a_shared_store(rows_written=(100.0, 4_000.0))

    assert analyse(case).suspects[0].component == "job"


def test_a_store_is_not_claimed_while_who_uses_it_as_well_does_more() -> None:
    """The job's processor time is no explanation in full, and still it may be the cause."""
    found = analyse(a_shared_store(**{CPU: (0.2, 0.5)}))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert {one.component for one in found.suspects} >= {"job", "store"}


def test_another_user_that_only_suffers_is_no_suspect() -> None:
    """It waits for the store as the target does."""
    found = analyse(a_shared_store(**{LATENCY: (0.1, 0.7)}))

    assert first(found) == ("store", Verdict.LIKELY)
    assert "job" not in {one.component for one in found.suspects}


def test_a_store_is_not_claimed_where_another_user_is_not_measured_at_all() -> None:
    """Nobody knows what it does."""
    case = a_shared_store()
    names = (*case.topology.components, "job")
    found = analyse(replace(case, topology=replace(case.topology, components=names)))

    assert first(found) == ("store", Verdict.INCONCLUSIVE)


def test_a_worker_that_takes_no_more_from_a_queue_is_named() -> None:
    """The target waits for the queue; the worker's processor is busy with something else."""
    case = a_system(
        {
            ("front", "delay_seconds"): (2.0, 200.0),
            ("mails", "queue_depth"): (10.0, 600.0),
            ("worker", CPU): (0.3, 0.99),
        },
        ("front", "mails"),
        ("worker", "mails"),
        metric="delay_seconds",
    )

    found = analyse(case)

    assert found.suspects[0].component == "worker"
    assert found.verdict is Verdict.INCONCLUSIVE


def test_who_passes_more_requests_on_is_not_the_origin_of_a_surge() -> None:
    """Traffic comes from callers; the first that has more of it is where it comes in."""
    case = a_system(
        {
            ("front", "requests_per_second"): (5.0, 25.0),
            ("orders", "requests_per_second"): (4.0, 20.0),
            ("cart", "requests_per_second"): (4.0, 20.0),
        },
        ("front", "orders"),
        ("orders", "cart"),
        metric="requests_per_second",
    )

    assert first(analyse(case)) == ("front", Verdict.INCONCLUSIVE)


def test_nothing_is_claimed_behind_a_caller_of_which_nothing_is_measured() -> None:
    """Every request to the store came through it, so that it is not idle."""
    series = {("front", LATENCY): (0.2, 0.8), ("store", LATENCY): (0.05, 0.65)}
    case = a_system(series, ("front", "orders"), ("orders", "store"))
    names = (*case.topology.components, "orders")
    found = analyse(replace(case, topology=replace(case.topology, components=names)))

    assert first(found) == ("store", Verdict.INCONCLUSIVE)


def test_connections_of_the_whole_machine_accuse_none_of_its_services() -> None:
    """Each service sends them in its own name; one that waits for another's end is not waiting."""
    count = "system.network.connections.CLOSE_WAIT.1"
    case = a_system(
        {
            ("front", LATENCY): (0.2, 0.8),
            ("orders", LATENCY): (0.05, 0.45),
            ("orders", count): (3.0, 60.0),
            ("cart", count): (3.0, 90.0),
        },
        ("front", "orders"),
        ("front", "cart"),
    )

    assert first(analyse(case)) == ("orders", Verdict.LIKELY)
