from __future__ import annotations

import json
from pathlib import Path

from tests.integration.tokens.conftest import Run


def test_ensure_makes_one_token_and_keeps_it(labo: Run, tmp_path: Path) -> None:
    """The first call makes the token, readable by its owner only; the next finds it working. A
    log file that takes the output doesn't get the secret."""
    first = labo("token", "ensure")
    assert first.returncode == 0, first.stderr
    secret = (tmp_path / "token").read_text().strip()
    second = labo("token", "ensure", "--json")

    assert second.returncode == 0
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    assert secret not in first.stdout + first.stderr
    assert json.loads(second.stdout) == {"created": False, "path": str(tmp_path / "token")}
    assert (tmp_path / "token").read_text().strip() == secret


def test_ensure_replaces_a_token_that_the_graph_does_not_know(labo: Run, tmp_path: Path) -> None:
    """After the graph was set up anew, the stored token is replaced by one that works."""
    (tmp_path / "token").write_text("labo_of_another_time\n")

    done = labo("token", "ensure", "--json")

    assert json.loads(done.stdout)["created"] is True
    assert (tmp_path / "token").read_text().strip() != "labo_of_another_time"


def test_create_list_rotate_revoke(labo: Run) -> None:
    """The whole life of a token by command."""
    made = json.loads(
        labo("token", "create", "ci", "--scope", "read", "--expires-in", "90d", "--json").stdout
    )
    rotated = json.loads(labo("token", "rotate", made["id"], "--grace", "0s", "--json").stdout)
    revoked = labo("token", "revoke", rotated["id"])
    listed = json.loads(labo("token", "list", "--json").stdout)
    table = labo("token", "list").stdout

    assert made["scopes"] == "read"
    assert made["expires_at"] is not None
    assert rotated["token"].startswith("labo_")
    assert revoked.returncode == 0
    assert {(row["id"], row["valid"]) for row in listed} == {
        (made["id"], False),
        (rotated["id"], False),
    }
    assert made["token"] not in table
    assert made["id"] in table


def test_mistakes_have_their_exit_codes(labo: Run) -> None:
    """Bad input is 2, an unknown token 4, no stack to ask 3; each with one line that says why."""
    bad = labo("token", "create", "x", "--expires-in", "soon")
    unknown = labo("token", "revoke", "nope")
    nothing_runs = labo("graphql", "{ __typename }")

    assert (bad.returncode, unknown.returncode, nothing_runs.returncode) == (2, 4, 3)
    assert "90d" in bad.stderr
    assert "labo token list" in unknown.stderr
    assert "labo up" in nothing_runs.stderr
