"""docs/own-system.md stays true: its system, its mistakes, its code and its scenario."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.description.file import DescriptionError, parse_system
from engine.faults.schedule import Fault, check_faults
from labo.adapters.engine.scenario_files import read_scenario

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "own-system.md").read_text(encoding="utf-8")
SYSTEM, _, SCENARIO = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_its_scenario_provokes_a_fault_that_its_system_can_have() -> None:
    """Both texts are accepted, and fit each other."""
    system, scenario = parse_system(SYSTEM), read_scenario(SCENARIO, "slow-store.yaml")
    fault = scenario.fault
    chosen = {"kind": fault.kind, "target": fault.target, **fault.parameters}

    check_faults(system, [Fault.model_validate({**chosen, "onset": fault.at, "duration": 60})])
    assert (scenario.system, len(system.components)) == (system.name, 6)


@pytest.mark.parametrize("name", ["circle.yaml", "slips.yaml"])
def test_its_mistakes_are_refused_in_the_words_that_it_quotes(name: str) -> None:
    """The changes that its `sed` makes give the lines below the check."""
    found = re.search(rf"sed (.*) shop.yaml > {name}\n.*\nerror: ((?s:.)*?)\n```", PAGE)
    assert found is not None
    text = SYSTEM
    for old, new in re.findall(r"'s/(.*?)/(.*?)/'", found[1]):
        text = re.sub(rf"(?m)^(.*?){re.escape(old)}", rf"\1{new}", text)

    with pytest.raises(DescriptionError) as refused:
        parse_system(text, name)
    assert str(refused.value) == found[2]


def test_its_code_fits_in_where_it_says() -> None:
    """The lines around each addition stand in the file once."""
    parts = re.search(r"```diff\n(.*?)```", PAGE, re.DOTALL)
    assert parts is not None
    hunks = 0
    for part in parts[1].split("--- ")[1:]:
        path, *rest = part.split("\n@@\n")
        text = (ROOT / path).read_text(encoding="utf-8")
        for hunk in rest:
            old = "\n".join(line[1:] for line in hunk.splitlines() if not line.startswith("+"))
            hunks += 1
            assert text.count(old) == 1, old
    assert hunks == 4
