"""Bodies as monitors really send them, and what each is to become (data/hooks/bodies.json); words
for a severity, a status and a time (data/hooks/words.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labo.adapters.sources import SOURCES
from labo.adapters.sources.source import UNKNOWN_SEVERITY, Normalised
from labo.domain.incidents.events import Event
from labo.domain.incidents.linking.component_names import component_name
from labo.domain.incidents.linking.identity import problem_of
from labo.errors import InvalidInput

HOOKS = Path(__file__).parents[2] / "data" / "hooks"
ROWS: list[dict[str, Any]] = json.loads((HOOKS / "bodies.json").read_text())
WORDS: dict[str, dict[str, str | None]] = json.loads((HOOKS / "words.json").read_text())


def became(row: dict[str, Any]) -> Normalised:
    """As the address does it: content type, body, events."""
    source = SOURCES[row["source"]]
    kind = row["content_type"].partition(";")[0].strip().lower()
    assert source.reads(kind, row["headers"])
    payload = source.decode(row["body"].encode(), kind, row["headers"])
    return source.normalise(payload, {**row["headers"], "content-type": kind})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_a_body_becomes_what_it_means(row: dict[str, Any]) -> None:
    """Component, severity, status and time of the first event, and what is refused beside it."""
    done = became(row)
    event = done.events[0]
    actual = {
        "count": len(done.events),
        "refused": [one.where for one in done.refused],
        "status": event.status.value,
        "severity": event.severity.value,
        "title": event.title,
        "description": event.description,
        "starts_at": event.starts_at and event.starts_at.isoformat(),
        "component": component_name(event),
        "problem": problem_of(event, "service").title,
        "links": list(event.links),
        "alertname": event.labels.get("alertname"),
        "unknown_severity": event.labels.get(UNKNOWN_SEVERITY),
    }

    assert {name: actual[name] for name in row["expected"]} == row["expected"]
    assert actual["refused"] == row["expected"].get("refused", [])


def said(**fields: str) -> Event:
    """What a body with these fields becomes. Raises InvalidInput."""
    (event,) = SOURCES["generic"].normalise({"title": "t", **fields}, {}).events
    return event


@pytest.mark.parametrize(("word", "severity"), WORDS["severity"].items())
def test_a_word_means_a_severity(word: str, severity: str) -> None:
    """Of every usual scale, alone or with others beside it."""
    assert said(severity=word).severity.value == severity


@pytest.mark.parametrize(("word", "status"), WORDS["status"].items())
def test_a_word_means_a_status(word: str, status: str) -> None:
    """Of every usual monitor."""
    assert said(status=word).status.value == status


@pytest.mark.parametrize(("text", "time"), WORDS["time"].items())
def test_a_text_means_a_time(text: str, time: str | None) -> None:
    """In every usual notation; what may mean several is refused."""
    try:
        starts_at = said(starts_at=text).starts_at
    except InvalidInput as refused:
        assert (time, refused.where) == ("refused", "starts_at")
    else:
        assert (starts_at and starts_at.isoformat()) == time
