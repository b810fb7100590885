"""A run: the same records for the same seed, arms in step, load in shape, sink always closed."""

from __future__ import annotations

import pytest

from engine.description.model import Bursts, Daily, Entry, Load
from engine.description.model import Operation as Described
from engine.draws import root
from engine.faults.effects import Kind
from engine.faults.schedule import Fault
from engine.records import Hop, Status
from engine.simulate import simulate
from engine.simulation.load import rate_at
from engine.simulation.service import service_time
from engine.simulation.system import Operation
from tests.unit.engine.observed import Records, client_time, healthy, observe, server_time, shop


def test_the_same_seed_gives_the_same_records() -> None:
    """Hops, lines and samples of two runs are equal one by one; another seed's are not."""
    fault = Fault(kind=Kind.BAD_DEPLOY, target="auth", onset=2, duration=6)
    first, second = observe(fault, seconds=12), observe(fault, seconds=12)
    other = Records()
    simulate(shop(), seed=8, seconds=12, faults=[fault], sink=other)

    assert first.all_hops == second.all_hops
    assert (first.lines, first.samples) == (second.lines, second.samples)
    assert (first.summary, first.closed) == (second.summary, 1)
    assert [hop.sent for hop in first.all_hops] != [hop.sent for hop in other.all_hops]


def test_two_arms_draw_the_same_for_the_same_call() -> None:
    """With more workers at one component, arrivals and undisturbed service times stay equal."""
    components = dict(shop().components)
    components["store"] = components["store"].model_copy(update={"workers": 30})
    arm = observe(system=shop().model_copy(update={"components": components}))

    def arrivals(records: Records) -> list[tuple[int, float]]:
        return [(hop.trace, hop.sent) for hop in records.all_hops if hop.depth == 0]

    def checks(records: Records) -> dict[int, float]:
        return {h.trace: round(server_time(h), 9) for h in records.hops("auth")}

    assert dict(arrivals(arm)) == dict(arrivals(healthy()))
    shared = checks(arm).items() & checks(healthy()).items()
    assert len(shared) > 0.8 * len(checks(arm))


def test_hops_of_a_trace_hang_together() -> None:
    """Parents exist and enclose their children in time; depth counts from the edge."""
    by_span = {hop.span: hop for hop in healthy().all_hops}

    def is_within(hop: Hop, parent: Hop) -> bool:
        asynchronous = parent.component == "mail"
        return parent.started <= hop.sent and (asynchronous or hop.answered <= parent.ended)

    children = [hop for hop in healthy().all_hops if hop.parent in by_span]
    assert len(by_span) == healthy().summary.hops == len(healthy().all_hops)
    assert all(is_within(hop, by_span[hop.parent or 0]) for hop in children)
    assert all(hop.depth == by_span[hop.parent or 0].depth + 1 for hop in children)
    assert {hop.component for hop in healthy().all_hops if hop.parent is None} == {"edge"}
    assert all(hop.sent <= hop.started <= hop.ended <= hop.answered for hop in children)


def test_a_caller_sees_the_network_and_the_queue_besides_the_service() -> None:
    """Client time = two ways of 0.5 ms + wait for a worker + server time."""
    for hop in healthy().hops("store"):
        if hop.status is Status.OK and "db.client.connection.wait_time" not in hop.values:
            assert client_time(hop) == pytest.approx(0.001 + hop.queue_wait + server_time(hop))


def test_gauges_are_sampled_at_equal_intervals() -> None:
    """Each component reports at 2, 4, 6 … s what it has; units go with the metrics."""
    samples = healthy().samples
    times = sorted({sample.at for sample in samples})
    kinds = {sample.metric for sample in samples if sample.component == "shop"}

    assert times == pytest.approx([2.0 * n for n in range(1, 13)])
    assert kinds == {
        "db.client.connection.count", "db.client.connection.pending_requests",
        "process.cpu.utilization", "process.memory.usage", "queue.length",
        "system.cpu.utilization", "workers.busy",
    }  # fmt: skip
    assert all(0.0 <= s.value <= 1.0 for s in samples if s.unit == "1")


