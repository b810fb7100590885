"""A person's words name the problem of a confirmed cause, and the incident."""

from __future__ import annotations

import pytest

from graph import confirmed_causes, experiences, incidents, problems
from graph import incident_acts as acts
from labo.domain.entities.problems import ProblemKind, problem_key
from labo.domain.incidents.acts import ActKind
from labo.errors import Conflict, InvalidInput
from tests.integration.diagnosis.test_diagnosis_service import a_slow_database, an_incident
from tests.integration.linking.conftest import Bench, bench
from tests.integration.linking.test_linking import counted

__all__ = ["bench"]

pytestmark = pytest.mark.stack

NAMED = problem_key("database", ProblemKind.ALERT, "missing index")
REMEMBERING = "MATCH (j:Job {workspace: $w, kind: 'memory.remember'}) RETURN count(j)"


async def title_of(bench: Bench, incident: str) -> str:
    return (await incidents.get(bench.labo.graph, incident)).title


async def test_the_title_follows_the_diagnosis(bench: Bench) -> None:
    """The symptom until the cause is known; the symptom stays known."""
    incident = await an_incident(bench, a_slow_database())
    before = await title_of(bench, incident)
    await bench.labo.diagnosis.diagnose(incident)
    [handling] = await acts.find_handling(bench.labo.graph, [incident])

    assert before == "WebSlow on web" == handling.symptom
    assert await title_of(bench, incident) == "db is slow (seen at web)"


async def test_a_component_and_a_name_are_a_problem_of_that_name(bench: Bench) -> None:
    """It is learnt under the name, remembered by it, and is what the incident is called."""
    labo = bench.labo
    incident = await an_incident(bench, a_slow_database())
    await labo.diagnosis.diagnose(incident)
    finding = await labo.causes.confirm(
        incident, component="shop/db", name="missing index", reason="seen", by="ann"
    )
    asked = await counted(bench, REMEMBERING)
    await labo.learning.catch_up()
    await labo.memory.remember(incident)
    named = await problems.get(labo.graph, NAMED)
    [learnt] = await experiences.read_after(labo.graph, 0, 10)
    causes = await confirmed_causes.find_by_incidents(labo.graph, [incident])
    [similar] = await labo.memory.similar(text="a missing index somewhere")
    [newest, *_] = await acts.find_by_incidents(labo.graph, [incident])

    assert finding.summary == "Confirmed cause: missing index at db. seen"
    assert (named.title, named.named_by, named.role) == ("missing index", "ann", "database")
    assert (learnt.content["problem"], learnt.content["component"]) == (NAMED, "db")
    assert [(one.component, one.problem) for one in causes] == [("shop/db", NAMED)]
    assert await title_of(bench, incident) == "missing index at db (seen at web)"
    assert (similar.incident.id, similar.incident.cause) == (incident, "missing index at db")
    assert (newest.kind, newest.by, newest.text) == (
        ActKind.CAUSE_CONFIRMED,
        "ann",
        "missing index at db. seen",
    )
    assert asked == 1


async def test_the_next_incident_is_called_by_the_name(bench: Bench) -> None:
    """What a person called the problem once is what the diagnosis calls it."""
    labo = bench.labo
    first = await an_incident(bench, a_slow_database())
    await labo.diagnosis.diagnose(first)
    await labo.causes.confirm(
        first, component="shop/db", name="missing index", reason="seen", by="ann"
    )
    await labo.learning.catch_up()
    other = await an_incident(bench, a_slow_database(), system="farm")
    found = await labo.diagnosis.diagnose(other)

    assert found is not None
    assert found.analysis.suspects[0].problem == "missing index"
    assert await title_of(bench, other) == "missing index at db (seen at web)"


