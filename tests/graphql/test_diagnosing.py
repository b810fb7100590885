"""Who has an incident diagnosed anew, and who only reads."""

from __future__ import annotations

from labo.domain.entities.tokens import Scope
from tests.builders.incidents import an_incident, an_occurrence, save_diagnosis, save_incident
from tests.graphql.conftest import Caller

KEPT = """
query ($id: ID!) {
  incident(id: $id) { ... on Incident {
    diagnosis { key verdict basis { asOf occurrences } changes { sentence } }
    diagnoses { key }
  } }
}
"""


async def test_a_diagnosis_is_asked_for_by_a_mutation_alone(caller: Caller) -> None:
    """It answers with what the incident has then; queries show the same before and after."""
    await save_incident(caller.graph, an_incident(1), an_occurrence(1))
    await save_diagnosis(caller.graph, "incident-0001")
    before = await caller.ask(KEPT, id="incident-0001")
    ask = """mutation ($id: ID!) { diagnoseIncident(id: $id) {
      ... on Reassessment { kept diagnosis { key verdict } reasons { kind sentence } }
      ... on Failure { code }
    } }"""
    answer = (await caller.ask(ask, id="incident-0001"))["diagnoseIncident"]
    after = await caller.ask(KEPT, id="incident-0001")

    assert before == after
    assert before["incident"]["diagnosis"]["basis"] is None
    assert answer["kept"] is False
    assert answer["diagnosis"] == {"key": "diagnosis-of-incident-0001", "verdict": "LIKELY"}
    assert [one["kind"] for one in answer["reasons"]] == ["LESS_EVIDENCE"]
    assert (await caller.ask(ask, id="no"))["diagnoseIncident"] == {"code": "not_found"}


async def test_who_may_only_read_does_not_have_anything_diagnosed(caller: Caller) -> None:
    """Asking for an answer may change it."""
    token = await caller.token(Scope.READ)
    ask = 'mutation { diagnoseIncident(id: "x") { __typename ... on Failure { code } } }'
    body = await caller.answer(ask, token=token)

    assert body["data"]["diagnoseIncident"] == {"__typename": "Forbidden", "code": "forbidden"}
