"""A confirmed cause of a live incident is a labelled incident from its telemetry."""

from __future__ import annotations

import pytest

from graph import conditions, confirmed_causes, experiences, incident_acts, incidents
from labo.domain.entities.conditions import Direction
from labo.domain.entities.problems import ProblemKind, problem_key
from labo.domain.incidents.acts import ActKind
from labo.domain.knowledge.experiences import labelled_incident_of
from tests.builders.knowledge import save_problems
from tests.integration.diagnosis.test_diagnosis_service import a_slow_database, an_incident
from tests.integration.linking.conftest import Bench, bench
from tests.integration.linking.test_linking import counted

__all__ = ["bench"]

pytestmark = pytest.mark.stack

DB_SLOW = problem_key("database", ProblemKind.METRIC, "slow")
FINDINGS = "MATCH (f:Finding {workspace: $w}) RETURN count(f)"
WAKING = "MATCH (j:Job {workspace: $w, kind: 'learning.catch_up'}) RETURN count(j)"


async def test_what_was_confirmed_last_is_what_an_incident_teaches(bench: Bench) -> None:
    """One word, one labelled incident with what was foreseen; the same again is nothing new."""
    labo = bench.labo
    incident = await an_incident(bench, a_slow_database())
    await labo.diagnosis.diagnose(incident)
    for component in ("shop/db", "shop/db", "shop/auth", "shop/db"):
        await labo.causes.confirm(incident, component=component, reason="seen", by="ann")
    kept = await experiences.read_after(labo.graph, 0, 10)
    state = await labo.learning.catch_up()
    shown = await conditions.find_signatures(labo.graph, [DB_SLOW])
    labelled_incident = labelled_incident_of(kept[0])

    assert labelled_incident is not None
    assert (labelled_incident.problem, labelled_incident.component, labelled_incident.right) == (
        DB_SLOW,
        "db",
        True,
    )
    assert labelled_incident.z_scores["latency"] > 3
    assert labelled_incident.foreseen == labelled_incident.shown is not None
    assert {key: one.labelled_incidents for key, one in state.problems.items()} == {DB_SLOW: 1}
    assert [s.hits for s in shown if s.direction is Direction.HIGH] == [1]
    assert len(state.records) == 1
    assert await counted(bench, WAKING) == 1


async def test_a_merged_problem_stands_for_the_one_that_it_was_merged_into(bench: Bench) -> None:
    """Whoever has the old key at hand confirms the same cause, and finds where it occurred."""
    labo = bench.labo
    incident = await an_incident(bench, a_slow_database())
    await labo.diagnosis.diagnose(incident)
    await save_problems(labo.graph, "old")
    await labo.problems.merge("old", DB_SLOW, by="ann", reason="the same")
    await labo.causes.confirm(incident, problem="old", reason="seen", by="ann")

    [cause] = await confirmed_causes.find_by_incidents(labo.graph, [incident])
    assert cause.problem == DB_SLOW


async def test_a_problem_alone_is_placed_where_it_occurred(bench: Bench) -> None:
    """The incident holds it on a component already; and what is known is used at once."""
    labo = bench.labo
    incident = await an_incident(bench, a_slow_database())
    await labo.diagnosis.diagnose(incident)
    await labo.causes.confirm(incident, problem=DB_SLOW, reason="seen", by="ann")
    await labo.learning.catch_up()
    again = await labo.diagnosis.diagnose(incident)
    (kept,) = await experiences.read_after(labo.graph, 0, 10)

    assert kept.content["component"] == "db"
    assert again is not None
    assert again.analysis.suspects[0].problem_key == DB_SLOW


async def test_a_cause_that_is_taken_back_leaves_no_trace_but_in_the_timeline(
    bench: Bench,
) -> None:
    """The learner's state, the diagnosis and the title are those of before; so is a second time."""
    labo = bench.labo
    incident = await an_incident(bench, a_slow_database())
    await labo.diagnosis.diagnose(incident)
    before = await incidents.get(labo.graph, incident)
    unlearnt = await labo.learning.catch_up()
    located = await labo.diagnosis.located(incident)

    await labo.causes.confirm(incident, component="shop/auth", reason="seen", by="ann")
    confirmed = await incidents.get(labo.graph, incident)
    await labo.learning.catch_up()
    withdrawn, again_withdrawn = [
        await labo.causes.withdraw(incident, reason="it was the network", by="bob")
        for _ in range(2)
    ]
    state = await labo.learning.catch_up()
    again = await labo.diagnosis.narrowed(incident, frozenset({"latency"}))
    timeline = await incident_acts.find_by_incidents(labo.graph, [incident])

    assert again_withdrawn == withdrawn
    assert confirmed.title != before.title
    assert (await incidents.get(labo.graph, incident)).title == before.title
    assert await confirmed_causes.find_by_incidents(labo.graph, [incident]) == []
    assert await counted(bench, FINDINGS) == 0
    assert state.problems == unlearnt.problems
    assert state.labelled_seqs == unlearnt.labelled_seqs
    assert again.suspects[0].probability == located.suspects[0].probability
    assert [(one.kind, one.by) for one in timeline] == [
        (ActKind.CAUSE_WITHDRAWN, "bob"),
        (ActKind.CAUSE_CONFIRMED, "ann"),
    ]
