"""`labo sources test`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labo.cli.sources import app
from labo.errors import InvalidInput, NotFound

BODY = {
    "alerts": [
        {"status": "firing", "labels": {"alertname": "A", "pod": "kafka-2", "severity": "sev1"}},
        {"status": "firing", "fingerprint": "f", "startsAt": "[/red]\u001b[2J"},
    ]
}
runner = CliRunner()


@pytest.fixture
def body(tmp_path: Path) -> Path:
    file = tmp_path / "body.json"
    file.write_text(json.dumps(BODY))
    return file


def test_it_says_what_a_body_becomes_and_why(body: Path) -> None:
    """With the rule that found each value, and what was refused."""
    result = runner.invoke(app, ["test", "alertmanager", str(body), "--json"])
    answer = json.loads(result.stdout)
    (event,) = answer["events"]

    assert event["component"] == {"value": "kafka", "rule": "pod, pod"}
    assert event["severity"] == {"value": "critical", "rule": "'sev1', common words"}
    assert answer["refused"] == [
        {"index": 1, "where": "alerts[1].startsAt", "reason": "invalid timestamp"}
    ]


def test_foreign_text_does_not_reach_the_terminal_as_it_is(tmp_path: Path) -> None:
    """Neither its escapes nor what looks like markup."""
    file = tmp_path / "body.json"
    file.write_text(json.dumps({"title": "[/red]\u001b[2Jx", "labels": {"service": "s"}}))
    result = runner.invoke(app, ["test", "generic", str(file)])

    assert result.exit_code == 0
    assert "\u001b" not in result.stdout
    assert "[/red]" in result.stdout


def test_headers_and_content_type_are_those_of_the_sender(tmp_path: Path) -> None:
    """Binary CloudEvents have their attributes there."""
    file = tmp_path / "body.txt"
    file.write_text("disk is full")
    headers = {"ce-id": "1", "CE-Source": "/p", "ce-type": "probe.down", "ce-specversion": "1.0"}
    options = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    result = runner.invoke(
        app, ["test", "cloudevents", str(file), "--content-type", "text/plain", *options, "--json"]
    )

    assert json.loads(result.stdout)["events"][0]["status"]["value"] == "firing"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["nagios", "BODY"], NotFound),
        (["alertmanager", "MISSING"], InvalidInput),
        (["alertmanager", "BODY", "--content-type", "text/xml"], InvalidInput),
        (["alertmanager", "BODY", "-H", "no colon"], InvalidInput),
        (["cloudevents", "BODY"], InvalidInput),
    ],
)
def test_what_cannot_be_read_is_said(
    body: Path, arguments: list[str], error: type[Exception]
) -> None:
    """As the server would answer."""
    paths = {"BODY": str(body), "MISSING": str(body) + "x"}
    result = runner.invoke(app, ["test", *(paths.get(one, one) for one in arguments)])

    assert isinstance(result.exception, error)
