"""Every Cypher file: loaded by one constant, names only known things, and its plan seeks."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import pytest
from neo4j import AsyncSession

import graph
from graph.client import Graph
from graph.driver import open_driver
from graph.migrate import migrate
from graph.ontology import PROPERTIES, RELATIONSHIP_PROPERTIES, Label, RelationshipType
from graph.statements import LOADED, Statement
from tests.conftest import TestStack
from tests.cypher.exceptions import EAGER, SCANS

for _module in pkgutil.iter_modules(graph.__path__):
    importlib.import_module(f"graph.{_module.name}")

STATEMENTS: dict[str, Statement[object]] = dict(sorted(LOADED.items()))
SOURCES = {path.name: path.read_text("utf-8") for path in Path(graph.__path__[0]).glob("*.py")}
NODES_PER_LABEL = 500
LINKS = (
    "Component DEPENDS_ON Component",
    "Component EXPOSES Metric",
    "Condition OF Metric",
    "Problem SHOWS Condition",
    "Problem CAUSE_OF CausalEdge",
    "CausalEdge EFFECT_ON Problem",
    "Problem CAUSES Problem",
    "Evidence ABOUT CausalEdge",
    "Event SIGNALS Occurrence",
    "Occurrence INSTANCE_OF Problem",
    "Occurrence ON Component",
    "Occurrence MEETS Condition",
    "Incident INCLUDES Occurrence",
    "Incident DIAGNOSED_BY Diagnosis",
    "Diagnosis SUSPECTS Component",
    "Incident CAUSED_BY Problem",
    "Proposal FOR Incident",
    "Finding FOR Incident",
    "Report ABOUT Incident",
    "Decision DECIDES Proposal",
    "Experiment RUNS Scenario",
    "Scenario TESTS CausalEdge",
    "TemplateVersion OF Template",
)
"""What the planner believes in: without counts it may as well start at the wrong end."""

_STARTS = {
    "Argument",
    "CreateIndex",
    "DoNothingIfExists(INDEX)",
    "EmptyRow",
    "NodeCountFromCountStore",
    "ProcedureCall",
    "RelationshipCountFromCountStore",
    "Unwind",
}


@dataclass(frozen=True)
class Planned:
    columns: tuple[str, ...]
    root: Mapping[str, Any]

    def operators(self) -> Iterator[Mapping[str, Any]]:
        yield from _walk(self.root)


def _walk(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("children", ()):
        yield from _walk(child)


def _kind(node: Mapping[str, Any]) -> str:
    return cast("str", node["operatorType"]).split("@")[0]


SEED_NODES = """
UNWIND $rows AS row CREATE (n:$($label)) SET n = row RETURN collect(elementId(n)) AS ids
"""
SEED_LINKS = """
UNWIND $rows AS row MATCH (a) WHERE elementId(a) = row.start MATCH (b) WHERE elementId(b) = row.end
CREATE (a)-[r:$($kind)]->(b) SET r = row.properties
"""


async def _seed(session: AsyncSession) -> None:
    """Every label and the links between them, each value distinct."""
    ids: dict[str, list[str]] = {}
    for label in Label:
        names = ("workspace", *PROPERTIES[label])
        rows = [dict.fromkeys(names, f"plan{i}") for i in range(NODES_PER_LABEL)]
        result = await session.run(SEED_NODES, rows=rows, label=label.value)
        record = await result.single(strict=True)
        ids[label.value] = record["ids"]
    for link in LINKS:
        start, kind, end = link.split()
        named = RELATIONSHIP_PROPERTIES.get(RelationshipType(kind), ())
        pairs = enumerate(zip(ids[start], ids[end], strict=True))
        links = [
            {"start": a, "end": b, "properties": dict.fromkeys(named, f"plan{i}")}
            for i, (a, b) in pairs
        ]
        await (await session.run(SEED_LINKS, rows=links, kind=kind)).consume()
    for procedure in ("CALL db.resampleOutdatedIndexes()", "CALL db.clearQueryCaches()"):
        await (await session.run(procedure)).consume()


@pytest.fixture(scope="module")
async def plans(stack: TestStack) -> AsyncIterator[dict[str, Planned]]:
    """The server's plan of each statement, on a graph that holds something under every label."""
    driver = open_driver(stack.neo4j_uri, stack.neo4j_user, stack.neo4j_password)
    await migrate(driver, Graph(driver))
    found = {}
    async with driver.session() as session:
        await _seed(session)
        for name, statement in STATEMENTS.items():
            result = await session.run("EXPLAIN " + statement.text, dict.fromkeys(statement.params))
            columns = tuple(result.keys())
            found[name] = Planned(columns, (await result.consume()).plan or {})
        removal = "MATCH (n) WHERE n.workspace STARTS WITH 'plan' DETACH DELETE n"
        await (await session.run(removal)).consume()
    await driver.close()
    yield found


