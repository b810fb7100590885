"""Components and dependencies on the real server."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph import components, metrics
from graph.client import Graph, Transaction
from labo.domain.entities.components import Component, Dependency
from labo.domain.entities.metrics import Exposure, Metric
from labo.errors import InvalidInput, NotFound
from tests.builders.knowledge import a_component, save_system

pytestmark = pytest.mark.stack


async def test_upserting_the_same_twice_leaves_one_of_each(graph: Graph) -> None:
    """An import is safe to repeat, and refreshes what changed."""
    await save_system(graph, ("web", "db"))
    await save_system(graph, ("web", "db"))

    async def unit(tx: Transaction) -> int:
        renamed = Component("shop/db", "db", "shop", "prod", "database", {"zone": "a"})
        return await components.upsert(tx, [renamed], [Dependency("shop/web", "shop/gone")])

    linked = await graph.write(unit)
    found = await components.find(graph)
    calls = await components.find_dependencies(graph, ["shop/web"])

    assert linked == 0
    assert [(c.key, c.role, dict(c.labels)) for c in found] == [
        ("shop/db", "database", {"zone": "a"}),
        ("shop/web", "service", {}),
    ]
    assert [(d.source, d.target, d.origin) for d in calls] == [("shop/web", "shop/db", "import")]


async def test_a_neighbourhood_follows_calls_hop_by_hop(graph: Graph) -> None:
    """What a component depends on, nearest first, cycles included once."""
    await save_system(graph, ("web", "cart"), ("cart", "db"), ("db", "web"), ("other", "web"))

    near = await components.neighbourhood(graph, "shop/web", hops=1)
    all_ = await components.neighbourhood(graph, "shop/web")

    assert {c.key for c in near.components} == {"shop/web", "shop/cart"}
    assert {(d.source, d.target) for d in near.dependencies} == {("shop/web", "shop/cart")}
    assert list(zip((c.name for c in all_.components), all_.hops, strict=True)) == [
        ("web", 0),
        ("cart", 1),
        ("db", 2),
    ]
    assert {(d.source, d.target) for d in all_.dependencies} == {
        ("shop/web", "shop/cart"),
        ("shop/cart", "shop/db"),
        ("shop/db", "shop/web"),
    }
    assert not all_.truncated


async def test_calls_among_the_last_hop_are_part_of_it(graph: Graph) -> None:
    """A neighbourhood is the whole graph between its components."""
    await save_system(graph, ("web", "a"), ("web", "b"), ("a", "b"), ("b", "far"))

    near = await components.neighbourhood(graph, "shop/web", hops=1)

    assert {(d.source, d.target) for d in near.dependencies} == {
        ("shop/web", "shop/a"),
        ("shop/web", "shop/b"),
        ("shop/a", "shop/b"),
    }
    assert not near.truncated


async def test_the_blast_radius_follows_calls_backwards(graph: Graph) -> None:
    """Who depends on a component, directly or not."""
    await save_system(graph, ("web", "cart"), ("cart", "db"), ("batch", "db"), ("db", "disk"))

    radius = await components.neighbourhood(graph, "shop/db", direction="callers")

    assert [(c.name, hop) for c, hop in zip(radius.components, radius.hops, strict=True)] == [
        ("db", 0),
        ("batch", 1),
        ("cart", 1),
        ("web", 2),
    ]


async def test_a_limit_cuts_and_says_so(graph: Graph) -> None:
    """A neighbourhood that was cut is marked, and its dependencies stay inside of it."""
    await save_system(graph, *(("web", f"leaf{i}") for i in range(10)))

    cut = await components.neighbourhood(graph, "shop/web", limit=4)

    assert len(cut.components) == 4
    assert cut.truncated
    assert len(cut.dependencies) == 3


async def test_a_component_with_more_calls_than_are_followed_is_cut_and_says_so(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one component calls is bounded too; exactly as many is not cut."""
    await save_system(graph, *(("web", f"leaf{i}") for i in range(5)))
    monkeypatch.setattr(components, "MOST_CALLS", 5)
    whole = await components.neighbourhood(graph, "shop/web")
    monkeypatch.setattr(components, "MOST_CALLS", 4)
    cut = await components.neighbourhood(graph, "shop/web")

    assert not whole.truncated
    assert cut.truncated


async def test_unknown_start_and_silly_depth_are_refused(graph: Graph) -> None:
    """Bad input has its own error."""
    with pytest.raises(NotFound):
        await components.neighbourhood(graph, "shop/none")
    with pytest.raises(InvalidInput):
        await components.neighbourhood(graph, "shop/none", hops=21)


async def test_pages_cover_everything_once(graph: Graph) -> None:
    """Keyset pages neither repeat nor skip; filters narrow them."""
    await save_system(graph, *((f"s{i}", "db") for i in range(7)))
    await save_system(graph, ("s0", "s1"), system="shop2")

    keys: list[str] = []
    while page := await components.find(
        graph, system="shop", after=keys[-1] if keys else "", limit=3
    ):
        keys.extend(component.key for component in page)
    stores = await components.find(graph, role="database")

    assert keys == ["shop/db", *(f"shop/s{i}" for i in range(7))]
    assert [c.key for c in stores] == ["shop/db"]
    assert {c.key for c in await components.find(graph, system="shop2")} == {
        "shop2/s0",
        "shop2/s1",
    }


async def test_a_workspace_does_not_see_another_one(graph: Graph) -> None:
    """Tenants share a database, never a node."""
    await save_system(graph, ("web", "db"))
    stranger = graph.scoped(graph.workspace + "-other")

    assert await components.find(stranger) == []
    assert await components.find_by_keys(stranger, ["shop/web"]) == {}


async def test_metrics_keep_their_cost_and_unit(graph: Graph) -> None:
    """Naming a metric again without a unit or a cost blanks neither."""
    await save_system(graph, ("web", "db"))

    async def unit(tx: Transaction) -> int:
        await metrics.upsert(tx, [Metric("cpu.usage", "%", 3.0)])
        await metrics.ensure(tx, ["cpu.usage", "db.latency"])
        return await metrics.link(
            tx,
            [
                Exposure("shop/web", "cpu.usage", "cpu{pod='web'}"),
                Exposure("shop/web", "unheard.of"),
            ],
        )

    linked = await graph.write(unit)

    assert linked == 1
    assert await metrics.find_by_keys(graph, ["cpu.usage", "db.latency", "none"]) == {
        "cpu.usage": Metric("cpu.usage", "%", 3.0),
        "db.latency": Metric("db.latency", "", 1.0),
    }
    assert await metrics.exposures(graph, ["shop/web", "shop/db"]) == [
        Exposure("shop/web", "cpu.usage", "cpu{pod='web'}", "import")
    ]


_NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=_NAMES, label=_NAMES)
async def test_any_name_comes_back_as_it_went_in(graph: Graph, name: str, label: str) -> None:
    """Component names are attacker input: they are values, never Cypher."""
    kept = Component(f"shop/{name}", name, "shop", labels={label: name})

    async def unit(tx: Transaction) -> None:
        await components.upsert(tx, [kept])

    await graph.write(unit)

    assert await components.get(graph, kept.key) == kept


async def test_roles_are_guessed_by_name() -> None:
    """The builder and the import share the rule."""
    assert a_component("redis-cart").role == "cache"
