"""Scenarios and experiments over GraphQL."""

from __future__ import annotations

import pytest

from labo.domain.entities.jobs import JobKind
from labo.domain.entities.tokens import Scope
from tests.graphql.conftest import Caller
from workers.task import do_job

pytestmark = pytest.mark.stack

RUN = """mutation ($key: ID!, $seeds: Int) {
  runScenario(scenario: $key, seeds: $seeds, seconds: 80) {
  __typename
  ... on Experiment { key status seeds firstSeed requestedBy result { pairs }
    scenario { key tests { key } fault { kind parameters { name value } } } }
  ... on Failure { message hint } } }"""
EXPERIMENT = """query ($id: ID!) { experiment(id: $id) {
  __typename ... on Experiment { key status reason endedAt result { verdict } }
  ... on Failure { message } } }"""
RESULT = """query ($id: ID!) { experiment(id: $id) { ... on Experiment {
  status reason scenario { tests { key } }
  result { pairs stoppedEarly verdict
    success { metric effect low high pValue before after pairs } sideEffects { metric }
    edgeTest { pairs effect low high unmanipulated
      edge { key evidence { kind origin pairs } } } } } } }"""
LIST = """{ scenarios { id key title system seconds seeds success { metric better }
  fault { kind target at seconds parameters { name value } } treatment { kind target } } }"""


async def test_a_scenario_is_run_from_the_api_to_the_edge(caller: Caller) -> None:
    """The real engine runs both arms, the job is done, and the edge has its evidence."""
    key = "errors"
    planned = (await caller.ask(RUN, key=key, seeds=2))["runScenario"]
    before = (await caller.ask(EXPERIMENT, id=planned["key"]))["experiment"]
    experiment = planned["key"]
    await do_job(
        caller.labo,
        JobKind.RUN_EXPERIMENT,
        caller.workspace,
        experiment,
        lambda labo: labo.experiments.run(experiment),
    )
    after = (await caller.ask(RESULT, id=experiment))["experiment"]
    latest = (await caller.ask("{ experiments { key scenario { key } } }"))["experiments"]

    assert (planned["status"], planned["seeds"], planned["firstSeed"]) == ("PLANNED", 2, 1)
    assert (planned["requestedBy"], planned["scenario"]["key"]) == ("tester", key)
    assert (planned["result"], planned["scenario"]["tests"]) == (None, None)
    assert latest == [{"key": experiment, "scenario": {"key": key}}]
    assert (before["status"], before["endedAt"], before["result"]) == ("PLANNED", None, None)
    assert (after["status"], after["reason"]) == ("DONE", None)
    assert (after["result"]["pairs"], after["result"]["stoppedEarly"]) == (2, False)
    assert after["result"]["verdict"] == "INCONCLUSIVE"
    [success] = after["result"]["success"]
    assert success["effect"] < 0 and success["low"] <= success["effect"] <= success["high"]
    tested = after["result"]["edgeTest"]
    assert (tested["pairs"], tested["unmanipulated"]) == (2, 0)
    assert tested["edge"]["key"] == after["scenario"]["tests"]["key"]
    [piece] = tested["edge"]["evidence"]
    assert (piece["kind"], piece["origin"], piece["pairs"]) == ("INTERVENTION", experiment, 2)


async def test_scenarios_are_listed_and_failures_are_values(caller: Caller) -> None:
    """A reader may look and not run; an unknown scenario or experiment is named."""
    listed = (await caller.ask(LIST))["scenarios"]
    by_key = {one["key"]: one for one in listed}
    ghost = (await caller.ask(RUN, key="ghost"))["runScenario"]
    few = (await caller.ask(RUN, key="errors", seeds=1))["runScenario"]
    lost = (await caller.ask(EXPERIMENT, id="ghost"))["experiment"]
    reader = await caller.token(Scope.READ)
    refused = (await caller.answer(RUN, {"key": "errors"}, token=reader))["data"]["runScenario"]

    assert list(by_key) == sorted(by_key)
    pool = by_key["pool-exhaustion-bigger-pool"]
    assert pool["fault"] == {
        "kind": "pool_exhaustion",
        "target": "playback",
        "at": 60.0,
        "seconds": None,
        "parameters": [{"name": "intensity", "value": "0.7"}],
    }
    assert pool["treatment"] == {"kind": "BIGGER_POOL", "target": "playback"}
    assert by_key["errors"]["treatment"] == {"kind": "NONE", "target": None}
    assert (ghost["__typename"], few["__typename"]) == ("NotFound", "InvalidInput")
    assert "there are: bad-deploy" in ghost["hint"]
    assert (lost["__typename"], refused["__typename"]) == ("NotFound", "Forbidden")
