"""Walking the causal graph on the real server."""

from __future__ import annotations

import pytest

from graph import causality, edges
from graph.client import Graph
from labo.domain.causality.chains import CausalChain
from labo.domain.causality.edges import EdgeStatus
from labo.errors import InvalidInput
from labo.services.causality.edges import EdgeService
from tests.builders.knowledge import save_edge

pytestmark = pytest.mark.stack


async def diamond(graph: Graph) -> None:
    """disk → db → web, disk → cache → web, and web → disk as a cycle."""
    await save_edge(graph, "disk", "db", probability=0.9)
    await save_edge(graph, "db", "web", probability=0.8)
    await save_edge(graph, "disk", "cache", probability=0.5)
    await save_edge(graph, "cache", "web", probability=0.9)
    await save_edge(graph, "web", "disk", probability=0.9)


def told(chains: list[CausalChain]) -> list[tuple[tuple[str, ...], float]]:
    return [(chain.problems, round(chain.probability, 4)) for chain in chains]


async def test_causes_come_with_their_strongest_chain_first(graph: Graph) -> None:
    """Of the two ways from the disk, the likelier one is told."""
    await diamond(graph)

    found = await causality.causes(graph, "web")

    assert told(found) == [
        (("cache", "web"), 0.9),
        (("db", "web"), 0.8),
        (("disk", "db", "web"), 0.72),
    ]


async def test_effects_go_the_other_way(graph: Graph) -> None:
    """What a problem brings about, over two hops."""
    await diamond(graph)

    found = await causality.causes(graph, "db", max_depth=2, backwards=False)

    assert told(found) == [(("db", "web"), 0.8), (("db", "web", "disk"), 0.72)]


async def test_depth_and_probability_bound_the_walk(graph: Graph) -> None:
    """Nothing beyond the depth, nothing below the floor."""
    await diamond(graph)

    assert {c.problems[0] for c in await causality.causes(graph, "web", max_depth=1)} == {
        "db",
        "cache",
    }
    strong = await causality.causes(graph, "web", min_probability=0.85)
    assert told(strong) == [(("cache", "web"), 0.9)]
    assert await causality.causes(graph, "unheard of") == []


async def test_all_paths_between_two_problems(graph: Graph) -> None:
    """Simple chains, likeliest first."""
    await diamond(graph)

    found = await causality.paths(graph, "disk", "web")

    assert told(found) == [(("disk", "db", "web"), 0.72), (("disk", "cache", "web"), 0.45)]
    assert told(await causality.paths(graph, "disk", "db", max_depth=1)) == [(("disk", "db"), 0.9)]
    assert await causality.paths(graph, "web", "unheard of") == []


async def test_refuted_edges_are_not_walked(graph: Graph) -> None:
    """Negative knowledge explains nothing, unless it is asked for."""
    await diamond(graph)
    [refuted] = [e for e in await edges.find_by_effect(graph, ["web"]) if e.cause == "db"]
    await EdgeService(graph).refute(
        refuted.key,
        by="ann",
        reason="coincidence",
        version=(await edges.get(graph, refuted.key)).version,
    )

    found = await causality.causes(graph, "web")
    with_all = await causality.causes(graph, "web", statuses=list(EdgeStatus), min_probability=0)

    assert told(found) == [(("cache", "web"), 0.9), (("disk", "cache", "web"), 0.45)]
    assert {c.problems[0] for c in with_all} == {"cache", "db", "disk"}


async def test_a_hub_does_not_widen_the_walk_beyond_its_bound(graph: Graph) -> None:
    """Of many causes the likeliest are followed."""
    for number in range(causality.FAN_OUT + 10):
        await save_edge(graph, f"cause{number:03}", "web", probability=0.1 + number / 100)

    found = await causality.causes(graph, "web", limit=1_000)

    assert len(found) == causality.FAN_OUT
    assert found[0].problems == (f"cause{causality.FAN_OUT + 9:03}", "web")


@pytest.mark.parametrize(
    "bad", [{"max_depth": 0}, {"max_depth": 11}, {"min_probability": 1.5}, {"limit": 0}]
)
async def test_silly_bounds_are_refused(graph: Graph, bad: dict[str, float]) -> None:
    """Naming the argument."""
    with pytest.raises(InvalidInput):
        await causality.causes(graph, "web", **bad)  # type: ignore[arg-type]
