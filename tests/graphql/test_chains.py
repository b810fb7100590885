"""Chains of causes and effects over the API."""

from __future__ import annotations

from graph.client import Graph
from tests.builders.knowledge import save_edge, save_problems
from tests.graphql.conftest import Caller, statements_sent


async def diamond(graph: Graph) -> None:
    """disk → db → web and disk → cache → web."""
    await save_edge(graph, "disk", "db", probability=0.9)
    await save_edge(graph, "db", "web", probability=0.8)
    await save_edge(graph, "disk", "cache", probability=0.5)
    await save_edge(graph, "cache", "web", probability=0.9)


async def test_causes_effects_and_paths_are_chains(caller: Caller) -> None:
    """The likeliest first, with problems and claims on the way."""
    await diamond(caller.graph)
    chain = (
        "... on CausalChains { chains { probability length problems { key } edges { status } } }"
    )

    data = await caller.ask(
        f"""query {{
            causes(problem: "web", maxDepth: 2) {{ {chain} }}
            effects(problem: "disk", first: 1) {{ {chain} }}
            causalPaths(from: "disk", to: "web") {{ {chain} }}
        }}"""
    )

    def told(field: str) -> list[tuple[str, float]]:
        found = data[field]["chains"]
        return [
            (" → ".join(p["key"] for p in c["problems"]), round(c["probability"], 3)) for c in found
        ]

    assert told("causes") == [
        ("cache → web", 0.9),
        ("db → web", 0.8),
        ("disk → db → web", 0.72),
    ]
    assert told("effects") == [("disk → db", 0.9)]
    assert told("causalPaths") == [("disk → db → web", 0.72), ("disk → cache → web", 0.45)]
    assert data["causes"]["chains"][2]["edges"] == [{"status": "PROPOSED"}] * 2


async def test_chains_cost_a_statement_a_level_and_one_for_their_problems(caller: Caller) -> None:
    """However many chains there are: three levels, of which the last is empty, and the problems."""
    query = """query { causes(problem: "web") { ... on CausalChains { chains {
        length problems { key title occurrences } } } } }"""
    await save_edge(caller.graph, "disk", "db")
    for number in range(9):
        await save_edge(caller.graph, f"cause{number}", "web")
    await save_edge(caller.graph, "db", "web")
    await caller.ask(query)  # the token is looked up once

    before = statements_sent()
    chains = (await caller.ask(query))["causes"]["chains"]

    assert statements_sent() - before == 4
    assert sorted(chain["length"] for chain in chains) == [1] * 10 + [2]


async def test_the_causes_of_a_merged_problem_are_those_of_what_it_became(caller: Caller) -> None:
    """An old link to a problem stays good."""
    await save_problems(caller.graph, "old", "new")
    await save_edge(caller.graph, "db", "old")
    await caller.ask(
        """mutation { mergeProblems(source: "old", into: "new", reason: "same") {
            ... on Problem { key } } }"""
    )

    data = await caller.ask(
        """query { causes(problem: "old") { ... on CausalChains {
            chains { problems { key } } } } }"""
    )

    [chain] = data["causes"]["chains"]
    assert [problem["key"] for problem in chain["problems"]] == ["db", "new"]
