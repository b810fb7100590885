"""Names that people give to problems, on the real server."""

from __future__ import annotations

import asyncio

import pytest

from graph import problems, search
from graph.client import Graph
from labo.domain.entities.problems import ProblemKind, ProblemStatus, problem_key
from labo.errors import Conflict, InvalidInput, NotFound
from labo.services.causality.problems import ProblemService
from tests.builders.knowledge import a_problem, save_problems

pytestmark = pytest.mark.stack


async def found_by(graph: Graph, words: str) -> list[str]:
    """Keys of the problems that a search finds."""
    return [hit.key for hit in await search.find_by_text(graph, words, 10)]


async def test_a_renamed_problem_is_found_by_what_it_was_called(graph: Graph) -> None:
    """Its key and figures stay; who named it, and when, is kept."""
    service = ProblemService(graph)
    await save_problems(graph, a_problem("p", title="latency.p50 high on service"))
    named = await service.rename("p", "  no free   worker ", by="ann")
    again = await service.rename("p", "workers all busy", by="bob", version=named.version)

    assert (named.title, named.named_by, named.version) == ("no free worker", "ann", 2)
    assert named.named_at is not None
    assert (again.named_by, again.former_titles) == (
        "bob",
        ("latency.p50 high on service", "no free worker"),
    )
    for words in ("service", "free", "busy"):
        assert await found_by(graph, words) == ["p"]


async def test_the_same_name_again_changes_nothing(graph: Graph) -> None:
    """Whoever repeats it, at whatever version; a stale version is refused otherwise."""
    service = ProblemService(graph)
    await save_problems(graph, "p")
    named = await service.rename("p", "no free worker", by="ann", version=1)

    assert await service.rename("p", "no free worker", by="bob", version=1) == named
    with pytest.raises(Conflict, match="version 2"):
        await service.rename("p", "other", by="bob", version=1)
    with pytest.raises(NotFound):
        await service.rename("none", "other", by="bob")
    with pytest.raises(InvalidInput):
        await service.rename("p", " ", by="bob")


async def test_ingestion_overwrites_no_name(graph: Graph) -> None:
    """What derives a title from what it sees creates problems only."""
    await save_problems(graph, a_problem("p", title="latency high on service"))
    await ProblemService(graph).rename("p", "no free worker", by="ann")
    await save_problems(graph, a_problem("p", title="latency high on service"))
    kept = await problems.get(graph, "p")

    assert (kept.title, kept.named_by) == ("no free worker", "ann")


async def test_a_name_is_one_problem_of_a_role(graph: Graph) -> None:
    """Upper case makes no other; another role does."""
    service = ProblemService(graph)
    first = await service.create("no free worker", "service", by="ann", summary="pool is empty")
    again = await service.create("No free Worker", "service", by="bob")
    other = await service.create("no free worker", "queue", by="ann")
    await save_problems(graph, "p")

    assert (first.key, first.title) == (
        problem_key("service", ProblemKind.ALERT, "no free worker"),
        "no free worker",
    )
    assert (first.status, first.summary, first.named_by) == (
        ProblemStatus.OBSERVED,
        "pool is empty",
        "ann",
    )
    assert again == first
    assert other.key != first.key
    with pytest.raises(Conflict, match="another problem of the role service") as refused:
        await service.rename("p", "NO FREE WORKER", by="ann")
    assert refused.value.where == first.key


async def test_a_label_or_alert_of_that_name_is_the_problem(graph: Graph) -> None:
    """A person names what is known already; what it was summed up as stays."""
    known = problem_key("service", ProblemKind.ALERT, "HighLatency")
    await save_problems(graph, a_problem(known, title="HighLatency"))
    named = await ProblemService(graph).create("HighLatency", "service", by="ann")

    assert (named.key, named.named_by, named.former_titles) == (known, "ann", ())


async def test_a_retired_problem_keeps_its_name(graph: Graph) -> None:
    """To create it again would hide that somebody retired it."""
    service = ProblemService(graph)
    made = await service.create("noise", "service", by="ann")
    await service.retire(made.key, by="ann", reason="is none")

    with pytest.raises(Conflict, match="retired"):
        await service.create("noise", "service", by="bob")
    with pytest.raises(InvalidInput, match="a role is a word"):
        await service.create("noise", "no role", by="bob")


async def test_a_merge_hands_the_name_over(graph: Graph) -> None:
    """To a problem that has none; of two names the survivor's stays, and both are found."""
    service = ProblemService(graph)
    await save_problems(graph, "derived", "also-derived")
    named = await service.create("no free worker", "service", by="ann")
    merged = await service.merge(named.key, "derived", by="bob", reason="the same")
    second = await service.create("thread leak", "service", by="cleo")
    both = await service.merge("derived", second.key, by="bob", reason="the same")
    given_up = await service.create("no free worker", "service", by="dan")

    assert (merged.title, merged.named_by) == ("no free worker", "ann")
    assert (both.title, both.named_by) == ("thread leak", "cleo")
    assert set(both.former_titles) == {"derived on service", "no free worker"}
    assert second.key in await found_by(graph, "free")
    assert given_up.key == second.key


async def test_two_at_once_give_one_name_once(graph: Graph) -> None:
    """The other one is told."""
    service = ProblemService(graph)
    await save_problems(graph, *(f"p{number}" for number in range(8)))
    answers = await asyncio.gather(
        *(service.rename(f"p{number}", "no free worker", by="ann") for number in range(8)),
        return_exceptions=True,
    )
    made = await asyncio.gather(
        *(service.create("thread leak", "service", by="ann") for _ in range(8))
    )

    assert sum(not isinstance(one, BaseException) for one in answers) == 1
    assert {type(one) for one in answers if isinstance(one, BaseException)} == {Conflict}
    assert len({one.key for one in made}) == 1
