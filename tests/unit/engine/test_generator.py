"""Random systems are valid, stable, unlike each other, and the same for the same seed."""

from __future__ import annotations

import pytest

from engine.description.checks import check
from engine.description.model import Role
from engine.description.rates import call_rates, utilisation
from engine.generator.generate import generate
from engine.records import Status
from tests.unit.engine.observed import observe

SIZES = [(1, 5), (2, 6), (3, 9), (4, 14), (5, 30), (7, 200)]


@pytest.mark.parametrize(("seed", "size"), SIZES)
def test_a_random_system_is_valid_whole_and_stable(seed: int, size: int) -> None:
    """It has its size, no contradiction, no idle component, and utilisation below 0.7."""
    system = generate(seed, size)

    called = {component for (component, _), rate in call_rates(system).items() if rate > 0.0}
    assert (len(system.components), [*check(system)]) == (size, [])
    assert called == set(system.components)
    assert max(utilisation(system).values()) < 0.7
    roles = {component.role for component in system.components.values()}
    assert {Role.EDGE, Role.DATABASE, Role.CACHE} <= roles


def test_the_same_seed_gives_the_same_system_and_another_one_another() -> None:
    """Systems of other seeds share no names to speak of, and differ in scale."""
    systems = [generate(seed, 12) for seed in range(8)]
    medians = [
        max(o.service.median for c in each.components.values() for o in c.operations.values())
        for each in systems
    ]

    assert generate(0, 12) == systems[0]
    assert len(systems[0].components.keys() & systems[1].components.keys()) <= 1
    assert max(medians) > 4 * min(medians)


@pytest.mark.parametrize("size", [4, 201])
def test_another_size_is_refused(size: int) -> None:
    """Below 5 there is no room for the roles, above 200 no promise is made."""
    with pytest.raises(ValueError, match="size must be 5 to 200"):
        generate(1, size)


@pytest.mark.parametrize(("seed", "size"), [(3, 9), (4, 14), (11, 25)])
def test_an_undisturbed_random_system_answers_nearly_everything(seed: int, size: int) -> None:
    """Without a fault every request succeeds, and hardly any hop times out."""
    seen = observe(system=generate(seed, size), seconds=20)

    assert seen.summary.requests > 20
    assert seen.summary.errors == 0
    failed = sum(hop.status is not Status.OK for hop in seen.all_hops)
    assert failed <= 0.001 * len(seen.all_hops)
