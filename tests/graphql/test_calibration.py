"""How far diagnoses may be trusted: `calibration` over GraphQL, and the gauges at /metrics."""

from __future__ import annotations

import uuid

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.rest import calibration_metrics
from graph import experiences
from graph.client import Graph, Transaction
from labo.bootstrap import App
from labo.domain.knowledge.experiences import Experience
from labo.errors import Unavailable
from labo.settings import Settings
from tests.builders.experiences import a_labelled_incident, labelled
from tests.graphql.conftest import Caller

pytestmark = pytest.mark.stack

QUERY = """
{ calibration { claims brierScore error wrongConfirmed wrongConfirmedBound confirmed } }
"""


def claimed(number: int, probability: float, verdict: str) -> Experience:
    """A resolved incident whose diagnosis was right when it was above one half."""
    labelled_incident = a_labelled_incident(foreseen=probability, verdict=verdict)
    return labelled(f"claim-{number}", labelled_incident, incident=f"incident-{number}")


CLAIMED = (
    claimed(1, 0.9, "CONFIRMED"),
    claimed(2, 0.9, "CONFIRMED"),
    claimed(3, 0.4, "CONFIRMED"),
    claimed(4, 0.6, "LIKELY"),
)
BRIER = (0.01 + 0.01 + 0.16 + 0.16) / 4
ERROR = (0.1 + 0.1 + 0.4 + 0.4) / 4


async def save(graph: Graph, *given: Experience) -> None:
    async def unit(tx: Transaction) -> None:
        for one in given:
            await experiences.append(tx, one)

    await graph.write(unit)


async def test_calibration_says_what_came_true_of_what_was_claimed(caller: Caller) -> None:
    """Unknown is null rather than perfect, while nothing was claimed."""
    nothing = await caller.ask(QUERY)
    await save(caller.graph, *CLAIMED)
    await caller.labo.workspace(caller.workspace).learning.catch_up()
    found = (await caller.ask(QUERY))["calibration"]

    assert nothing["calibration"] == {
        "claims": 0,
        "brierScore": None,
        "error": None,
        "wrongConfirmed": None,
        "wrongConfirmedBound": 1.0,
        "confirmed": None,
    }
    # One wrong of three: Clopper and Pearson's bound p has P(at most one wrong) = 5 %.
    bound = found.pop("wrongConfirmedBound")
    assert (1 - bound) ** 3 + 3 * bound * (1 - bound) ** 2 == pytest.approx(0.05)
    assert found == {
        "claims": 4,
        "brierScore": pytest.approx(BRIER),
        "error": pytest.approx(ERROR),
        "wrongConfirmed": pytest.approx(1 / 3),
        "confirmed": 0.75,
    }


async def test_the_gauges_show_the_same_and_outlive_the_graph(
    application: FastAPI, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NaN while nothing was claimed; with the graph away /metrics answers what it knew last."""
    del application  # it has migrated the graph
    app = create_app(settings.model_copy(update={"workspace": f"gauges-{uuid.uuid4().hex}"}))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://labo.test") as client,
    ):
        labo = app.state.labo
        assert isinstance(labo, App)
        nothing = await gauges(labo, client)
        await save(labo.workspace().graph, *CLAIMED)
        await labo.workspace().learning.catch_up()
        shown = await gauges(labo, client)

        async def away(*_: object, **__: object) -> None:
            raise Unavailable("gone")

        monkeypatch.setattr(Graph, "fetch", away)
        outlived = await gauges(labo, client)

    assert nothing == {
        "claims": "0.0",
        "brier_score": "NaN",
        "error": "NaN",
        "wrong_confirmed_ratio": "NaN",
        "confirmed_ratio": "NaN",
    }
    assert {name: float(value) for name, value in shown.items()} == {
        "claims": 4,
        "brier_score": pytest.approx(BRIER),
        "error": pytest.approx(ERROR),
        "wrong_confirmed_ratio": pytest.approx(1 / 3),
        "confirmed_ratio": 0.75,
    }
    assert outlived == shown


async def gauges(labo: App, client: httpx.AsyncClient) -> dict[str, str]:
    """The values of `labo_calibration_*` by the rest of their names, as the next refresh sets
    them."""
    await calibration_metrics.refresh(labo)
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    lines = (line.partition(" ") for line in answer.text.splitlines())
    prefix = "labo_calibration_"
    return {name[len(prefix) :]: value for name, _, value in lines if name.startswith(prefix)}
