"""The true mechanisms of a description, each rule against a simulation of it."""

from __future__ import annotations

from functools import cache

import pytest

from engine.arm import measurements
from engine.catalogue import load_system
from engine.description.rates import call_rates, response_times
from engine.faults.effects import Kind
from engine.faults.schedule import Fault
from engine.mechanisms.flow import Flow
from engine.mechanisms.truth import Mechanism, mechanisms, related
from engine.simulate import simulate
from engine.telemetry.summaries import Summaries
from tests.unit.engine.observed import shop

SECONDS, ONSET, INTERVAL = 40.0, 15.0, 1.0
SHOWN_FROM = 3.0
SLOW, FAILING, RATE = "duration.p95", "error_ratio", "rate"


@cache
def emitted() -> list[Mechanism]:
    return mechanisms(shop())


def statement(cause: str, effect: str) -> Mechanism | None:
    """Whether `component metric direction` brings another about."""
    for one in emitted():
        names = [_short(x.component, x.metric, x.direction) for x in (one.cause, one.effect)]
        if names == [cause, effect]:
            return one
    return None


def _short(component: str, metric: str, direction: str) -> str:
    known = (SLOW, FAILING, RATE)
    ending = next((each for each in known if metric.endswith(f".{each}")), metric)
    return f"{component} {ending} {direction}"


@cache
def shown(kind: Kind | None, target: str = "") -> dict[str, float]:
    """Deviations in a simulation with the fault, by component and metric."""
    faults = []
    if kind is not None:
        fault = {"kind": kind, "target": target, "onset": ONSET, "duration": SECONDS - ONSET}
        faults = [Fault.model_validate(fault)]
    roles = {name: part.role.value for name, part in shop().components.items()}
    sink = Summaries(roles, INTERVAL)
    simulate(shop(), seed=3, seconds=SECONDS, faults=faults, sink=sink, interval=INTERVAL)
    found = {}
    for name, read in measurements(sink.rows(SECONDS), ONSET, INTERVAL).items():
        component, _, metric = name.partition(":")
        away = read["during"] - read["before"]
        size = away / read["spread"] if read["spread"] else away * float("inf") if away else 0.0
        found[_short(component, metric, "")] = size
    return found


def comes(kind: Kind, target: str, effect: str) -> bool:
    """Whether the simulation shows the effect with the fault and not without."""
    name, _, direction = effect.rpartition(" ")
    sign = 1.0 if direction == "high" else -1.0
    without, within = shown(None).get(f"{name} ", 0.0), shown(kind, target).get(f"{name} ", 0.0)
    return sign * within >= SHOWN_FROM > sign * without


CAUSES = {
    Kind.LATENCY: "duration.p95 high",
    Kind.ERRORS: "error_ratio high",
    Kind.CRASH: "rate low",
    Kind.TRAFFIC_SPIKE: "rate high",
    Kind.QUEUE_BACKLOG: "queue.length high",
    Kind.POOL_EXHAUSTION: "db.client.connection.pending_requests high",
    Kind.CPU_SATURATION: "system.cpu.utilization high",
    Kind.LOW_HIT_RATIO: "cache.entries low",
}


@pytest.mark.parametrize(
    ("kind", "target", "effect", "relation"),
    [
        pytest.param(Kind.LATENCY, "store", "shop duration.p95 high", "callee", id="waits"),
        pytest.param(Kind.LATENCY, "sender", "mail duration.p95 high", None, id="asynchronous"),
        pytest.param(Kind.LATENCY, "auth", "shop error_ratio high", "callee", id="time-out"),
        pytest.param(Kind.LATENCY, "auth", "auth rate low", "same", id="breaker"),
        pytest.param(Kind.LATENCY, "auth", "store rate low", "shared", id="no further calls"),
        pytest.param(Kind.LATENCY, "sender", "sender rate low", "same", id="too few workers"),
        pytest.param(Kind.ERRORS, "mail", "edge error_ratio high", "callee", id="fails"),
        pytest.param(Kind.ERRORS, "shelf", "shop error_ratio high", None, id="not required"),
        pytest.param(Kind.LOW_HIT_RATIO, "shelf", "store duration.p95 high", "shared", id="misses"),
        pytest.param(Kind.CRASH, "shop", "auth rate low", "caller", id="passes nothing on"),
        pytest.param(Kind.TRAFFIC_SPIKE, "edge", "shop rate high", "caller", id="passes on"),
        pytest.param(Kind.QUEUE_BACKLOG, "mail", "edge duration.p95 high", "callee", id="queue"),
        pytest.param(Kind.POOL_EXHAUSTION, "shop", "shop error_ratio high", "same", id="pool"),
        pytest.param(
            Kind.POOL_EXHAUSTION, "shop", "store error_ratio high", "caller", id="told by callers"
        ),
        pytest.param(Kind.CPU_SATURATION, "store", "store duration.p95 high", "same", id="cores"),
        pytest.param(Kind.CPU_SATURATION, "auth", "mail rate low", "shared", id="same host"),
    ],
)
def test_each_rule_says_what_a_simulation_shows(
    kind: Kind, target: str, effect: str, relation: str | None
) -> None:
    """The fault brings the cause about; the effect comes, or stays away, as the rule says."""
    cause = f"{target} {CAUSES[kind]}"

    assert comes(kind, target, cause)
    said = statement(cause, effect)
    assert (said.relation if said else None) == relation
    assert comes(kind, target, effect) == (relation is not None)


def test_clear_statements_and_simulations_agree() -> None:
    """Over all that two faults may touch: at most one in ten statements is off."""
    right = wrong = 0
    for kind, target in ((Kind.LATENCY, "auth"), (Kind.POOL_EXHAUSTION, "shop")):
        cause = f"{target} {CAUSES[kind]}"
        for name in related(shop())[target]:
            for ending in ("duration.p95 high", "error_ratio high", "rate high", "rate low"):
                effect = f"{name} {ending}"
                said = statement(cause, effect)
                if effect != cause and (said is None or said.clear):
                    agreed = (said is not None) == comes(kind, target, effect)
                    right, wrong = right + agreed, wrong + (not agreed)

    assert right >= 40
    assert wrong <= right / 10


@pytest.mark.parametrize("name", ["streaming", "random-12-3", "random-30-1"])
def test_an_undisturbed_flow_is_what_the_description_comes_to(name: str) -> None:
    """Rates and times as `description_rates` has them; nothing fails or waits."""
    system = load_system(name)
    flow = Flow(system)
    rates = call_rates(system)

    assert flow.rate == pytest.approx(rates) and flow.emitted == pytest.approx(rates)
    times = {node: served.mean for node, served in flow.served.items()}
    assert times == pytest.approx(response_times(system, rates))
    assert not any(served.fails for served in flow.served.values())
    assert not any(flow.wait.values()) and {*flow.kept.values()} == {1.0}


def test_relations_are_the_nearest_ones_seen_from_the_effect() -> None:
    """A callee before a caller, and both before what merely shares a host, caller or callee."""
    near = related(shop())["shop"]

    assert near == {
        "shop": "same", "edge": "callee", "auth": "caller", "shelf": "caller", "store": "caller",
        "mail": "shared",
    }  # fmt: skip


def test_no_symptom_brings_itself_about_and_statements_come_in_order() -> None:
    """Each once."""
    assert emitted() == sorted(set(emitted()))
    assert not [one for one in emitted() if one.cause == one.effect]
