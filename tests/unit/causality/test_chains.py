"""Chains of causes over small graphs, against walking every path."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.causality.chains import Link, Spread, strongest_paths
from labo.domain.causality.edges import EdgeStatus, Relation

NODES = "abcdef"


def a_link(cause: str, effect: str, probability: float) -> Link:
    return Link(
        cause,
        effect,
        f"{cause}>{effect}",
        probability,
        0.5,
        EdgeStatus.PROPOSED,
        Relation.CALLEE,
    )


GRAPHS = st.dictionaries(
    st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)),
    st.floats(0.05, 1.0),
    max_size=18,
).map(lambda found: [a_link(c, e, p) for (c, e), p in sorted(found.items())])


def spread(
    links: Iterable[Link],
    start: str,
    depth: int,
    *,
    backwards: bool = True,
    limit: int | None = None,
) -> Spread:
    """Walk as the repository does, with the whole graph in memory and no bounds."""
    known = list(links)
    search = Spread(start, backwards, 0.0, limit)
    frontier = [start]
    for _ in range(depth):
        floors = {row["key"]: row["floor"] for row in search.seeds(frontier)}
        here = "effect" if backwards else "cause"
        found = [link for link in known if getattr(link, here) in floors]
        frontier = search.advance(found, 1_000)
    return search


def strengths(links: Iterable[Link], depth: int) -> dict[tuple[str, str], float]:
    """The best product over all simple paths of at most `depth` links, by brute force."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(NODES)
    graph.add_weighted_edges_from((x.cause, x.effect, x.probability) for x in links)
    best: dict[tuple[str, str], float] = {}
    for cause in NODES:
        for effect in NODES:
            if cause != effect:
                for path in nx.all_simple_paths(graph, cause, effect, cutoff=depth):
                    product = math.prod(graph[a][b]["weight"] for a, b in pairwise(path))
                    best[cause, effect] = max(best.get((cause, effect), 0.0), product)
    return best


@given(GRAPHS, st.integers(1, 5))
def test_every_cause_comes_with_its_strongest_chain(links: list[Link], depth: int) -> None:
    """Within the depth, and no cause is missed."""
    found = spread(links, "a", depth).chains(100)
    expected = {c: p for (c, e), p in strengths(links, depth).items() if e == "a"}

    assert {chain.problems[0] for chain in found} == set(expected)
    for chain in found:
        assert math.isclose(chain.probability, expected[chain.problems[0]], rel_tol=1e-9)
        assert math.isclose(
            chain.probability, math.prod(link.probability for link in chain.links), rel_tol=1e-9
        )
        assert chain.problems[-1] == "a"
        assert len(chain.links) <= depth


@given(GRAPHS, st.integers(1, 5))
def test_effects_mirror_causes(links: list[Link], depth: int) -> None:
    """Forwards on a graph is backwards on the reversed one."""
    turned = [a_link(x.effect, x.cause, x.probability) for x in links]
    ahead = spread(links, "a", depth, backwards=False).chains(100)
    behind = spread(turned, "a", depth).chains(100)

    assert {(c.problems[-1], round(c.probability, 9)) for c in ahead} == {
        (c.problems[0], round(c.probability, 9)) for c in behind
    }


@given(GRAPHS, st.integers(1, 5), st.sampled_from([0.0, 0.1, 0.4]))
def test_paths_are_all_simple_chains_likeliest_first(
    links: list[Link], depth: int, floor: float
) -> None:
    """None twice, none below the floor."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(NODES)
    graph.add_weighted_edges_from((x.cause, x.effect, x.probability) for x in links)
    expected = {
        tuple(path)
        for path in nx.all_simple_paths(graph, "a", "f", cutoff=depth)
        if math.prod(graph[x][y]["weight"] for x, y in pairwise(path)) >= floor
    }
    found = strongest_paths(links, "a", "f", max_depth=depth, floor=floor, limit=1_000)

    assert {chain.problems for chain in found} == expected
    assert len(found) == len(expected)
    assert [c.probability for c in found] == sorted((c.probability for c in found), reverse=True)


@given(GRAPHS, st.integers(1, 5), st.integers(1, 4))
def test_stopping_early_gives_the_same_first_answers(
    links: list[Link], depth: int, limit: int
) -> None:
    """What is left out could not have come before what is told."""
    whole = spread(links, "a", depth).chains(limit)
    early = spread(links, "a", depth, limit=limit).chains(limit)

    assert [round(c.probability, 9) for c in early] == [round(c.probability, 9) for c in whole]


def test_a_narrow_search_keeps_the_strongest() -> None:
    """The width bounds a level by probability, not by chance."""
    links = [a_link(name, "x", p) for name, p in (("a", 0.2), ("b", 0.9), ("c", 0.5))]
    search = Spread("x", True, 0.0)

    assert search.advance(links, 2) == ["b", "c"]
    assert [c.problems for c in search.chains(1)] == [("b", "x")]


def test_a_problem_that_causes_itself_is_not_its_own_cause() -> None:
    """A loop makes no chain stronger."""
    search = spread([a_link("a", "a", 1.0)], "a", 3)

    assert search.chains(10) == []
    assert strongest_paths([a_link("a", "a", 1.0)], "a", "a", max_depth=3, floor=0, limit=3) == []
