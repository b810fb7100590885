"""Faults at once, ramps, and faults that do not fit the system."""

from __future__ import annotations

import pytest

from engine.faults.effects import EFFECTS, Kind
from engine.faults.schedule import Fault, FaultError, check_faults
from tests.unit.engine.observed import END, SECONDS, observe, shop


def test_faults_at_once_combine_and_end_one_by_one() -> None:
    """Two error faults leave the product of their successes; the end of one keeps the other."""
    seen = observe(
        Fault(kind=Kind.ERRORS, target="shelf", onset=6, duration=12, intensity=0.5),
        Fault(kind=Kind.ERRORS, target="shelf", onset=6, duration=6, intensity=0.5),
    )

    assert seen.share("shelf", "error", end=12) == pytest.approx(0.75, abs=0.07)
    assert seen.share("shelf", "error", start=12) == pytest.approx(0.5, abs=0.07)
    assert seen.share("shelf", "error", start=END + 1, end=SECONDS) == 0.0


def test_a_ramp_reaches_the_intensity_step_by_step() -> None:
    """Half-way up the ramp about half of the intensity is there."""
    seen = observe(
        Fault(kind=Kind.ERRORS, target="shelf", onset=0, duration=24, ramp=24, intensity=1.0),
    )

    assert seen.share("shelf", "error", start=0, end=6) == pytest.approx(0.125, abs=0.08)
    assert seen.share("shelf", "error", start=9, end=15) == pytest.approx(0.5, abs=0.12)
    assert seen.share("shelf", "error", start=18, end=24) == pytest.approx(0.9, abs=0.08)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": "latency", "target": "attic"}, "no such component"),
        ({"kind": "cache_flush", "target": "store"}, "it has no cache"),
        ({"kind": "pool_exhaustion", "target": "auth"}, "it has no connection pool"),
        ({"kind": "pool_exhaustion", "target": "shop", "peer": "auth"}, "pool to 'auth'"),
        ({"kind": "memory_leak", "target": "auth"}, "it has no heap"),
        ({"kind": "slow_query", "target": "store", "operation": "sing"}, "no operation 'sing'"),
        ({"kind": "partition", "target": "auth", "peer": "attic"}, "no component 'attic'"),
        ({"kind": "errors", "target": "auth", "ramp": 9}, "ramp is longer than the fault"),
        ({"kind": "crash", "target": "auth", "ramp": 1}, "leave the ramp out"),
        ({"kind": "errors", "target": "store", "operation": "read"}, "only a slow_query"),
        ({"kind": "errors", "target": "auth", "peer": "shop"}, "and a pool_exhaustion have a peer"),
    ],
)
def test_a_fault_that_does_not_fit_is_refused(fault: dict[str, object], reason: str) -> None:
    """What a fault names must be there, and its target must have what it acts on."""
    misfit = Fault.model_validate({"onset": 1, "duration": 5} | fault)

    with pytest.raises(FaultError, match=reason):
        check_faults(shop(), [misfit])


def test_every_kind_has_an_effect() -> None:
    """The catalogue is complete: each kind turns a knob or does something at its onset."""
    assert set(EFFECTS) == set(Kind)
    assert all(effect.turn or effect.begin for effect in EFFECTS.values())
