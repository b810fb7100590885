"""Problems, components and claims over the API."""

from __future__ import annotations

import pytest

from labo.domain.entities.tokens import Scope
from tests.builders.knowledge import save_edge, save_problems, save_system
from tests.graphql.conftest import Caller, statements_sent

FAILED = "... on Failure { code message where hint }"


async def test_a_component_tells_who_it_calls_and_who_suffers_with_it(caller: Caller) -> None:
    """Dependencies one way, the blast radius the other way."""
    await save_system(caller.graph, ("web", "cart"), ("cart", "db"), ("batch", "db"))

    data = await caller.ask(
        """query { component(id: "shop/db") { ... on Component {
            key role dependents { name } dependencies { name }
            blastRadius(hops: 2) { hops component { name } } problems { occurrences }
            exposes { metric } } } }"""
    )

    assert data["component"] == {
        "key": "shop/db",
        "role": "database",
        "dependents": [{"name": "batch"}, {"name": "cart"}],
        "dependencies": [],
        "blastRadius": [
            {"hops": 1, "component": {"name": "batch"}},
            {"hops": 1, "component": {"name": "cart"}},
            {"hops": 2, "component": {"name": "web"}},
        ],
        "problems": [],
        "exposes": [],
    }


async def test_pages_of_components_follow_their_cursor(caller: Caller) -> None:
    """Every component once, in the order of keys."""
    await save_system(caller.graph, *((f"s{i}", "db") for i in range(4)))
    query = """query ($after: String) { components(first: 2, after: $after, system: "shop") {
        nodes { name } pageInfo { hasNextPage endCursor } } }"""

    names: list[str] = []
    after = None
    while True:
        page = (await caller.ask(query, after=after))["components"]
        names.extend(node["name"] for node in page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]

    assert names == ["db", "s0", "s1", "s2", "s3"]


async def test_pages_of_problems_follow_their_cursor(caller: Caller) -> None:
    """Problems seen at the same moment are told apart by key; a wrong cursor is named."""
    await save_problems(caller.graph, "a", "b", "c")
    query = """query ($after: String) { problems(first: 2, after: $after) {
        nodes { key } pageInfo { endCursor } } }"""

    first = (await caller.ask(query))["problems"]
    rest = (await caller.ask(query, after=first["pageInfo"]["endCursor"]))["problems"]
    page = """query { components(first: 1) { pageInfo { endCursor } } }"""
    await save_system(caller.graph, ("web", "db"))
    stranger = (await caller.ask(page))["components"]["pageInfo"]["endCursor"]
    refused = await caller.answer(query, {"after": stranger})

    assert [n["key"] for n in first["nodes"] + rest["nodes"]] == ["c", "b", "a"]
    assert refused["errors"][0]["extensions"]["code"] == "invalid_input"


async def test_a_nested_question_costs_a_statement_per_level(caller: Caller) -> None:
    """Ten problems cost what two cost."""
    for number in range(3):
        await save_edge(caller.graph, f"cause{number}", f"effect{number}")
    query = """query { problems(first: 20) { nodes { key signature { metric }
        causes(first: 5) { probability cause { title } evidence(first: 2) { summary } } } } }"""

    await caller.ask(query)  # the token is looked up once
    before = statements_sent()
    few = await caller.ask(query)
    cost = statements_sent() - before
    for number in range(3, 8):
        await save_edge(caller.graph, f"cause{number}", f"effect{number}")
    before = statements_sent()
    many = await caller.ask(query)

    assert statements_sent() - before == cost
    assert len(few["problems"]["nodes"]) == 6
    effects = [n for n in many["problems"]["nodes"] if n["causes"]]
    assert len(effects) == 8
    assert effects[0]["causes"][0]["evidence"] == [{"summary": "seen"}]


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ('problem(id: "ghost")', "not_found"),
        ('component(id: "ghost")', "not_found"),
        ('edge(id: "ghost")', "not_found"),
        ('causes(problem: "ghost")', "not_found"),
        ('causalPaths(from: "web", to: "ghost")', "not_found"),
        ('causes(problem: "web", maxDepth: 11)', "invalid_input"),
        ('effects(problem: "web", minProbability: 2)', "invalid_input"),
        ("minimalMetrics", "invalid_input"),
        ('minimalMetrics(problem: "web")', "invalid_input"),
        ('minimalMetrics(problem: "web", covers: 9)', "invalid_input"),
        ('minimalMetrics(incident: "ghost")', "not_found"),
    ],
)
async def test_an_expected_failure_is_a_value(caller: Caller, field: str, code: str) -> None:
    """Of the field's union, with a code and a hint where there is one."""
    await save_problems(caller.graph, "web")

    data = await caller.ask(f"query {{ it: {field} {{ {FAILED} }} }}")

    assert data["it"]["code"] == code


