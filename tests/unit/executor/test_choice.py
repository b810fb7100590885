"""Which executor the settings choose, and what the command line shows of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labo.bootstrap.executors import choose_executors
from labo.cli.main import app
from labo.errors import InvalidInput
from labo.escalation_settings import ExecutorSettings
from labo.settings import Settings
from tests.builders.executor_worlds import SECRET


def settings(folder: Path, **executors: object) -> Settings:
    chosen = ExecutorSettings.model_validate(executors)
    return Settings(data_dir=folder, executors=chosen)


def test_a_person_carries_out_what_no_setting_gives_away(tmp_path: Path) -> None:
    """Nothing acts by default."""
    choice = choose_executors(settings(tmp_path))

    assert [*choice.by_name] == ["ticket"]
    assert choice.executors.name_for("restart_service") == "ticket"


def test_a_template_goes_to_its_own_executor_else_to_the_default(tmp_path: Path) -> None:
    """What the default doesn't know goes to a person."""
    webhook = {"url": "https://example.org/x", "secret": SECRET}
    choice = choose_executors(
        settings(
            tmp_path,
            default="engine",
            by_template={"scale_out": "webhook"},
            webhook=webhook,
            engine={"socket": "/tmp/e.sock"},
        )
    )

    names = ("scale_out", "restart_service", "open_ticket")
    assert [choice.executors.name_for(name) for name in names] == ["webhook", "engine", "ticket"]


@pytest.mark.parametrize(
    ("executors", "where"),
    [
        ({"default": "webhook"}, "LABO_EXECUTORS__WEBHOOK__URL"),
        ({"default": "n8n", "n8n": {"url": "https://n8n.test"}}, "LABO_EXECUTORS__N8N__SECRET"),
        ({"default": "command"}, "LABO_EXECUTORS__COMMAND__PROGRAMS"),
        ({"default": "engine"}, "LABO_EXECUTORS__ENGINE__SOCKET"),
        ({"default": "kubernetes"}, "LABO_EXECUTORS__KUBERNETES__KUBECONFIG"),
        ({"by_template": {"no_such": "ticket"}}, "there is no template no_such"),
        (
            {"by_template": {"open_ticket": "engine"}, "engine": {"socket": "/tmp/e"}},
            "the executor engine can't run open_ticket",
        ),
    ],
)
def test_a_choice_that_cannot_work_is_refused_at_the_start(
    tmp_path: Path, executors: dict[str, object], where: str
) -> None:
    """With the setting to change."""
    with pytest.raises(InvalidInput, match=where):
        choose_executors(settings(tmp_path, **executors))


def test_the_command_line_lists_and_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that can't be reached makes exit code 3."""
    monkeypatch.setenv("LABO_EXECUTORS__BY_TEMPLATE", '{"restart_service": "engine"}')
    monkeypatch.setenv("LABO_EXECUTORS__ENGINE__SOCKET", "/nonexistent/engine.sock")
    listed = CliRunner().invoke(app, ["executors", "list", "--json"])
    checked = CliRunner().invoke(app, ["executors", "check", "--json"])

    rows = {row["template"]: row["executor"] for row in json.loads(listed.stdout)}
    assert (rows["restart_service"], rows["scale_out"]) == ("engine", "ticket")
    reached = {row["executor"]: row["reached"] for row in json.loads(checked.stdout)}
    assert reached == {"engine": False, "ticket": True}
    assert checked.exit_code == 3