async def test_a_given_problem_is_named_once(bench: Bench) -> None:
    """Another name for it is a conflict, which says what people call it; and nothing is kept."""
    labo = bench.labo
    incident = await an_incident(bench, a_slow_database())
    alert = problem_key("service", ProblemKind.ALERT, "WebSlow")
    for _ in range(2):
        await labo.causes.confirm(
            incident, problem=alert, name="no free worker", reason="seen", by="ann"
        )
    with pytest.raises(Conflict, match="'no free worker' already"):
        await labo.causes.confirm(incident, problem=alert, name="other", reason="r", by="bob")
    with pytest.raises(InvalidInput, match="one line"):
        await labo.causes.confirm(incident, problem=alert, name="a\nb", reason="r", by="bob")
    named = await problems.get(labo.graph, alert)

    assert (named.title, named.named_by, named.former_titles) == (
        "no free worker",
        "ann",
        ("WebSlow",),
    )
    assert await title_of(bench, incident) == "no free worker at web"


async def test_a_persons_title_stays(bench: Bench) -> None:
    """Neither a diagnosis nor a confirmed cause changes it."""
    labo = bench.labo
    incident = await an_incident(bench, a_slow_database())
    renamed = await labo.incidents.rename(incident, "black Friday", by="ann")
    await labo.diagnosis.diagnose(incident)
    await labo.causes.confirm(incident, component="shop/db", reason="seen", by="ann")
    [handling] = await acts.find_handling(labo.graph, [incident])

    assert renamed.title == await title_of(bench, incident) == "black Friday"
    assert (handling.titled_by, handling.symptom) == ("ann", "WebSlow on web")


async def test_an_inconclusive_diagnosis_brings_the_symptom_back(bench: Bench) -> None:
    """But not over a confirmed cause."""
    graph = bench.labo.graph
    incident = await an_incident(bench, a_slow_database())
    await bench.labo.diagnosis.diagnose(incident)
    called = [await title_of(bench, incident)]
    await graph.write(lambda tx: incidents.set_title(tx, incident, None))
    called.append(await title_of(bench, incident))
    await bench.labo.causes.confirm(incident, component="shop/db", reason="seen", by="ann")
    await graph.write(lambda tx: incidents.set_title(tx, incident, None))
    called.append(await title_of(bench, incident))

    assert called == ["db is slow (seen at web)", "WebSlow on web", "db is slow (seen at web)"]


@pytest.mark.parametrize("learnt", [True, False])
async def test_a_name_that_was_taken_back_leaves_no_problem(bench: Bench, *, learnt: bool) -> None:
    """Learnt already or not; the timeline keeps that it was given."""
    labo = bench.labo
    incident = await an_incident(bench, a_slow_database())
    await labo.diagnosis.diagnose(incident)
    known = {one.key for one in await problems.find(labo.graph)}
    cause = {"component": "shop/db", "name": "missing index"}
    await labo.causes.confirm(incident, **cause, reason="seen", by="ann")
    if learnt:
        await labo.learning.catch_up()
    await labo.causes.withdraw(incident, reason="a mistake", by="ann")
    await labo.learning.catch_up()
    timeline = await acts.find_by_incidents(labo.graph, [incident])

    assert {one.key for one in await problems.find(labo.graph)} == known
    assert await problems.find(labo.graph, shown=True) == []
    assert timeline[-1].text == "missing index at db. seen"


@pytest.mark.parametrize("otherwise", ["confirmed elsewhere", "created before", "met"])
async def test_a_problem_that_is_known_otherwise_outlives_a_taken_back_cause(
    bench: Bench, otherwise: str
) -> None:
    """By another incident's cause, by a person's word, or by its occurrences; with its name."""
    labo = bench.labo
    first = await an_incident(bench, a_slow_database())
    cause = {"component": "shop/db", "name": "missing index"}
    if otherwise == "created before":
        await labo.problems.create("missing index", "database", by="bob")
    if otherwise == "met":
        cause = {"problem": problem_key("service", ProblemKind.ALERT, "WebSlow")}
        cause["name"] = "missing index"
    await labo.causes.confirm(first, **cause, reason="seen", by="ann")
    if otherwise == "confirmed elsewhere":
        other = await an_incident(bench, a_slow_database(), system="farm")
        elsewhere = {**cause, "component": "farm/db"}
        await labo.causes.confirm(other, **elsewhere, reason="seen", by="ann")
    await labo.causes.withdraw(first, reason="a mistake", by="ann")
    await labo.learning.catch_up()

    assert "missing index" in {one.title for one in await problems.find(labo.graph)}
