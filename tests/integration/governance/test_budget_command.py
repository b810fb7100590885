"""`labo budget` as an operator types it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from labo.cli.main import app
from labo.errors import InvalidInput

pytestmark = pytest.mark.stack


def test_the_commands_set_show_and_add_up(run: CliRunner) -> None:
    done = [
        run.invoke(app, ["budget", *words])
        for words in (
            ["show"],
            ["set", "2.50", "--json"],
            ["set", "1000", "--unit", "tokens", "--level", "n3"],
            ["set", "none", "--period", "month"],
            ["show", "--json"],
            ["ledger"],
            ["ledger", "--json"],
            ["verify"],
            ["verify", "--month", "2026-11", "--json"],
        )
    ]

    assert [one.exit_code for one in done] == [0] * 9, [one.output for one in done]
    assert "all levels, a day" in done[0].stdout
    limits = json.loads(done[4].stdout)["limits"]
    assert [(one["level"], one["unit"], one["amount"]) for one in limits] == [
        (None, "money", "2.500000"),
        ("n3", "tokens", 1000),
    ]
    assert "No model was called." in done[5].stdout
    assert json.loads(done[8].stdout)["calls"] == 0


@pytest.mark.parametrize("words", [["set", "much"], ["set", "NaN"], ["verify", "--month", "x"]])
def test_bad_words_are_refused_with_a_hint(run: CliRunner, words: list[str]) -> None:
    refused = run.invoke(app, ["budget", *words])

    assert isinstance(refused.exception, InvalidInput)
