"""`labo templates lint`, `sign` and `migrate`, as the author of a template runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labo.cli.templates.main import app
from labo.errors import Forbidden, InvalidInput
from tests.builders.templates import NUDGE, NUDGE_2, TO_NUDGE_2, put, put_migration

runner = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two versions and a migration, unsigned as they are written."""
    made = tmp_path / "own"
    put(made, NUDGE)
    put(made, NUDGE_2)
    put_migration(made, TO_NUDGE_2)
    return made


def sign(folder: Path, *more: str) -> None:
    key = str(folder.parent / "key.pem")
    arguments = ["sign", str(folder), "--key", key, "--name", "ops", *more]
    result = runner.invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0


def linted(folder: Path) -> list[dict[str, str]]:
    result = runner.invoke(app, ["lint", str(folder), "--json"], catch_exceptions=False)
    rows: list[dict[str, str]] = json.loads(result.stdout)
    return rows


def test_a_draft_is_checked_before_it_is_signed(folder: Path) -> None:
    """And is said to be unsigned."""
    rows = linted(folder)

    assert [row["key"] for row in rows] == ["nudge@1", "nudge@2", "nudge@2"]
    assert all(row["signed_by"] is None and "missing" in row["fault"] for row in rows)


def test_what_is_signed_is_said_by_whom(folder: Path) -> None:
    """After which nothing stands against it."""
    sign(folder)

    assert {(row["signed_by"], row["fault"]) for row in linted(folder)} == {("ops", None)}


def test_a_release_fails_on_what_is_not_signed(folder: Path) -> None:
    """A text that was changed since counts as unsigned."""
    sign(folder)
    put(folder, {**NUDGE, "title": "Other"})

    with pytest.raises(Forbidden, match="changed after it was signed"):
        runner.invoke(app, ["lint", str(folder), "--require-signed"], catch_exceptions=False)


def test_a_malformed_draft_is_not_signed(folder: Path) -> None:
    """Signing checks first."""
    put(folder, {**NUDGE, "command": []})

    with pytest.raises(InvalidInput, match="needs a command"):
        sign(folder)
    assert not (folder / "set.json").exists()


def test_a_revocation_needs_a_reason_and_something_that_is_there(folder: Path) -> None:
    """Who reads the refusal later must learn why."""
    with pytest.raises(InvalidInput, match="reason"):
        sign(folder, "--revoke", "nudge@1")
    with pytest.raises(InvalidInput, match="not in this folder"):
        sign(folder, "--revoke", "nudge@9", "--reason", "x")
    sign(folder, "--revoke", "nudge@1", "--reason", "too rude")

    assert [row["fault"] for row in linted(folder) if row["key"] == "nudge@1"] == [
        "it was revoked: too rude"
    ]
    release = runner.invoke(app, ["lint", str(folder), "--require-signed"], catch_exceptions=False)
    assert release.exit_code == 0


def test_the_private_key_stays_outside_of_the_folder(folder: Path) -> None:
    """A folder is copied to where others read it."""
    with pytest.raises(InvalidInput, match="outside"):
        sign(folder, "--key", str(folder / "key.pem"))


def test_stored_parameters_are_migrated(folder: Path) -> None:
    """Given as text or in a file."""
    sign(folder)
    (folder.parent / "stored.json").write_text('{"hard": true}')
    for given in ('{"hard": true}', f"@{folder.parent / 'stored.json'}"):
        arguments = ["migrate", "nudge@1", "--to", "2", "--parameters", given]
        result = runner.invoke(app, [*arguments, "--folder", str(folder)], catch_exceptions=False)

        assert json.loads(result.stdout) == {"force": "hard"}


@pytest.mark.parametrize("given", ["", "[]", '{"hard": []}', "@/nowhere", '{"hard": 3}'])
def test_parameters_of_no_form_are_refused(folder: Path, given: str) -> None:
    """Whether JSON does not know them or the template does not."""
    sign(folder)
    arguments = ["migrate", "nudge@1", "--to", "2", "--parameters", given]

    with pytest.raises(InvalidInput):
        runner.invoke(app, [*arguments, "--folder", str(folder)], catch_exceptions=False)


@pytest.mark.parametrize("key", ["nudge", "nudge@", "@1", "nudge@x", "nudge@²", "nudge@1@2"])
def test_a_version_is_named_by_name_and_number(key: str) -> None:
    """Anything else is told so, with an example."""
    with pytest.raises(InvalidInput, match="restart_service@2"):
        runner.invoke(
            app, ["migrate", key, "--to", "2", "--parameters", "{}"], catch_exceptions=False
        )


def test_a_folder_must_be_named_and_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """By argument or setting."""
    monkeypatch.delenv("LABO_GOVERNANCE__TEMPLATE_FOLDER", raising=False)
    with pytest.raises(InvalidInput, match="no folder"):
        runner.invoke(app, ["lint"], catch_exceptions=False)
    with pytest.raises(InvalidInput, match="no such folder"):
        runner.invoke(app, ["lint", "/nowhere"], catch_exceptions=False)
