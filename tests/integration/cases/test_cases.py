"""Case folders into the running stack."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph import components, metrics
from graph.client import Graph
from labo.domain.entities.series import Case, LogLine, Series, SeriesKey
from labo.domain.telemetry.batches import Sample, TelemetryBatch
from labo.services.knowledge.imports import CaseService, size
from tests.builders.cases import CALLS, a_case

pytestmark = pytest.mark.stack


class Kept:
    """A sink that keeps what it is handed, as the stream does."""

    def __init__(self) -> None:
        self.batches: list[TelemetryBatch] = []

    async def append(self, batch: TelemetryBatch) -> None:
        self.batches.append(batch)

    @property
    def samples(self) -> list[Sample]:
        return [sample for batch in self.batches for sample in batch.samples]


def a_logged_case() -> Case:
    line = LogLine(1_700_000_000.0, "db", "error", "lock wait timeout")
    return replace(a_case({"db": 3.0}), logs=(line, line))


async def test_a_case_becomes_components_metrics_and_samples(graph: Graph) -> None:
    """Roles are guessed from names; every known value reaches the store's stream."""
    sink = Kept()
    heard: list[int] = []
    case = a_logged_case()

    done = await CaseService(graph, sink).ingest(case, system="shop", progress=heard.append)

    parts = {c.key: c.role for c in await components.find(graph)}
    around = await components.neighbourhood(graph, "shop/web")
    exposed = await metrics.exposures(graph, ["shop/db"])
    assert parts["shop/cache"] == "cache"
    assert len(parts) == done.components == 6
    assert done.dependencies == len(CALLS)
    assert {c.name for c in around.components} == {"web", "shop", "auth", "db", "cache"}
    assert [e.metric for e in exposed] == ["latency"]
    assert len(sink.samples) == done.samples == 6 * 210
    assert sum(heard) == size(case) == done.samples + 2
    assert {batch.workspace for batch in sink.batches} == {graph.workspace}
    assert (done.target, done.lines, done.metrics) == ("shop/web", 2, 1)


async def test_importing_again_changes_nothing(graph: Graph) -> None:
    """The same nodes, and batches that the store knows already."""
    first, second = Kept(), Kept()
    case = a_logged_case()

    await CaseService(graph, first).ingest(case, system="shop")
    before = await components.find(graph)
    await CaseService(graph, second).ingest(case, system="shop")

    assert await components.find(graph) == before
    assert first.batches == second.batches
    lines = [line for batch in first.batches for line in batch.lines]
    assert len({line.id for line in lines}) == 2


async def test_unknown_values_are_left_out_and_roles_taken_over(graph: Graph) -> None:
    """NaN is unknown; a role that the case gives beats the guess."""
    case = a_case({})
    key = SeriesKey("db", "latency")
    series = case.series[key]
    holed = Series(series.timestamps[:3], series.values[:3] * float("nan"))
    case = replace(case, series={key: holed}, roles={"db": "database"})
    sink = Kept()

    done = await CaseService(graph, sink).ingest(case, system="shop")

    assert (done.samples, sink.batches) == (0, [])
    assert (await components.get(graph, "shop/db")).role == "database"


async def test_a_guess_does_not_undo_a_known_role(graph: Graph) -> None:
    """`service` is what a name says when it says nothing."""
    known = replace(a_case({}), roles={"shop": "gateway"})
    service = CaseService(graph, Kept())

    await service.ingest(known, system="shop")
    await service.ingest(a_case({}), system="shop")

    assert (await components.get(graph, "shop/shop")).role == "gateway"
