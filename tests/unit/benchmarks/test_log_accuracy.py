"""The figures by which templates are judged."""

from __future__ import annotations

import pytest

from benchmarks.log_accuracy import digits_masked, grouping_accuracy, grouping_f1
from benchmarks.log_choice import choose


def test_a_line_counts_if_its_whole_group_is_right() -> None:
    """One stray line makes its group and the one that it left wrong."""
    truth = ["a", "a", "a", "b", "c"]

    assert grouping_accuracy([1, 1, 1, 2, 3], truth) == 1
    assert grouping_accuracy([1, 1, 2, 2, 3], truth) == pytest.approx(0.2)
    assert grouping_f1([1, 1, 2, 2, 3], truth) == pytest.approx(1 / 3)


def test_the_control_masks_words_with_a_digit() -> None:
    assert digits_masked("lost 3 of disk7") == "lost * of *"


def test_a_rule_that_one_system_needs_is_not_chosen_for_it() -> None:
    """Units matter in the first system alone: left out, it must do without them."""
    units = (["took 5 ms", "took 5 sec", "took 5"], ["a", "a", "a"])
    plain = (["cart is open", "cart is shut"], ["a", "b"])

    choice = choose({"units": units, "plain": plain})

    assert choice.limits == {"units": 1, "plain": 1}
    assert "a unit is part of its value" in choice.unaided["units"]
    assert choice.rules["units"] < 1
    assert "a unit is part of its value" not in choice.unaided["plain"]