async def test_a_claim_is_proposed_confirmed_and_refuted(caller: Caller) -> None:
    """Each step needs the version that the decider saw, and leaves evidence."""
    await save_problems(caller.graph, "db", "web")
    edge = (
        "... on CausalEdge { id key status version decidedBy reason probability evidence { kind } }"
    )
    propose = f"""mutation ($reason: String!) {{ proposeEdge(cause: "db", effect: "web",
        relation: CALLEE, reason: $reason) {{ {edge} {FAILED} }} }}"""
    confirm = f"""mutation ($id: ID!, $v: Int!) {{ confirmEdge(edge: $id, version: $v,
        reason: "reproduced") {{ {edge} {FAILED} }} }}"""
    refute = confirm.replace("confirmEdge", "refuteEdge").replace("reproduced", "coincidence")

    proposed = (await caller.ask(propose, reason="seen twice"))["proposeEdge"]
    again = (await caller.ask(propose, reason="seen again"))["proposeEdge"]
    confirmed = (await caller.ask(confirm, id=proposed["id"], v=1))["confirmEdge"]
    stale = (await caller.ask(refute, id=proposed["key"], v=1))["refuteEdge"]
    refuted = (await caller.ask(refute, id=proposed["key"], v=2))["refuteEdge"]
    raised = (await caller.ask(propose, reason="but I saw it"))["proposeEdge"]

    assert (proposed["status"], proposed["version"]) == ("PROPOSED", 1)
    assert again == proposed
    assert (confirmed["status"], confirmed["decidedBy"]) == ("VALIDATED", "tester")
    assert confirmed["probability"] > 0.9
    assert stale["code"] == "conflict"
    assert (refuted["status"], refuted["reason"]) == ("REFUTED", "coincidence")
    assert raised["code"] == "conflict"
    assert "coincidence" in raised["message"]
    read = await caller.ask(f'query {{ edge(id: "{proposed["key"]}") {{ {edge} }} }}')
    assert sorted(e["kind"] for e in read["edge"]["evidence"]) == ["HUMAN"] * 3


async def test_a_claim_names_its_problems(caller: Caller) -> None:
    """From the claim to both of its ends."""
    kept = await save_edge(caller.graph, "db", "web")

    data = await caller.ask(
        f"""query {{ edge(id: "{kept.key}") {{ ... on CausalEdge {{
            cause {{ key effects {{ key }} }} effect {{ key }} relation }} }} }}"""
    )

    assert data["edge"] == {
        "cause": {"key": "db", "effects": [{"key": kept.key}]},
        "effect": {"key": "web"},
        "relation": "CALLEE",
    }


async def test_problems_are_merged_and_retired(caller: Caller) -> None:
    """The old key leads to the survivor; a retired one leaves the list."""
    await save_problems(caller.graph, "old", "new", "noise")
    problem = "... on Problem { key status aliases version }"
    merge = f"""mutation {{ mergeProblems(source: "old", into: "new", reason: "same")
        {{ {problem} {FAILED} }} }}"""
    retire = f"""mutation ($p: ID!, $v: Int) {{ retireProblem(problem: $p, reason: "noise",
        version: $v) {{ {problem} {FAILED} }} }}"""

    merged = (await caller.ask(merge))["mergeProblems"]
    stale = (await caller.ask(retire, p="noise", v=9))["retireProblem"]
    retired = (await caller.ask(retire, p="noise"))["retireProblem"]
    listed = await caller.ask("query { problems { nodes { key } } }")
    old = await caller.ask('query { problem(id: "old") { ... on Problem { key } } }')
    gone = await caller.ask("query { problems(status: [RETIRED]) { nodes { key } } }")

    assert merged["aliases"] == ["old"]
    assert stale["code"] == "conflict"
    assert retired["status"] == "RETIRED"
    assert listed["problems"]["nodes"] == [{"key": "new"}]
    assert old["problem"] == {"key": "new"}
    assert gone["problems"]["nodes"] == [{"key": "noise"}]


async def test_a_reader_may_not_write(caller: Caller) -> None:
    """Mutations need the scope `operate`; the refusal is a value."""
    reader = await caller.token(Scope.READ)
    query = f"""mutation {{ retireProblem(problem: "p", reason: "r") {{ {FAILED} }} }}"""

    body = await caller.answer(query, token=reader)

    assert body["data"]["retireProblem"]["code"] == "forbidden"


async def test_an_edge_shows_its_figures_history_and_all_evidence_in_pages(caller: Caller) -> None:
    """Strength with its interval, leak, belief, weight, per system, and who moved the status."""
    kept = await save_edge(caller.graph, "db", "web")
    said = f'confirmEdge(edge: "{kept.key}", version: 1, reason: "tried") {{ __typename }}'
    await caller.ask(f"mutation {{ {said} }}")
    ask = """query ($key: ID!, $after: String) { edge(id: $key) { ... on CausalEdge {
        hits strength strengthLow strengthHigh leak leakHigh eValue orderShare orderComparisons
        maxLag
        inferenceWeight probability explained refutedIn confoundedBy { key }
        systems { system hits misses strength onsets exposure pairs }
        history { by before after why }
        allEvidence(first: 1, after: $after) {
          pageInfo { hasNextPage endCursor } nodes { kind outcome order gap } } } } }"""

    first = (await caller.ask(ask, key=kept.key))["edge"]
    cursor = first["allEvidence"]["pageInfo"]["endCursor"]
    second = (await caller.ask(ask, key=kept.key, after=cursor))["edge"]

    assert (first["hits"], first["orderShare"], first["maxLag"]) == (1, 1.0, 300.0)
    assert first["strengthLow"] < first["strength"] < first["strengthHigh"]
    assert 0 < first["leak"] < first["leakHigh"] and first["eValue"] > 1
    assert 0 < first["inferenceWeight"] < first["probability"]
    assert (first["refutedIn"], first["confoundedBy"], first["explained"]) == ([], [], False)
    assert [(s["system"], s["hits"], s["exposure"]) for s in first["systems"]] == [
        ("default", 1, 3600.0)
    ]
    [change] = first["history"]
    assert (change["before"], change["after"], change["why"]) == ("PROPOSED", "VALIDATED", "tried")
    seen = [page["allEvidence"]["nodes"][0]["kind"] for page in (first, second)]
    assert sorted(seen) == ["HUMAN", "OBSERVATION"]
    assert not second["allEvidence"]["pageInfo"]["hasNextPage"]
