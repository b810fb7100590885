"""Treatments in the engine: what each changes, and what they are refused for."""

from __future__ import annotations

import io
import json

import pytest

from engine import arm
from engine.catalogue import load_system
from engine.faults.effects import Kind as FaultKind
from engine.faults.schedule import Fault
from engine.faults.treatments import Kind, Treated, TreatmentError, treat

SYSTEM = load_system("streaming")
SLOW = Fault(kind=FaultKind.LATENCY, target="playback", onset=30, duration=60, ramp=20)
SPIKE = Fault(kind=FaultKind.TRAFFIC_SPIKE, target="edge", onset=30, duration=60)


def treated(kind: Kind, target: str, **parameters: float) -> Treated:
    return treat(SYSTEM, [SLOW, SPIKE], kind, target, parameters)


def test_each_treatment_changes_its_target_alone() -> None:
    """All other components, and the faults unless it is about them, stay as they are."""
    pool = treated(Kind.BIGGER_POOL, "playback", factor=3)
    ttl = treated(Kind.LONGER_TTL, "cdn")
    retries = treated(Kind.RETRY_BUDGET, "playback", retries=0)
    calls = retries.system.components["playback"].operations["start"].calls

    assert pool.system.components["playback"].pools["licence-db"].size == 12
    assert ttl.system.components["cdn"].cache == SYSTEM.components["cdn"].cache.model_copy(  # type: ignore[union-attr]  # the bundled cdn has one
        update={"ttl": 2400.0}
    )
    assert [call.retries for call in calls] == [0, 0]
    for one, name in ((pool, "playback"), (ttl, "cdn"), (retries, "playback")):
        rest = {**one.system.components, name: SYSTEM.components[name]}
        assert rest == SYSTEM.components and one.faults == (SLOW, SPIKE)
    assert treated(Kind.NONE, "") == Treated(SYSTEM, (SLOW, SPIKE))


def test_a_clamp_keeps_places_free_and_faults_away() -> None:
    """So that what it holds back stays away while its causes stay."""
    held = treated(Kind.CLAMP, "playback")

    assert held.faults == (SPIKE,)
    assert held.system.components["playback"].workers == 12_000
    assert held.system.components["playback"].pools["licence-db"].size == 4_000


def test_a_rollback_ends_the_faults_of_its_target() -> None:
    """After a while, or before they begin."""
    [short, other] = treated(Kind.ROLLBACK, "playback", after=10).faults

    assert (short.duration, short.ramp, other) == (10, 10, SPIKE)
    assert treated(Kind.ROLLBACK, "playback").faults == (SPIKE,)


def test_a_rate_limit_caps_the_load_with_its_spikes() -> None:
    """What comes in at the mean; a spike keeps the room that is left."""
    limited = treated(Kind.RATE_LIMIT, "edge", rate=90)
    usual = treated(Kind.RATE_LIMIT, "edge", rate=30)

    assert (limited.system.load.rate, limited.system.load.bursts) == (60, None)
    assert limited.faults[1].intensity == pytest.approx(0.5)
    assert (usual.system.load.rate, usual.faults) == (30, (SLOW,))


@pytest.mark.parametrize(
    ("kind", "target", "parameters", "message"),
    [
        (Kind.CLAMP, "ghost", {}, "no such component"),
        (Kind.BIGGER_POOL, "cdn", {}, "no connection pool"),
        (Kind.LONGER_TTL, "playback", {}, "needs a cache"),
        (Kind.RATE_LIMIT, "playback", {"rate": 5}, "needs an entry"),
        (Kind.RATE_LIMIT, "edge", {}, "needs `rate`"),
        (Kind.BIGGER_POOL, "playback", {"factr": 2}, "takes `factor`, not `factr`"),
        (Kind.BIGGER_POOL, "playback", {"factor": float("nan")}, "0 or more"),
    ],
)
def test_what_does_not_fit_is_refused(
    kind: Kind, target: str, parameters: dict[str, float], message: str
) -> None:
    """With what was asked for and why it can't be."""
    with pytest.raises(TreatmentError, match=message):
        treat(SYSTEM, [SLOW], kind, target, parameters)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"system": "ghost"}, "ghost"),
        ({"system": "../etc/passwd"}, "system"),
        ({"system": "other.yaml"}, "neither a bundled system"),
        ({"faults": [{"kind": "love", "target": "edge", "at": 30}]}, "kind"),
        ({"treatment": {"kind": "clamp", "target": "ghost"}}, "no such component"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_arm_that_cannot_be_run_is_refused_in_one_line(
    change: dict[str, object],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On standard error, with exit code 2 and nothing on standard output."""
    asked = {"name": "a", "system": "streaming", "seconds": 60, "onset": 30, "seeds": [1]}
    text = io.BytesIO(json.dumps({**asked, **change}).encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(text))

    assert arm.main() == 2
    said = capsys.readouterr()
    assert said.out == "" and message in said.err


def test_an_arm_prints_a_line_a_seed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only of metrics with enough intervals on both sides of the onset."""
    asked = {"name": "a", "system": "streaming", "seconds": 9, "onset": 4, "seeds": [1, 2]}
    text = io.BytesIO(json.dumps({**asked, "interval": 1}).encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(text))

    assert arm.main() == 0
    runs = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [run["seed"] for run in runs] == [1, 2]
    assert runs[0]["measurements"]["edge:http.server.request.rate"]["value"] > 30
