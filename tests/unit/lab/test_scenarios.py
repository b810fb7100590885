"""Scenarios: their arms, what may be tried, and files that are refused."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from engine.arm import ArmRequest, treated
from engine.catalogue import load_system
from engine.faults.effects import Kind as FaultKind
from engine.faults.schedule import check_faults
from labo.adapters.engine.scenario_files import bundled_scenarios, load_scenarios, read_scenario
from labo.domain.causality.edges import Relation, edge_key
from labo.domain.entities.conditions import Direction
from labo.domain.entities.problems import ProblemKind, problem_key
from labo.domain.lab.scenarios import Scenario, Treatment, TreatmentKind, check, experiment_id
from labo.errors import InvalidInput

GOOD = """\
key: slow
title: The database is slow
system: shop
fault: {kind: latency, target: db, at: 60, parameters: {intensity: 5, peer: web}}
success:
  - {metric: "web:latency", better: low}
tests:
  cause: {component: db, role: database, metric: latency, direction: high}
  effect: {component: web, role: service, metric: latency, direction: high}
  relation: callee
seconds: 120
"""


def a_scenario(text: str = GOOD) -> Scenario:
    return read_scenario(text, "slow.yaml")


def test_the_arms_differ_in_one_thing_only() -> None:
    """Without a treatment in the fault; with one in the treatment."""
    plain = a_scenario()
    treatment = Treatment(TreatmentKind.CLAMP, "db")
    a, b = plain.arms
    held_a, held_b = check(replace(plain, treatment=treatment)).arms

    assert replace(b, name="a", faults=(plain.fault,)) == a
    assert (b.faults, b.onset) == ((), 60.0)
    assert replace(held_b, name="a", treatment=Treatment()) == held_a == a
    assert held_b.treatment == treatment


def test_the_tested_edge_is_the_one_that_a_diagnosis_would_claim() -> None:
    """Same keys of problems, so evidence of both meets on one edge."""
    scenario = a_scenario()
    assert scenario.tests
    cause = problem_key("database", ProblemKind.METRIC, "slow")
    effect = problem_key("service", ProblemKind.METRIC, "slow")

    assert scenario.tests.edge == edge_key(cause, effect, Relation.CALLEE)
    assert scenario.tests.cause.direction is Direction.HIGH
    assert experiment_id("slow", 1) != experiment_id("slow", 13)


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("seconds: 120", "secnds: 120", "slow.yaml:11", "unknown field `secnds`"),
        ("role: service", "rôle: service", "slow.yaml:9", "unknown field"),
        ("at: 60", "at: 0", "slow.yaml:4", "after the start"),
        ("at: 60", "at: 900", "slow.yaml:4", "after the start"),
        ("intensity: 5", "intensity: .nan", "slow.yaml:4", "finite"),
        ("web:latency", "latency", "slow.yaml:5", "component:metric"),
        ("better: low", "better: flat", "slow.yaml:5", "high or low"),
        ("relation: callee", "relation: aunt", "slow.yaml:10", "tests.relation"),
        ("relation: callee", "relation: same", "slow.yaml:10", "one component"),
        ("component: db", "component: web", "slow.yaml:8", "manipulated"),
        ("direction: high}\n  effect", "direction: flat}\n  effect", "slow.yaml:8", "high or low"),
        ("seconds: 120", "seconds: 1e9", "slow.yaml:11", "7200"),
        ("seconds: 120", "seeds: 1", "slow.yaml:11", "2 to 200"),
        ("seconds: 120", "treatment: {kind: clamp}", "slow.yaml:11", "which component"),
        ("key: slow", "key: Slow!", "slow.yaml:1", "lower-case letters"),
        ("key: slow", "key: fast", "slow.yaml", "<key>.yaml"),
        ("success:", "success: []\nx:", "slow.yaml", "x"),
        (GOOD, "- a\n- b\n", "slow.yaml:1", "mapping"),
        (GOOD, "key: [\n", "slow.yaml:2", "expected"),
        (GOOD, "a" * 70_000, "slow.yaml", "longer"),
    ],
)
def test_a_bad_file_is_refused_with_its_line_and_reason(
    old: str, new: str, place: str, message: str
) -> None:
    """A misspelt field is not taken for one left out."""
    with pytest.raises(InvalidInput) as refusal:
        a_scenario(GOOD.replace(old, new, 1))

    assert (refusal.value.where or "").startswith(place)
    assert message in str(refusal.value)


def test_an_edge_is_tested_by_doing_the_cause_or_not() -> None:
    """A longer life of cache entries is no *do not A*."""
    other = Treatment(TreatmentKind.LONGER_TTL, "db")
    with pytest.raises(InvalidInput, match="an edge can only be tested by"):
        check(replace(a_scenario(), treatment=other))
    assert check(replace(a_scenario(), treatment=other, tests=None)).tests_edge is False


def test_each_bundled_scenario_can_be_run_by_the_engine() -> None:
    """Both arms fit their system, and every fault of the catalogue has a scenario."""
    known = bundled_scenarios()
    systems = {name: load_system(name) for name in {s.system for s in known.values()}}
    for scenario in known.values():
        for arm in scenario.arms:
            asked = ArmRequest.model_validate_json(json.dumps({**asdict(arm), "seeds": [1]}))
            run = treated(asked, systems[arm.system])
            check_faults(run.system, run.faults)

    assert {kind.value for kind in FaultKind} == {s.fault.kind for s in known.values()}
    assert {s.treatment.kind for s in known.values()} == set(TreatmentKind)


def test_a_folder_gives_its_scenarios_by_key(tmp_path: Path) -> None:
    """Other files are left alone."""
    (tmp_path / "slow.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")

    assert list(load_scenarios(tmp_path)) == ["slow"]