def test_the_processor_time_told_is_that_of_the_hops() -> None:
    """Utilisation times cores is the sum of service times over the whole run."""
    told = [
        each.value
        for each in healthy().samples
        if (each.component, each.metric) == ("auth", "process.cpu.utilization")
    ]
    served = sum(server_time(hop) for hop in healthy().hops("auth", 0.0, 24.0))

    assert sum(told) * 2.0 * 2 == pytest.approx(served, rel=0.25)


def test_load_follows_the_day_and_bursts() -> None:
    """A sine over the period; one burst in each stretch, of its length and factor."""
    daily = Load.model_validate(
        {"rate": 10, "entries": [{"component": "a", "operation": "b"}]}
        | {"daily": Daily(amplitude=0.5, period=100)}
    )
    burst = daily.model_copy(
        update={"daily": None, "bursts": Bursts(every=100, length=10, factor=3)}
    )

    assert [rate_at(daily, 1, t) for t in (0, 25, 75)] == pytest.approx([10, 15, 5])
    rates = [rate_at(burst, 1, t / 10) for t in range(5000)]
    assert rates.count(30.0) == pytest.approx(500, abs=5)
    assert set(rates) == {10.0, 30.0}


def test_more_requests_arrive_at_a_higher_weight() -> None:
    """Entries share the requests by their weights."""
    load = shop().load
    entries = (
        Entry(component="edge", operation="buy", weight=3.0),
        Entry(component="mail", operation="publish"),
    )
    shared = shop().model_copy(update={"load": load.model_copy(update={"entries": entries})})
    seen = observe(system=shared)

    at_edge = len(seen.hops("edge", 0, 40))
    direct = sum(hop.parent is None for hop in seen.hops("mail", 0, 40))
    assert at_edge / direct == pytest.approx(3.0, rel=0.25)


class _Interrupting(Records):
    def hop(self, hop: Hop) -> None:
        super().hop(hop)
        if len(self.all_hops) == 50:
            raise KeyboardInterrupt


def test_a_run_that_is_stopped_closes_its_sink() -> None:
    """What was told until then is kept and written out."""
    sink = _Interrupting()

    with pytest.raises(KeyboardInterrupt):
        simulate(shop(), seed=1, seconds=60, sink=sink)
    assert (len(sink.all_hops), sink.closed) == (50, 1)


@pytest.mark.parametrize(("seconds", "interval"), [(0, 1), (5, 0), (float("nan"), 1)])
def test_a_run_of_no_length_is_refused(seconds: float, interval: float) -> None:
    """Both times must be above 0: an interval of 0 would never end."""
    with pytest.raises(ValueError, match="must be above 0"):
        simulate(shop(), seed=1, seconds=seconds, interval=interval, sink=Records())


@pytest.mark.parametrize(
    ("kind", "mean"), [("lognormal", 1.1331), ("exponential", 1.4427), ("constant", 1.0)]
)
def test_service_times_follow_their_law(kind: str, mean: float) -> None:
    """The mean of many draws is that of the law with a median of 1 s."""
    described = Described.model_validate({"service": {"kind": kind, "median": 1, "spread": 0.5}})
    operation = Operation("a", described, False)
    times = [service_time(operation, root(1, request)) for request in range(20_000)]

    assert sum(times) / len(times) == pytest.approx(mean, rel=0.02)


def test_each_hop_names_the_components_from_the_edge_down_to_it() -> None:
    """Also of messages that nobody waits for, whose caller is told before them."""
    paths = {hop.component: hop.path for hop in healthy().all_hops}

    assert paths["store"] == "edge/shop/store"
    assert paths["sender"] == "edge/mail/sender"
    assert {hop.path.count("/") - hop.depth for hop in healthy().all_hops} == {0}