def test_every_file_is_loaded_by_exactly_one_constant() -> None:
    """A file that nothing loads is dead; one loaded twice drifts apart in its row types."""
    folder = files("cypher")
    on_disk = {
        f"{topic.name}/{entry.name.removesuffix('.cypher')}"
        for topic in folder.iterdir()
        if topic.is_dir()
        for entry in topic.iterdir()
        if entry.name.endswith(".cypher")
    }
    loads = re.findall(
        r'^([A-Z_]+)(?:: [^=]+)? = load\(\s*"([\w/]+)"', "\n".join(SOURCES.values()), re.MULTILINE
    )

    assert sorted(name for _, name in loads) == sorted(on_disk)
    assert on_disk == set(STATEMENTS)


def test_every_constant_is_used() -> None:
    """Loading without running is dead code that the coverage of a module hides."""
    root = Path(graph.__path__[0]).parent
    text = "\n".join(
        path.read_text("utf-8")
        for package in ("graph", "labo", "workers", "api")
        for path in (root / package).rglob("*.py")
    )
    constants = re.findall(r"^([A-Z_]+)(?:: [^=]+)? = load\(", text, re.MULTILINE)
    named = Counter(re.findall(r"\w+", text))
    unused = [name for name in constants if named[name] < 2]

    assert unused == []


@pytest.mark.parametrize("name", STATEMENTS)
def test_only_known_labels_and_types_are_named(name: str) -> None:
    """A misspelt label reads nothing and says nothing."""
    body = re.sub(r"//[^\n]*|'(?:\\.|[^'\\])*'", "", STATEMENTS[name].text)
    labels = set(re.findall(r"\(\s*\w*\s*:\s*([\w|&:]+)", body))
    types = set(re.findall(r"\[\s*\w*\s*:\s*([\w|]+)", body))
    named = {part for group in labels for part in re.split(r"[|&:]", group) if part}

    assert named <= {label.value for label in Label}
    assert {p for group in types for p in group.split("|")} <= {t.value for t in RelationshipType}


@pytest.mark.stack
@pytest.mark.parametrize("name", STATEMENTS)
def test_the_server_returns_the_columns_of_the_header(plans: dict[str, Planned], name: str) -> None:
    """The header is the contract that the rows are read by."""
    assert plans[name].columns == STATEMENTS[name].returns


@pytest.mark.stack
@pytest.mark.parametrize("name", STATEMENTS)
def test_plans_begin_with_a_seek(plans: dict[str, Planned], name: str) -> None:
    """A scan is fast on the developer's graph and slow on the customer's."""
    leaves = {_kind(node) for node in plans[name].operators() if not node.get("children")}
    scans = {leaf for leaf in leaves if "Seek" not in leaf} - _STARTS

    assert (not scans) or (name in SCANS and scans == {"NodeByLabelScan"})


@pytest.mark.stack
def test_a_page_of_problems_is_read_in_the_order_of_its_index(plans: dict[str, Planned]) -> None:
    """Sorting before the limit reads all problems of the workspace for one page."""
    [union] = [n for n in plans["problems/find_problems"].operators() if _kind(n) == "Union"]
    below = [_kind(node) for node in _walk(union)]

    assert below.count("NodeIndexSeek") == below.count("Limit") == 2
    assert set(below) <= {"Union", "Projection", "Limit", "Filter", "NodeIndexSeek", "Argument"}


FIRST_ONES = {
    "events/find_last": 1,
    "jobs/find_next_queue": 2,
    "jobs/upsert_sent": 1,
    "linking/find_episodes": 2,
    "linking/find_started": 2,
    "linking/find_waiting": 1,
}
"""Statements that read the first entries of an index, and from how many ends."""


@pytest.mark.stack
@pytest.mark.parametrize("name", FIRST_ONES)
def test_the_first_of_many_are_read_in_the_order_of_an_index(
    plans: dict[str, Planned], name: str
) -> None:
    """Sorting reads all that is there to find what is first: a backlog, a history, a storm."""
    below_limits = [
        [_kind(node) for node in _walk(limit)]
        for limit in plans[name].operators()
        if _kind(limit) == "Limit"
    ]
    in_order = [kinds for kinds in below_limits if "NodeIndexSeek" in kinds]

    assert len(in_order) >= FIRST_ONES[name]
    assert not {"Sort", "Top", "PartialTop"} & {kind for kinds in in_order for kind in kinds}


@pytest.mark.stack
@pytest.mark.parametrize("name", STATEMENTS)
def test_products_are_of_single_nodes(plans: dict[str, Planned], name: str) -> None:
    """Two nodes looked up by their unique keys make one row; anything else explodes."""
    for node in plans[name].operators():
        if _kind(node) == "CartesianProduct":
            sides = {_kind(leaf) for leaf in _walk(node) if not leaf.get("children")}
            assert sides == {"NodeUniqueIndexSeek(Locking)"}


@pytest.mark.stack
@pytest.mark.parametrize("name", STATEMENTS)
def test_an_eager_plan_has_its_reason(plans: dict[str, Planned], name: str) -> None:
    """Eager holds every row in memory: harmless for few, fatal for many."""
    eager = any(_kind(node) == "Eager" for node in plans[name].operators())

    assert not eager or name in EAGER


def test_reasons_are_of_statements_that_exist() -> None:
    """An exception outlives its statement otherwise."""
    assert set(SCANS) | set(EAGER) <= set(STATEMENTS)
