"""Series of a run, and a window of it as a case folder that Labo reads."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from engine.records import LogLine, Sample, Severity, Status
from engine.telemetry.case_folder import CaseFolder, CaseWindow
from engine.telemetry.spans import Origin
from engine.telemetry.summaries import Summaries
from labo.adapters.cases.reading import read_case
from labo.domain.entities.series import SeriesKey
from tests.builders.engine import EPOCH, ROLES, a_hop, a_request

EPOCH_S = EPOCH / 1e9
CALLS = [("edge", "api"), ("api", "db"), ("api", "redis"), ("api", "events"), ("events", "mailer")]


def test_series_are_named_by_role_and_unknown_where_nothing_came() -> None:
    """Rates, error ratios and durations of each interval; a rate of nothing is zero."""
    summaries = Summaries(ROLES)
    for trace in range(1, 11):
        for hop in a_request(trace, sent=float(trace) - 0.5):
            summaries.hop(hop)
    summaries.hop(a_hop(900, "api", "edge", parent=1, sent=3.0, status=Status.ERROR))
    summaries.hop(a_hop(901, "api", "edge", parent=1, sent=3.0, status=Status.REFUSED))
    summaries.sample(Sample(1.0, "db", "system.cpu.utilization", 0.5, "1"))
    summaries.sample(Sample(2.0, "db", "system.cpu.utilization", 0.7, "1"))
    rows = {(at, component, metric): value for at, component, metric, value in summaries.rows(20.0)}

    assert rows[0.0, "edge", "http.server.request.rate"] == 1.0
    assert rows[0.0, "edge", "http.server.request.duration.p95"] == pytest.approx(0.1)
    assert rows[0.0, "api", "http.server.request.duration.p50"] == pytest.approx(0.07)
    assert rows[0.0, "api", "http.server.request.error_ratio"] == pytest.approx(1 / 11)
    assert rows[0.0, "db", "db.client.operation.duration.p50"] == pytest.approx(0.1)
    assert rows[0.0, "events", "messaging.client.operation.rate"] == 1.0
    assert rows[0.0, "mailer", "messaging.process.rate"] == 1.0
    assert rows[0.0, "db", "system.cpu.utilization"] == pytest.approx(0.6)
    assert rows[10.0, "api", "http.server.request.rate"] == 0.0
    assert math.isnan(rows[10.0, "api", "http.server.request.error_ratio"])
    assert (10.0, "db", "system.cpu.utilization") not in rows
    assert summaries.rows(20.0) == []


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([], (450.0, 600.0)),
        ([(300.0, None)], (300.0, 600.0)),
        ([(400.0, 500.0), (300.0, 350.0)], (300.0, 350.0)),
        ([(300.0, 900.0)], (300.0, 600.0)),
    ],
)
def test_the_symptom_lasts_from_the_first_faults_onset_to_its_end(
    times: list[tuple[float, float | None]], expected: tuple[float, float]
) -> None:
    """Within the run; a healthy run's last quarter."""
    window = CaseWindow.around("edge", times, 600.0)
    assert (window.target, window.onset, window.end) == ("edge", *expected)


def a_folder(path: Path, *, until: int = 300) -> CaseFolder:
    """A run of a request a second that is stopped at `until`; the symptom would be 200..300."""
    origin = Origin("shop", 7, EPOCH, ROLES)
    folder = CaseFolder(path, origin, CALLS, CaseWindow("edge", 200.0, 300.0))
    for trace in range(1, until + 1):
        for hop in a_request(trace, sent=trace - 0.5):
            folder.hop(hop)
        folder.line(LogLine(trace - 0.2, "db", Severity.WARN, "slow {ms}", {"ms": str(trace)}))
        folder.sample(Sample(float(trace), "db", "system.cpu.utilization", 0.5, "1"))
    folder.close()
    return folder


def test_labo_reads_the_folder(tmp_path: Path) -> None:
    """Windows, topology, series, lines and traces; and nothing that names a cause."""
    a_folder(tmp_path / "case")
    case = read_case(tmp_path / "case")
    series = case.series[SeriesKey("api", "http.server.request.duration.p95")]

    assert (case.target, case.label, case.metric) == ("edge", (), None)
    assert case.symptom.start.timestamp() == EPOCH_S + 200
    assert case.symptom.end.timestamp() == EPOCH_S + 300
    assert case.baseline.start.timestamp() == EPOCH_S
    # Traces show the taking of a message as a call of who sent it.
    assert set(case.topology.dependencies) == {*CALLS, ("api", "mailer")}
    assert (len(series.timestamps), series.timestamps[-1] - EPOCH_S) == (30, 290.0)
    assert (len(case.logs), case.logs[0].body) == (300, "slow 1")
    assert len({span.trace for span in case.traces}) == 150
    assert {span.component for span in case.traces} == {"edge", "api", "mailer"}


def test_a_run_that_was_stopped_leaves_a_whole_case(tmp_path: Path) -> None:
    """Within the symptom it ends early; before it, the last quarter is looked at."""
    a_folder(tmp_path / "within", until=250)
    a_folder(tmp_path / "before", until=100)
    windows = []
    for name in ("within", "before"):
        symptom = read_case(tmp_path / name).symptom
        windows.append((symptom.start.timestamp() - EPOCH_S, symptom.end.timestamp() - EPOCH_S))
    assert windows == [(200.0, 250.0), (75.0, 100.0)]


def test_the_same_run_gives_the_same_files(tmp_path: Path) -> None:
    """To the byte, and many executions are thinned out evenly."""
    files = []
    for name in ("one", "other"):
        a_folder(tmp_path / name, until=600)
        files.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert files[0] == files[1]
    assert files[0]["traces.jsonl"].count(b"\n") == 150
