"""What several suspects on one component amount to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from labo.domain.entities.diagnoses import Suspect, component_probabilities, probability_text

DIGITS = 10_000
"""A probability has four digits."""


@st.composite
def suspected(draw: st.DrawFn) -> tuple[Suspect, ...]:
    """Up to eight suspects on three components, whose probabilities sum to at most 1."""
    components = draw(st.lists(st.sampled_from(["db", "rooms", "web"]), max_size=8))
    ends = draw(
        st.lists(st.integers(0, DIGITS), min_size=len(components) + 1, max_size=len(components) + 1)
    )
    ends.sort()
    return tuple(
        Suspect(name, None, (ends[i + 1] - ends[i]) / DIGITS) for i, name in enumerate(components)
    )


@given(suspected())
def test_components_share_at_most_one_and_the_likeliest_comes_first(
    suspects: tuple[Suspect, ...],
) -> None:
    """A component with one suspect has that one's probability, and none is left out."""
    shares = component_probabilities(suspects)
    names = [one.component for one in suspects]

    assert sum(shares.values()) <= 1 + 1e-9
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert set(shares) == set(names)
    for one in suspects:
        assert shares[one.component] >= one.probability
        if names.count(one.component) == 1:
            assert shares[one.component] == one.probability


def test_equal_components_keep_the_order_of_the_suspects() -> None:
    """The diagnosis has broken the tie."""
    suspects = (Suspect("web", None, 0.2), Suspect("db", None, 0.1), Suspect("db", "slow", 0.1))

    assert component_probabilities(suspects) == {"web": 0.2, "db": 0.2}
    assert list(component_probabilities(suspects)) == ["web", "db"]


def test_problems_have_their_own_probability_behind_the_components() -> None:
    """Where there is one suspect, its name stands elsewhere."""
    suspects = (
        Suspect("invoices", "slow", 0.25),
        Suspect("invoices", None, 0.33),
        Suspect("rooms", "keys are searched by hand", 0.2),
    )

    assert probability_text("invoices", suspects) == "58%: slow 25%, no known problem 33%"
    assert probability_text("rooms", suspects) == "20%"
