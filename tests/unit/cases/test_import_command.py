"""`labo import` refuses before it writes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from labo.adapters.cases.writing import write_case
from labo.cli.import_cases import import_command
from labo.errors import InvalidInput
from tests.builders.cases import a_case


def test_a_label_that_names_an_unknown_component_leaves_nothing_behind(tmp_path: Path) -> None:
    """Found before the stack is asked, whichever of the cases has it."""
    for name, label in (("good", "slow@db"), ("typo", "slow@dbb")):
        write_case(replace(a_case({"db": 2.0}), label=(label,)), tmp_path / name)

    with pytest.raises(InvalidInput, match="'dbb'") as caught:
        import_command([tmp_path / "good", tmp_path / "typo"], data=tmp_path / "no stack")

    assert caught.value.where == "typo/case.json: label"
