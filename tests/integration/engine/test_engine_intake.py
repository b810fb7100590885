"""What Labo reads out of the telemetry, and of the case folder, of the bundled system."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest

from engine.catalogue import load_system
from engine.cli import main as cli
from engine.cli.run import Plan
from labo.adapters.cases.reading import read_case
from labo.adapters.otlp.intake import OtlpIntake
from labo.adapters.telemetry.stream import OtlpEntry
from labo.domain.telemetry.rollups import exposed
from labo.domain.telemetry.spans.topology import CallLedger
from tests.builders.receiver import Received, receiving

EPOCH = 1_767_225_600.0
SILENT = {"database", "cache", "queue"}


def run_streaming(monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[Received]:
    """Twenty seconds of `streaming`, posted, and as a case folder."""
    with receiving() as endpoint:
        words = ["--seconds", "20", "--epoch", "2026-01-01T00:00:00", "--quiet"]
        where = ["--endpoint", endpoint.url, "--case-folder", str(folder)]
        monkeypatch.setattr(sys, "argv", ["engine", "run", "streaming", *words, *where])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert not ended.value.code
    return endpoint.received


def test_topology_roles_and_series_are_those_of_the_description(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By both ways the same components, dependencies and metric names come to Labo."""
    posted = run_streaming(monkeypatch, tmp_path / "case")
    entries = [
        OtlpEntry("default", one.path.rpartition("/")[2], "", EPOCH + 60, str(number),
                  gzip.decompress(one.body))
        for number, one in enumerate(posted)
    ]  # fmt: skip
    intake, ledger = OtlpIntake("default"), CallLedger()
    rolled = intake.roll([intake.read(entry) for entry in entries])
    names = [name for name, _ in rolled.rollups]
    graph = ledger.news(rolled.seen, names, EPOCH + 60)
    case = read_case(tmp_path / "case")
    system = load_system("streaming")
    described = {*Plan(system, 0, 20.0, (), EPOCH).dependencies()}
    silent = {
        name: part.role.value for name, part in system.components.items() if part.role in SILENT
    }
    roles = {one.name: one.role for one in graph.components}

    assert {one.system for one in graph.components} == {"streaming"}
    assert roles.keys() == system.components.keys()
    assert {name: role for name, role in roles.items() if name in silent} == silent
    seen = {(one.source.split("/")[1], one.target.split("/")[1]) for one in graph.dependencies}
    assert seen == described
    assert described <= set(case.topology.dependencies)
    shown = {(component, metric) for _, component, metric in exposed(set(names))}
    measured = {
        (key.component, key.metric)
        for key in case.series
        if not key.metric.startswith(("trace.", "log."))
    }
    assert measured <= shown
    assert rolled.traces != []
