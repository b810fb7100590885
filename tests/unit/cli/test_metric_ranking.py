"""What `labo metrics rank` prints; the running stack's part is in tests/integration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labo.cli.metrics.selection import print_ranking, ranking_record
from labo.cli.metrics_only import read_metrics_only
from labo.domain.learning.metric_selection import InformativeMetric
from labo.services.metric_sets.selection import Collected

FOUND = [
    Collected(InformativeMetric("db", "log", 0.5), ("db:log",)),
    Collected(
        InformativeMetric("api", "call.rate", 0.3),
        ("api:http.server.request.rate", "api:rpc.server.rate"),
    ),
    Collected(
        InformativeMetric("api", "trace.called.wait_time", 0.15234567),
        ("api:trace.called.wait_time",),
    ),
    Collected(InformativeMetric("db", "cpu[0]", 0.05), ("db:cpu[0]",)),
]


def test_the_json_is_a_set_that_a_diagnosis_reads(tmp_path: Path) -> None:
    """Every name that a metric is collected as, and what is read from lines or traces."""
    record = ranking_record(FOUND)
    path = tmp_path / "telling.json"
    path.write_text(json.dumps(record))

    assert read_metrics_only(str(path), offline=True, data=None) == {
        "db:log",
        "api:http.server.request.rate",
        "api:rpc.server.rate",
        "api:trace.called.wait_time",
        "db:cpu[0]",
    }
    rows = record["ranking"]
    assert isinstance(rows, list)
    assert rows[1] == {
        "rank": 2,
        "role": "api",
        "metric": "call.rate",
        "names": ["api:http.server.request.rate", "api:rpc.server.rate"],
        "share": 0.3,
        "needs": None,
    }
    assert [row["needs"] for row in rows] == ["lines", None, "traces", None]
    assert rows[2]["share"] == 0.152346


def test_a_person_reads_a_line_for_each_name(capsys: pytest.CaptureFixture[str]) -> None:
    """The share once a metric; and for which of them metrics alone do not suffice."""
    print_ranking(FOUND)

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1:6] == [
        ["1", "db", "log", "50.0%"],
        ["2", "api", "http.server.request.rate", "30.0%"],
        ["-", "api", "rpc.server.rate", "-"],
        ["3", "api", "trace.called.wait_time", "15.2%"],
        ["4", "db", "cpu[0]", "5.0%"],
    ]
    assert [" ".join(line[:6]) for line in lines[6:]] == [
        "Lines are needed for log: they",
        "Traces are needed for trace.called.wait_time: they",
    ]


def test_nothing_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """A share may be smaller than one metric."""
    print_ranking([])

    assert "less than one metric" in capsys.readouterr().out
    assert ranking_record([]) == {"metrics": [], "ranking": []}
