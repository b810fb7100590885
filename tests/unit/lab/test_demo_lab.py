"""What the lab's demo calls a step that came true."""

from __future__ import annotations

from dataclasses import replace

from labo.cli.demo.lab import found_step, learnt_step, named_step
from labo.domain.lab.runs import LabRound

MET = LabRound(
    "run",
    1,
    "latency",
    "db",
    role="database",
    verdict="LIKELY",
    suspect="db",
    probability=0.7,
    chain=("db latency:high", "web latency:high"),
    learnt="latency",
)


def test_a_step_is_met_only_by_what_was_really_seen() -> None:
    """Found elsewhere, called by another's name, or taught to nobody: that is no success."""
    assert found_step(MET).is_met and learnt_step(MET).is_met
    assert found_step(MET).seen == (
        "db (70%), problem unknown, verdict LIKELY",
        "chain: db latency:high → web latency:high",
    )
    assert not found_step(replace(MET, suspect="web")).is_met
    assert not found_step(replace(MET, named="crash")).is_met
    assert not found_step(replace(MET, known=True)).is_met
    assert not learnt_step(replace(MET, learnt="")).is_met


def test_the_fault_is_known_again_only_by_its_own_name() -> None:
    """And where it is."""
    again = replace(MET, known=True, named="latency")

    assert named_step(again).is_met
    assert "problem latency" in named_step(again).seen[0]
    for wrong in (MET, replace(again, named="crash"), replace(again, suspect="web")):
        assert not named_step(wrong).is_met
    assert named_step(LabRound("run", 2, "latency", "db")).seen == (
        "verdict , no suspect stands out",
    )
