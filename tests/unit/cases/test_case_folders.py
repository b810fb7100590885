"""Case folders: read back what was written, and say exactly where a fault is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labo.adapters.cases.reading import read_case
from labo.adapters.cases.tables import parse_time
from labo.adapters.cases.writing import write_case
from labo.domain.entities.series import LogLine, SeriesKey
from labo.errors import InvalidInput
from tests.builders.cases import ONSET, a_case

CASE = {"target": "web", "onset": ONSET, "end": ONSET + 600}


def a_folder(
    tmp_path: Path, *, case: object = None, topology: str | None = None, metrics: str | None = None
) -> Path:
    folder = tmp_path / "one"
    folder.mkdir(exist_ok=True)
    text = case if isinstance(case, str) else json.dumps(CASE if case is None else case)
    (folder / "case.json").write_text(text)
    (folder / "topology.csv").write_text(topology or "source,target\nweb,db\n")
    (folder / "metrics.csv").write_text(
        metrics or f"timestamp,component,metric,value\n{ONSET - 60},web,latency,1\n"
    )
    return folder


def fault_at(folder: Path) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_case(folder)
    return str(caught.value.where).replace(f"{folder}/", "")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Windows, topology, series with holes, label and log lines survive the round trip."""
    case = a_case({"db": 2.0})
    key = SeriesKey("db", "latency")
    case.series[key].values[3] = np.nan
    line = LogLine(ONSET, "db", "ERROR", "slow")
    case = replace(case, name="one", label=("db",), logs=(line,))
    write_case(case, tmp_path / "one")
    found = read_case(tmp_path / "one")

    for name in ("name", "target", "symptom", "baseline", "metric", "label", "logs"):
        assert getattr(found, name) == getattr(case, name)
    assert set(found.topology.dependencies) == set(case.topology.dependencies)
    assert found.series.keys() == case.series.keys()
    assert np.array_equal(found.series[key].values, case.series[key].values, equal_nan=True)


def test_times_may_be_iso_or_epoch_and_cells_unknown(tmp_path: Path) -> None:
    """Rows in any order, columns in any order, blank lines, a BOM, words for unknown."""
    metrics = (
        "\ufeffvalue,metric,component,timestamp\n"
        "2,latency,web,2023-11-14T22:13:20Z\n\n"
        "NaN,latency,web,1699999940\n"
        ",latency,web,2023-11-14T23:11:20+01:00\n"
        "null, latency ,web,1699999820\n"
    )
    found = read_case(a_folder(tmp_path, metrics=metrics)).series[SeriesKey("web", "latency")]

    assert found.timestamps.tolist() == [1699999820.0, 1699999880.0, 1699999940.0, ONSET]
    assert np.isnan(found.values[:3]).all()
    assert found.values[3] == 2.0


def test_the_baseline_is_all_before_the_onset_unless_given(tmp_path: Path) -> None:
    """It may lie anywhere in time, even after the symptom."""
    plain = read_case(a_folder(tmp_path)).baseline
    later = {**CASE, "baseline_start": ONSET + 1000, "baseline_end": ONSET + 2000}
    given = read_case(a_folder(tmp_path, case=later)).baseline

    assert (plain.start.timestamp(), plain.end.timestamp()) == (ONSET - 60, ONSET)
    assert given.start.timestamp() == ONSET + 1000


def test_traces_add_who_calls_whom(tmp_path: Path) -> None:
    """A span whose parent lies in another service is a call."""
    folder = a_folder(tmp_path)

    def request(service: str, span: str, parent: str) -> str:
        attribute = {"key": "service.name", "value": {"stringValue": service}}
        one = {"traceId": "t", "spanId": span, "parentSpanId": parent}
        resource = {"resource": {"attributes": [attribute]}, "scopeSpans": [{"spans": [one]}]}
        return json.dumps({"resourceSpans": [resource]})

    lines = [request("web", "1", ""), request("auth", "2", "1"), request("auth", "3", "2")]
    (folder / "traces.jsonl").write_text("\n".join(lines) + "\n")

    assert ("web", "auth") in read_case(folder).topology.dependencies
    (folder / "traces.jsonl").write_text('{"resourceSpans": 3}\n')
    assert fault_at(folder) == "traces.jsonl:1:1"
    (folder / "traces.jsonl").write_text("{}\n[]\n")
    assert fault_at(folder) == "traces.jsonl:2:1"


