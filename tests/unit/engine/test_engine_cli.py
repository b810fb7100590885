"""`python -m engine`, run in this process."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.catalogue import load_system
from engine.cli import main as cli
from engine.cli import run as cli_run
from engine.cli.faults import read_fault
from engine.faults.effects import EFFECTS
from engine.faults.schedule import FaultError
from engine.generator.generate import generate
from tests.builders.engine import SMALL
from tests.builders.receiver import Reply, receiving

EPOCH = "2026-01-01T00:00:00"
EPOCH_S = 1_767_225_600


@pytest.fixture
def small(tmp_path: Path) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return str(path)


def engine(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code; output goes where the test captures it."""
    monkeypatch.setattr(sys, "argv", ["engine", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_a_run_writes_case_and_truth_apart(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report counts; no file of the case names the fault."""
    case, truth = tmp_path / "case", tmp_path / "truth.json"
    words = ("--seconds", "40", "--epoch", EPOCH, "--case-folder", str(case), "--json", "--quiet")
    faults = ("--fault", "slow_query:db:onset=20,duration=10", "--truth", str(truth))
    code = engine(monkeypatch, "run", small, *words, *faults)
    report = json.loads(capsys.readouterr().out)
    (fault,) = json.loads(truth.read_text())["faults"]

    assert (code, report["stopped"], report["reached"]) == (0, False, 40.0)
    assert report["hops"] >= 2 * report["requests"] - 2 > 200
    assert (fault["kind"], fault["onset_at"], fault["injected"]) == (
        "slow_query", EPOCH_S + 20, True,
    )  # fmt: skip
    assert json.loads((case / "case.json").read_text()) == {
        "target": "web", "onset": EPOCH_S + 20, "end": EPOCH_S + 30, "logs_since": EPOCH_S,
    }  # fmt: skip
    assert (case / "topology.csv").read_text() == "source,target\nweb,db\n"
    for path in case.iterdir():
        assert not any(kind.value in path.read_text() for kind in EFFECTS), path.name


def test_the_truth_may_not_lie_in_the_case_folder(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gets the case would get the answer with it."""
    truth = str(tmp_path / "case" / "truth.json")
    words = ("run", small, "--case-folder", str(tmp_path / "case"), "--truth", truth)
    assert engine(monkeypatch, *words) == 2


def test_a_run_is_posted_with_the_callers_header(
    small: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All spans of two runs of one seed are the same to the byte."""
    bodies = []
    for _ in range(2):
        with receiving() as endpoint:
            words = ("--seconds", "12", "--epoch", EPOCH, "--endpoint", endpoint.url)
            code = engine(monkeypatch, "run", small, *words, "--header", "Authorization=Bearer a=b")
        assert (code, endpoint.received[0].headers["authorization"]) == (0, "Bearer a=b")
        bodies.append([(one.path, one.body) for one in endpoint.received])
    assert bodies[0] == bodies[1]
    assert {path for path, _ in bodies[0]} >= {"/v1/traces", "/v1/metrics"}
    assert '"sent": {"traces":' in capsys.readouterr().err


def test_an_endpoint_that_refuses_ends_the_run_with_its_reason(
    small: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3, and what to look at."""
    with receiving(Reply(401)) as endpoint:
        words = ("--seconds", "2000", "--endpoint", endpoint.url, "--quiet")
        code = engine(monkeypatch, "run", small, *words)
    assert (code, "answered 401; check the address and the token" in capsys.readouterr().err) == (
        3, True,
    )  # fmt: skip


def test_a_generated_system_is_a_description_that_can_be_read(tmp_path: Path) -> None:
    """What is printed is the system itself; another seed prints another one."""
    printed = [
        CliRunner().invoke(cli.app, ["generate", "--components", "12", "--seed", seed]).output
        for seed in ("3", "3", "4")
    ]
    path = tmp_path / "system.yaml"
    path.write_text(printed[0])

    assert load_system(path) == generate(3, 12)
    assert (printed[0] == printed[1], printed[0] == printed[2]) == (True, False)


def test_what_could_not_be_delivered_is_counted_and_no_success(
    small: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An endpoint that is busy until the run gives up: exit code 3, with its last words."""
    monkeypatch.setattr(cli_run, "END_WAIT_S", 0.05)
    with receiving(Reply(503, headers={"Retry-After": "9"})) as endpoint:
        words = ("--seconds", "12", "--endpoint", endpoint.url, "--json", "--quiet")
        code = engine(monkeypatch, "run", small, *words)
    said = capsys.readouterr()
    delivery = json.loads(said.out)["delivery"]

    assert (code, delivery["sent"]) == (3, {})
    assert delivery["dropped"]["traces"] > 10
    assert "not everything was delivered" in said.err


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense:db", "unknown kind 'nonsense'"),
        ("latency", "has no target"),
        ("latency:db:often", "invalid setting 'often'"),
        ("latency:db:kind=crash", "invalid setting"),
        ("latency:db:onset=soon", "onset: "),
        ("latency:db:duration=-1", "duration: "),
        ("latency:db:onset=100", "not within the run's 100 s"),
    ],
)
def test_a_malformed_fault_is_refused_with_the_reason(text: str, reason: str) -> None:
    """Kind, target, or setting."""
    with pytest.raises(FaultError, match=reason):
        read_fault(text, 100.0)


def test_a_fault_begins_half_way_and_lasts_unless_told_otherwise() -> None:
    """Settings may be parted by commas or colons."""
    bare = read_fault("latency:db", 100.0)
    full = read_fault("latency:db:onset=20,duration=5:intensity=3", 100.0)
    assert (bare.onset, bare.duration) == (50.0, 50.0)
    assert (full.onset, full.duration, full.intensity) == (20.0, 5.0, 3.0)


def test_bad_input_is_one_line_with_exit_code_2(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A description with file and line, a fault that the system can't have, an option."""
    broken = tmp_path / "broken.yaml"
    broken.write_text(SMALL.replace("workers: 8", "workers: 0", 1))
    codes = [
        engine(monkeypatch, "check", str(broken)),
        engine(monkeypatch, "run", small, "--fault", "latency:nowhere"),
        engine(monkeypatch, "run", small, "--epoch", "yesterday"),
        engine(monkeypatch, "run", small, "--header", "Authorization"),
        engine(monkeypatch, "run", small, "--truth", f"{broken}/truth.json"),
    ]
    said = capsys.readouterr().err
    assert codes == [2] * 5
    for part in ("broken.yaml:8: ", "no such component", "ISO 8601", "write K=V"):
        assert part in said


def test_check_and_faults_say_what_there_is(small: str) -> None:
    """The size of a system; each kind with the parts that can have it."""
    checked = CliRunner().invoke(cli.app, ["check", small])
    kinds = CliRunner().invoke(cli.app, ["faults", small]).output.splitlines()
    assert checked.output == "small: 2 components on 1 hosts, 1 calls\n"
    assert len(kinds) == len(EFFECTS)
    assert any(line.split() == ["cache_flush", "intensity", "1", "-"] for line in kinds)
