"""Variations of the call graph, and of what surrounds the components in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from benchmarks.robustness.variations import Variation
from labo.domain.entities.series import Case, Series, SeriesKey, Topology

Indices = npt.NDArray[np.int64]

NOISE_PER_COMPONENT = 10
BLOCK = 12
"""Samples that stay together when noise is drawn: an hour of PetShop, so that its autocorrelation
remains, and still many blocks in each baseline."""


def without_calls(case: Case, _rng: np.random.Generator) -> Case:
    """The components are known, who calls whom is not."""
    return _with_calls(case, ())


def shuffled(case: Case, rng: np.random.Generator) -> Case:
    """Every caller has as many callees as before, but others."""
    calls = case.topology.dependencies
    callees = [calls[i][1] for i in rng.permutation(len(calls))]
    return _with_calls(case, tuple((a, b) for (a, _), b in zip(calls, callees, strict=True)))


def star(case: Case, _rng: np.random.Generator) -> Case:
    """The target calls everything, and nothing else calls."""
    target = case.target
    others = [name for name in case.topology.components if name != target]
    return _with_calls(case, tuple((target, name) for name in others))


def with_noise(case: Case, rng: np.random.Generator) -> Case:
    """Beside each component ten that nothing happens to, known but not linked."""
    return _noisy(case, rng, is_linked=False)


def with_linked_noise(case: Case, rng: np.random.Generator) -> Case:
    """The same, each called by the component that it stands beside."""
    return _noisy(case, rng, is_linked=True)


def _with_calls(case: Case, calls: tuple[tuple[str, str], ...]) -> Case:
    return replace(case, topology=Topology(case.topology.components, calls))


def _noisy(case: Case, rng: np.random.Generator, *, is_linked: bool) -> Case:
    topology, series = case.topology, dict(case.series)
    measured = sorted({key.component for key in case.series})
    links: list[tuple[str, str]] = []
    for number, beside in enumerate(topology.components):
        for i in range(NOISE_PER_COMPONENT):
            noise = f"n{number * NOISE_PER_COMPONENT + i}"
            links.append((beside, noise))
            series.update(_noise(case, noise, str(rng.choice(measured)), rng))
    names = tuple(noise for _, noise in links)
    calls = (*topology.dependencies, *(links if is_linked else ()))
    return replace(case, series=series, topology=Topology((*topology.components, *names), calls))


def _noise(
    case: Case, noise: str, source: str, rng: np.random.Generator
) -> Iterator[tuple[SeriesKey, Series]]:
    """The series of `source` with every value drawn from its own baseline, block by block; the
    blocks are the same for all series with the same timestamps."""
    start, end = case.baseline.start.timestamp(), case.baseline.end.timestamp()
    draws: dict[bytes, Indices] = {}
    for key in sorted((k for k in case.series if k.component == source), key=str):
        stamps = case.series[key].timestamps
        shared = stamps.tobytes()
        if shared not in draws:
            normal = np.flatnonzero((stamps >= start) & (stamps < end))
            draws[shared] = drawn_blocks(normal, stamps.size, rng)
        if draws[shared].size:
            yield (
                SeriesKey(noise, key.metric),
                Series(stamps, case.series[key].values[draws[shared]]),
            )


def drawn_blocks(normal: Indices, size: int, rng: np.random.Generator) -> Indices:
    """`size` of the indices `normal`, in permuted blocks: each once before any comes again."""
    blocks = [normal[i : i + BLOCK] for i in range(0, normal.size, BLOCK)]
    order: list[Indices] = []
    while blocks and sum(block.size for block in order) < size:
        order += [blocks[i] for i in rng.permutation(len(blocks))]
    return np.concatenate(order)[:size] if order else normal


NO_CALL_GRAPH = Variation("no call graph", without_calls)
SHUFFLED_CALLS = Variation("shuffled call graph", shuffled)
STAR = Variation("star: the target calls all", star)
NOISE = Variation("10 noise components each", with_noise)
LINKED_NOISE = Variation("10 noise components each, linked", with_linked_noise)
EVERY_CALL_VARIATION = (LINKED_NOISE, NOISE, NO_CALL_GRAPH, SHUFFLED_CALLS, STAR)
"""All of them, for a family of one system whose calls are known from outside."""
