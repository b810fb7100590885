"""The embedded graph, dumped, changed and loaded again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import neo4j
import pytest
from typer.testing import CliRunner

from graph.migrate import available
from labo.cli.main import app
from labo.errors import Conflict, InvalidInput, NotFound
from labo.stack.backup import dump_graph, load_graph
from labo.stack.jars import default_jar_dir, ensure_jars
from labo.stack.neo4j_server import Neo4jProcess, prepare_neo4j, run_admin, start_neo4j
from labo.stack.ownership import hold_data_folder
from labo.stack.private_files import stored_secret


def fill(data_dir: Path) -> None:
    """A graph that holds one problem and says which migrations it has."""
    jars = ensure_jars(default_jar_dir())
    password = stored_secret(data_dir / "neo4j.password")
    server = start_neo4j(data_dir / "neo4j", jars, password=password)
    rows = [{"version": each.version, "checksum": each.checksum} for each in available()]
    try:
        with neo4j.GraphDatabase.driver(server.uri, auth=("neo4j", password)) as driver:
            driver.execute_query("UNWIND $rows AS row CREATE (m:Migration) SET m = row", rows=rows)
            driver.execute_query("CREATE (:Problem {key: 'saved'})-[:CAUSES]->(:Problem)")
    finally:
        server.stop()


def digests(folder: Path) -> dict[str, str]:
    """What a graph's data is made of, byte by byte."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "data").rglob("*"))
        if path.is_file()
    }


def never(server: Neo4jProcess) -> None:
    """The check of a graph that isn't even loaded."""
    raise AssertionError(server.uri)


def labo(*arguments: object) -> str:
    """Standard output of a command that succeeds."""
    result = CliRunner().invoke(app, [str(word) for word in arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_a_backup_replaces_a_graph_only_after_it_has_proven_itself(tmp_path: Path) -> None:
    """A damaged file leaves the present graph byte for byte and nothing beside it; a good one takes
    its place, is counted, and the graph before it is kept."""
    old, file = tmp_path / "old", tmp_path / "graph.backup"
    fill(old)
    before = digests(old / "neo4j")
    saved = json.loads(labo("backup", file, "--json", "--data", old))
    with pytest.raises(Conflict, match="exists already"):
        dump_graph(old, file)
    (tmp_path / "cut").write_bytes(file.read_bytes()[:-9_000])
    (tmp_path / "broken").write_bytes(b"DZV1" + bytes(1_000))

    with pytest.raises(InvalidInput, match="cut short"):
        load_graph(old, tmp_path / "cut", never)
    with pytest.raises(InvalidInput, match="Neo4j cannot use it: neo4j-admin database load"):
        load_graph(old, tmp_path / "broken", never)
    assert (digests(old / "neo4j"), sorted(path.name for path in old.iterdir())) == (
        before,
        ["neo4j", "neo4j.password", "stack.lock"],
    )

    done = json.loads(labo("restore", file, "--yes", "--json", "--data", old))

    assert saved == {"file": str(file), "bytes": file.stat().st_size}
    assert file.stat().st_mode & 0o777 == 0o600
    nodes = len(available()) + 2
    found = {"nodes": nodes, "relationships": 1, "migration": len(available())}
    [kept] = old.glob("neo4j.before-*")
    proof = {"restored": True, "verified": True, "kept": str(kept)}
    assert done == {"file": str(file), **proof, **found}
    assert digests(kept) == before
    assert (old / "neo4j").stat().st_mode & 0o777 == 0o700


def test_a_running_stack_is_not_dumped(tmp_path: Path) -> None:
    """The lock of the data folder keeps a dump and a server apart."""
    with hold_data_folder(tmp_path), pytest.raises(Conflict, match="is held by"):
        dump_graph(tmp_path, tmp_path / "graph.dump")


def test_what_is_absent_is_named(tmp_path: Path) -> None:
    """No graph, no file: each says which."""
    with pytest.raises(NotFound, match="no embedded graph"):
        dump_graph(tmp_path, tmp_path / "graph.dump")
    with pytest.raises(NotFound, match="no such file"):
        load_graph(tmp_path, tmp_path / "absent.dump", never)


def test_the_password_is_on_no_command_line(tmp_path: Path) -> None:
    """Neo4j's admin command reads it from a file, which is gone afterwards."""
    jars, secret = ensure_jars(default_jar_dir()), 'with "quotes" and \\ in it'
    prepare_neo4j(tmp_path, jars, bolt_port=1, http_port=2, password=secret)

    assert "neo4j:SHA-256" in (tmp_path / "data" / "dbms" / "auth.ini").read_text()
    assert [path.name for path in (tmp_path / "conf").iterdir()] == ["neo4j.conf"]
    with pytest.raises(Exception, match="neo4j-admin database load: "):
        run_admin(tmp_path, jars, "database", "load", "neo4j", f"--from-path={tmp_path}")
