"""Requests from outside: Poisson arrivals whose rate follows the day, bursts and a fault."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from simpy import Timeout

from engine import draws
from engine.description import model as description
from engine.draws import exponential, mix, uniform
from engine.simulation.tasks import Steps
from engine.simulation.work import Work

if TYPE_CHECKING:
    from engine.simulation.run import Run
    from engine.simulation.system import Component


def rate_at(load: description.Load, seed: int, now: float) -> float:
    """Requests per second at `now`, before any fault."""
    rate = load.rate
    if load.daily is not None:
        rate *= 1.0 + load.daily.amplitude * math.sin(2.0 * math.pi * now / load.daily.period)
    bursts = load.bursts
    if bursts is not None:
        stretch, within = divmod(now, bursts.every)
        draw = uniform(mix((seed + int(stretch)) & draws.MASK), draws.BURST)
        begins = draw * (bursts.every - bursts.length)
        if begins <= within < begins + bursts.length:
            rate *= bursts.factor
    return rate


def requests(run: Run, load: description.Load) -> Steps:
    """Send requests for ever. The nth has the same draws whatever happened to earlier ones."""
    weights = [*accumulate(entry.weight for entry in load.entries)]
    targets = [
        (component, component.operations[entry.operation])
        for entry in load.entries
        for component in (run.system.components[entry.component],)
    ]
    request = 0
    while True:
        request += 1
        path = draws.root(run.seed, request)
        rate = rate_at(load, run.seed, run.env.now) * run.traffic
        yield Timeout(run.env, exponential(path, draws.ARRIVAL) / rate)
        chosen = bisect_right(weights, uniform(path, draws.ENTRY) * weights[-1])
        component, operation = targets[min(chosen, len(targets) - 1)]
        run.enter(Work(run, component, operation, path, request), load.timeout)


def foreign(run: Run, component: Component) -> Steps:
    """Work of unknown origin at a component, for as long as its knob is above 0.

    `component.foreign` is its share of the component's capacity. It appears in no trace.
    """
    operation = next(iter(component.operations.values()))
    mean = operation.median * math.exp(operation.spread**2 / 2)
    sent = 0
    while component.foreign > 0.0:
        sent += 1
        path = mix((draws.label(component.name) + draws.root(run.seed, sent)) & draws.MASK)
        rate = component.foreign * component.described.workers / mean
        yield Timeout(run.env, exponential(path, draws.FOREIGN) / rate)
        run.send(Work(run, component, operation, path, 0), run.nobody)
    component.foreign_runs = False
