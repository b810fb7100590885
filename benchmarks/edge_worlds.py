"""Synthetic systems with known mechanisms, for the benchmark of edge discovery."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from labo.domain.causality.opportunities import Episode

DAYS = 60
ORIGIN = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
COMPONENT = "shop/all"
STRENGTHS = (0.9, 0.7, 0.5, 0.35, 0.25)

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class World:
    """Episodes in order; which (cause, effect) pairs are `real`, directly or by way of others,
    which are `confounded` by a common cause, and which merely follow the same clock.
    """

    episodes: tuple[Episode, ...]
    real: frozenset[Pair]
    confounded: Mapping[Pair, str]
    in_step: frozenset[Pair]


def world(seed: int) -> World:
    """Five single edges of falling strength, a chain of three, two common causes of two effects
    each, six independent problems, two by clocks that drift apart and two by clocks in step.

    Nothing runs evenly: onsets are three times as frequent at noon as at midnight.
    """
    rng = random.Random(seed)
    mechanisms = [(f"a{i}", f"b{i}", share, 90.0) for i, share in enumerate(STRENGTHS)]
    mechanisms += [("c0", "c1", 0.8, 80.0), ("c1", "c2", 0.8, 80.0)]
    for i in range(2):
        mechanisms += [(f"k{i}", f"x{i}", 0.8, 50.0), (f"k{i}", f"y{i}", 0.8, 160.0)]
    effects = {effect for _, effect, _, _ in mechanisms}
    causes = {cause for cause, _, _, _ in mechanisms}
    onsets = {p: list(_poisson(rng, 0.5)) for p in sorted(effects)}
    single = sorted((causes - effects) | {f"n{i}" for i in range(6)})
    onsets |= {p: list(_poisson(rng, 1.5)) for p in single}
    onsets |= {"t0": _clock(3.1, 500), "t1": _clock(3.7, 900), "s0": _clock(6, 0)}
    onsets["s1"] = _clock(6, 40)
    for cause, effect, share, lag in mechanisms:
        follows = [t for t in onsets[cause] if rng.random() < share]
        onsets[effect] += [t + lag * rng.uniform(0.5, 1.5) for t in follows]
    return World(
        _episodes(rng, onsets),
        frozenset({(c, e) for c, e, _, _ in mechanisms} | {("c0", "c2")}),
        {(f"x{i}", f"y{i}"): f"k{i}" for i in range(2)},
        frozenset({("s0", "s1")}),
    )


def _clock(hours: float, offset: float) -> list[float]:
    return [offset + h * hours * 3_600 for h in range(int(DAYS * 24 / hours))]


def _poisson(rng: random.Random, per_day: float) -> Iterator[float]:
    at, most = 0.0, per_day / 86_400 * 1.5
    while (at := at + rng.expovariate(most)) < DAYS * 86_400:
        shape = 1 - 0.5 * math.cos(2 * math.pi * at / 86_400)
        if rng.random() < shape / 1.5:
            yield at


def _episodes(rng: random.Random, onsets: Mapping[str, Sequence[float]]) -> tuple[Episode, ...]:
    """A problem that is active already does not start again."""
    found = []
    for problem, times in sorted(onsets.items()):
        until = -math.inf
        for number, at in enumerate(sorted(times)):
            if at > until:
                until = at + rng.uniform(120, 600)
                span = (ORIGIN + at, ORIGIN + until)
                found.append(Episode(f"{problem}-{number}", problem, COMPONENT, *span))
    return tuple(sorted(found, key=lambda e: e.start))
