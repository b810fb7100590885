"""A chain is grounded when its root and each of its links are true in the mechanism graph."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.lab_cases import Incident
from benchmarks.lab_chains import is_true, others_chains
from labo.domain.entities.diagnoses import Chain
from tests.builders.cases import a_case

SLOW, FAILING = "http.server.request.duration.p95:high", "http.server.request.error_ratio:high"
INCIDENT = Incident("streaming", a_case({}, target="gateway"), (("latency", "auth"),))
CHAIN = Chain(("auth", "gateway"), (SLOW, SLOW))


def test_a_chain_is_true_from_the_root_to_the_target() -> None:
    """The mechanisms of `streaming` begin with this very one."""
    assert is_true(INCIDENT, CHAIN)
    assert is_true(INCIDENT, Chain(("auth",), (SLOW,)))


def test_no_chain_and_one_from_elsewhere_are_false() -> None:
    """Whatever its links."""
    assert not is_true(INCIDENT, None)
    assert not is_true(replace(INCIDENT, truth=(("latency", "gateway"),)), CHAIN)


def test_a_component_without_a_problem_makes_a_chain_false() -> None:
    """Normal and unknown say nothing that could be true."""
    for state in ("normal", "unknown"):
        assert not is_true(INCIDENT, replace(CHAIN, conditions=(SLOW, state)))


def test_permuted_chains_are_another_incidents_of_the_same_system() -> None:
    """In each system they move by one."""
    other = replace(INCIDENT, system="random-12-1")
    chains = [CHAIN, replace(CHAIN, conditions=(FAILING, FAILING)), None]

    assert others_chains([INCIDENT, INCIDENT, other], chains) == [chains[1], chains[0], None]
