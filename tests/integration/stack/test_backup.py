"""The embedded graph, dumped, changed and loaded again."""

from __future__ import annotations

import json
from pathlib import Path

import neo4j
import pytest
from typer.testing import CliRunner

from labo.cli.main import app
from labo.errors import Conflict, LaboError, NotFound
from labo.stack.backup import dump_graph, load_graph
from labo.stack.jars import default_jar_dir, ensure_jars
from labo.stack.neo4j_server import prepare_neo4j, start_neo4j
from labo.stack.ownership import hold_data_folder

PASSWORD = "only-for-this-test"


def query(data_dir: Path, text: str) -> list[object]:
    """Start the folder's Neo4j, run one statement, stop; the first column."""
    server = start_neo4j(data_dir / "neo4j", ensure_jars(default_jar_dir()), password=PASSWORD)
    try:
        with neo4j.GraphDatabase.driver(server.uri, auth=("neo4j", PASSWORD)) as driver:
            return [record[0] for record in driver.execute_query(text).records]
    finally:
        server.stop()


def prepare(data_dir: Path) -> None:
    """A graph's folder that has its password and was never started."""
    jars = ensure_jars(default_jar_dir())
    prepare_neo4j(data_dir / "neo4j", jars, bolt_port=1, http_port=2, password=PASSWORD)


def labo(*arguments: object) -> str:
    """Standard output of a command that succeeds."""
    result = CliRunner().invoke(app, [str(word) for word in arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_a_saved_graph_is_loaded_into_another_folder(tmp_path: Path) -> None:
    """A dump carries the graph to another machine; an existing file is never overwritten."""
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "graph.dump"
    query(old, "CREATE (n:Problem {key: 'saved'}) RETURN n.key")
    prepare(new)

    saved = json.loads(labo("backup", file, "--json", "--data", old))
    with pytest.raises(Conflict, match="exists already"):
        dump_graph(old, file)
    assert labo("restore", file, "--yes", "--data", new) == "Restored.\n"

    assert saved == {"file": str(file), "bytes": file.stat().st_size}
    assert query(new, "MATCH (n:Problem) RETURN n.key") == ["saved"]


def test_a_running_stack_is_not_dumped(tmp_path: Path) -> None:
    """The lock of the data folder keeps a dump and a server apart."""
    (tmp_path / "neo4j" / "data" / "dbms").mkdir(parents=True)
    (tmp_path / "neo4j" / "data" / "dbms" / "auth.ini").touch()

    with hold_data_folder(tmp_path), pytest.raises(Conflict, match="is held by"):
        dump_graph(tmp_path, tmp_path / "graph.dump")


def test_what_is_absent_is_named(tmp_path: Path) -> None:
    """No graph, no file: each says which."""
    with pytest.raises(NotFound, match="no embedded graph"):
        dump_graph(tmp_path, tmp_path / "graph.dump")
    with pytest.raises(NotFound, match="no such file"):
        load_graph(tmp_path, tmp_path / "absent.dump")


def test_a_file_that_is_no_dump_fails_loudly(tmp_path: Path) -> None:
    """Neo4j's refusal reaches the operator."""
    prepare(tmp_path)
    (tmp_path / "x.dump").write_text("not a dump")

    with pytest.raises(LaboError, match="neo4j-admin database load failed"):
        load_graph(tmp_path, tmp_path / "x.dump")