def test_roles_come_from_what_callers_say_and_then_from_metrics(tmp_path: Path) -> None:
    """A name that says nothing is a cache all the same when its caller's spans say redis."""
    attributes = [
        {"key": "db.system.name", "value": {"stringValue": "redis"}},
        {"key": "server.address", "value": {"stringValue": "kolo"}},
        {"key": "db.operation.name", "value": {"stringValue": "get"}},
    ]
    span = {"traceId": "t", "spanId": "1", "kind": 3, "attributes": attributes}
    metrics = "".join(
        f"{ONSET - 60 * i},{name},{metric},1\n"
        for i in range(4)
        for name, metric in (
            ("web", "latency"),
            ("mire", "db.client.operation.rate"),
            ("kolo", "db.client.operation.rate"),
            ("tams", "messaging.client.operation.rate"),
        )
    )
    folder = a_folder(tmp_path, metrics=HEAD + metrics)
    (folder / "traces.jsonl").write_text(
        json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}) + "\n"
    )
    case = read_case(folder)

    assert case.roles == {"mire": "database", "kolo": "cache", "tams": "queue"}
    assert (case.traces[0].peer, case.traces[0].operation) == ("kolo", "get")


HEAD = "timestamp,component,metric,value\n"


@pytest.mark.parametrize(
    ("metrics", "where"),
    [
        ("timestamp,component,metric\n", "metrics.csv:1:1"),
        (HEAD + "soon,web,latency,1\n", "metrics.csv:2:1"),
        (HEAD + "1,web,latency,1\n1, ,latency,1\n", "metrics.csv:3:2"),
        (HEAD + "1,web,,1\n", "metrics.csv:2:3"),
        (HEAD + "1,web,latency,fast\n", "metrics.csv:2:4"),
        (HEAD + "1,web,latency\n", "metrics.csv:2:4"),
        ("value,metric,component,timestamp\nx,a,b,1\n", "metrics.csv:2:1"),
        (HEAD + "-5,web,latency,1\n", "metrics.csv:2:1"),
    ],
)
def test_a_fault_in_the_metrics_is_placed(tmp_path: Path, metrics: str, where: str) -> None:
    """File, line and column."""
    assert fault_at(a_folder(tmp_path, metrics=metrics)) == where


@pytest.mark.parametrize(
    ("case", "where"),
    [
        ('{"target": "web",\n  oops}', "case.json:2:3"),
        ("[" * 100_000, "case.json:1:1"),
        ("[]", "case.json:1:1"),
        ('{"target": 3, "onset": 1, "end": 2}', "case.json:1:2"),
        ('{"target": "web",\n "onset": "x",\n "end": 2}', "case.json:2:2"),
        ('{"target": "web",\n "onset": 5,\n  "end": 5}', "case.json:3:3"),
        ('{"target": "web"}', "case.json:1:1"),
        ({**CASE, "label": [1]}, None),
        ({**CASE, "label": "  "}, None),
        ({**CASE, "label": "a\nb"}, None),
        ({**CASE, "label": "x" * 301}, None),
        ({**CASE, "metric": ""}, None),
        ({**CASE, "onset": True}, None),
        ({**CASE, "baseline_start": 9, "baseline_end": 5}, None),
    ],
)
def test_a_fault_in_the_description_is_placed(
    tmp_path: Path, case: object, where: str | None
) -> None:
    """The line and column of the field, or of the broken JSON."""
    found = fault_at(a_folder(tmp_path, case=case))

    assert found == where if where else found.startswith("case.json:1:")


def test_a_fault_in_the_topology_or_the_bytes_is_placed(tmp_path: Path) -> None:
    """An empty name, a missing file, wrong bytes, a missing folder."""
    folder = a_folder(tmp_path, topology="source,target\nweb,db\nweb,\n")
    assert fault_at(folder) == "topology.csv:3:2"
    (folder / "topology.csv").write_bytes(b"source,target\nweb,\xff\n")
    assert fault_at(folder) == "topology.csv:2:5"
    (folder / "topology.csv").unlink()
    assert fault_at(folder) == "topology.csv:1:1"
    assert fault_at(tmp_path / "nowhere").endswith("nowhere")


@pytest.mark.parametrize("line", ["3", "{", '{"timestamp": "x"}', '{"timestamp": 1, "body": 2}'])
def test_a_fault_in_the_logs_is_placed(tmp_path: Path, line: str) -> None:
    """Each line is an object with a time and texts."""
    folder = a_folder(tmp_path)
    (folder / "logs.jsonl").write_text('{"timestamp": 1, "body": "fine"}\n\n' + line + "\n")

    assert fault_at(folder).startswith("logs.jsonl:3:")


def test_what_is_no_time_is_none() -> None:
    """Booleans, words, infinities and the year 100,000."""
    assert [parse_time(value) for value in (True, "noon", "inf", 1e15, None, [])] == [None] * 6
    assert parse_time("1970-01-01T00:01") == 60.0
