"""The Cypher lint finds what the database would accept in silence."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.ontology import exported

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(
    NODE is None or not (ROOT / "tools" / "node_modules").is_dir(),
    reason="needs Node and `make lint` once",
)

# file name -> statement, and the messages expected, each with its line
BAD = {
    "syntax": ("CREATE (n:Job {id: 1}\nRETURN n.id AS id", ["2: Invalid input 'RETURN'"]),
    "label": ("MATCH (n:Problm) RETURN n.key AS key", ["1: unknown label or type Problm"]),
    "merged_label": ("MERGE (n:Wrong) RETURN 1 AS one", ["1: unknown label or type Wrong"]),
    "set_label": ("MATCH (n:Job) SET n:Wrong", ["1: unknown label or type Wrong"]),
    "type": (
        "MATCH (:Problem)-[r:CAUSEZ]->() RETURN r.edge AS edge",
        ["1: unknown label or type CAUSEZ"],
    ),
    "read": (
        "MATCH (n:Problem)\nRETURN n.titel AS title",
        ["2: unknown property titel on Problem"],
    ),
    "pattern": (
        "MATCH (n:Problem {kee: 1}) RETURN n.key AS key",
        ["1: unknown property kee on Problem"],
    ),
    "other_label": (
        "MATCH (n:Problem)\nRETURN n.due_at AS due_at",
        ["2: unknown property due_at on Problem"],
    ),
    "merged": ("MERGE (n:Job {idd: 1})", ["1: unknown property idd on Job"]),
    "set": ("MATCH (n:Job) SET n.dueAt = 1", ["1: unknown property dueAt on Job"]),
    "set_map": ("MATCH (n:Job) SET n += {due: 1}", ["1: unknown property due on Job"]),
    "projected": ("MATCH (n:Job) RETURN n {.due} AS job", ["1: unknown property due on Job"]),
    "relationship": (
        "MATCH ()-[r:CAUSES]->() RETURN r.hits AS hits",
        ["1: unknown property hits on CAUSES"],
    ),
    "deprecated": (
        "MATCH (n:Job) RETURN id(n) AS id",
        ["1: The query used a deprecated function"],
    ),
    "apoc": ("RETURN apoc.date.format(1) AS d", ["1: apoc.date: the product runs without APOC"]),
    "dynamic": (
        "MATCH (n:$($label)) RETURN n.key AS key",
        ["1: dynamic label in MATCH scans all nodes"],
    ),
    "writes": (
        "// access: read\nMATCH (n:Job)\nDELETE n",
        ["3: DELETE in a statement with access: read"],
    ),
    "two": ("RETURN 1 AS one;\nRETURN 2 AS two", ["1: 2 statements; a file holds exactly one"]),
}
GOOD = """\
// access: write
UNWIND $rows AS row
MERGE (j:Job {workspace: $workspace, id: row.job_id})
  ON CREATE SET j.due_at = row.wanted_at, j += row.properties
WITH j, row, {first: j.kind, anything: 1} AS facts
CALL (j, row) {
  MATCH (e:Event {workspace: $workspace, batch: row.batch_id})
  RETURN collect(e {.id, .title, opened: e.starts_at}) AS events
}
OPTIONAL MATCH (:Problem)-[c:CAUSES {edge: facts.first}]->(p:Problem)
RETURN j.id AS id, facts.anything AS anything, p.embedding_hashed_256 AS vector,
       [event IN events | event.opened] AS opened, c.probability AS probability
"""


def lint(folder: Path) -> tuple[int, list[str]]:
    assert NODE is not None
    result = subprocess.run(
        [NODE, ROOT / "tools" / "lint_cypher.mjs", folder],
        input=json.dumps(exported()),
        capture_output=True,
        check=False,
        text=True,
    )
    assert result.stderr == ""
    return result.returncode, result.stdout.replace(f"{folder}/", "").splitlines()


def test_refuses_each_bad_statement(tmp_path: Path) -> None:
    """Syntax, unknown names in any clause, deprecated forms, and the project's own rules."""
    for name, (statement, _) in BAD.items():
        (tmp_path / f"{name}.cypher").write_text(statement, encoding="utf-8")

    code, output = lint(tmp_path)

    found: dict[str, list[str]] = {}
    for line in output[:-1]:
        name, _, message = line.partition(".cypher:")
        found.setdefault(name, []).append(message)
    unexpected = {
        name: found.get(name)
        for name, (_, expected) in BAD.items()
        if len(found.get(name, [])) != len(expected)
        or not all(map(str.startswith, found[name], expected))
    }
    assert (code, unexpected) == (1, {})


def test_lets_parameters_maps_and_projections_pass(tmp_path: Path) -> None:
    """Keys of rows, of map literals and of projections are no properties."""
    (tmp_path / "good.cypher").write_text(GOOD, encoding="utf-8")

    assert lint(tmp_path) == (0, ["cypher: 1 files, 0 problems"])


def test_a_migration_holds_several_statements(tmp_path: Path) -> None:
    """Each statement has its own variables; a finding names the line in the file."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "V0001__x.cypher").write_text(
        "// keys\n"
        "CREATE CONSTRAINT a IF NOT EXISTS FOR (n:Job) REQUIRE n.id IS UNIQUE;\n"
        "CREATE CONSTRAINT b IF NOT EXISTS FOR (n:Problem) REQUIRE n.idd IS UNIQUE;\n",
        encoding="utf-8",
    )

    code, output = lint(folder)

    assert code == 1
    assert output[0] == "V0001__x.cypher:3: unknown property idd on Problem"
