"""`labo metrics rank` by the labelled incidents of a graph, as an operator types it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from graph import components, experiences, metrics
from graph.client import Transaction
from labo.bootstrap import Services
from labo.cli.connection import ask_services, connected_settings
from labo.cli.main import app
from labo.domain.entities.metrics import Exposure, Metric
from labo.domain.knowledge.experiences import NON_ROOT, Experience, TrainingExample
from labo.errors import InvalidInput
from tests.builders.experiences import a_labelled_incident, labelled
from tests.builders.knowledge import a_component

pytestmark = pytest.mark.stack

SLOW, ERRORS = "db.client.operation.duration.p95", "log.errors.rate"


def shown(number: int) -> Experience:
    """One problem slows the database's calls, the other writes lines; callers are asked more,
    unless they are causes."""
    title, sign, z_score = (
        ("p1 happens", {"call.duration.p95": 9.0}, {SLOW: 9.0}),
        ("p2 happens", {ERRORS: 9.0}, {ERRORS: 9.0}),
    )[number % 2]
    noise = {"memory": 3.0 if number % 3 else -3.0}
    training_examples = (
        TrainingExample("database", title, sign | noise),
        TrainingExample("web", NON_ROOT, {"call.rate": 6.0, **noise}),
    )
    labelled_incident = replace(
        a_labelled_incident(f"p{number % 2 + 1}", z_score),
        title=title,
        training_examples=training_examples,
    )
    return labelled(f"l{number}", labelled_incident)


def learn_from(first: int, last: int) -> None:
    async def write(labo: Services) -> None:
        async def unit(tx: Transaction) -> None:
            for number in range(first, last):
                await experiences.append(tx, shown(number))
            web = a_component("web", role="web")
            await components.upsert(tx, [web])
            await metrics.upsert(tx, [Metric("http.server.request.rate"), Metric("memory")])
            await metrics.link(tx, [Exposure(web.key, "http.server.request.rate")])

        await labo.graph.write(unit)
        await labo.learning.catch_up()

    ask_services(connected_settings(), write)


def test_the_metrics_to_keep_have_the_names_that_a_diagnosis_reads(run: CliRunner) -> None:
    """Of calls by the role's signatures, else by what its components expose; lines as `log`."""
    learn_from(0, 19)
    early = run.invoke(app, ["metrics", "rank"])
    learn_from(19, 30)
    done = run.invoke(app, ["metrics", "rank", "--share", "0.6", "--json"])
    beyond = run.invoke(app, ["metrics", "rank", "--share", "1.5"])
    read = run.invoke(app, ["metrics", "rank", "--share", "0.6"])

    assert isinstance(early.exception, InvalidInput)
    assert "19 root causes and 19 affected components" in early.exception.message
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found["metrics"]) == {
        f"database:{SLOW}",
        "database:log",
        "web:http.server.request.rate",
    }
    by_metric = {one["metric"]: one for one in found["ranking"]}
    assert by_metric["call.duration.p95"]["names"] == [f"database:{SLOW}"]
    assert by_metric["log"]["needs"] == "lines"
    assert sum(one["share"] for one in found["ranking"]) == pytest.approx(1.0, abs=1e-5)
    assert isinstance(beyond.exception, InvalidInput)
    assert beyond.exception.where == "share"
    assert "Lines are needed for log" in read.stdout and SLOW in read.stdout
