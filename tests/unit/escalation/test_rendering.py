"""Filling signed templates with typed values."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.escalation.action_templates import (
    Parameter,
    ParameterType,
    Template,
    Value,
    check,
    render,
)
from labo.domain.governance.risk import RiskLevel, higher_risk
from labo.errors import InvalidInput

EVERY_KIND = Template(
    id="everything",
    version=1,
    title="Everything",
    description="",
    risk_level=RiskLevel.LOW,
    command=("do", "{component}", "--note={note}", "{mode}", "{count}", "{share}", "{dry}"),
    rollback="undo {component}",
    parameters=(
        Parameter("component", ParameterType.COMPONENT, pattern="[a-z-]+"),
        Parameter("note", ParameterType.TEXT, pattern=".{0,40}"),
        Parameter("mode", ParameterType.CHOICE, choices=("slow", "fast")),
        Parameter("count", ParameterType.INTEGER, minimum=1, maximum=5),
        Parameter("share", ParameterType.NUMBER, minimum=0, maximum=1),
        Parameter("dry", ParameterType.BOOLEAN),
    ),
)

GOOD: dict[str, Value] = {
    "component": "cart",
    "note": "two words",
    "mode": "fast",
    "count": 2,
    "share": 0.5,
    "dry": True,
}


def test_a_filled_template_is_one_quoted_argument_list() -> None:
    """Each value is one argument, or part of one; blanks are quoted."""
    action = render(EVERY_KIND, GOOD, ["cart"])

    assert action.command == "do cart '--note=two words' fast 2 0.5 true"
    assert (action.rollback, action.parameters) == ("undo cart", GOOD)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("component", "database"),
        ("component", 7),
        ("note", "x" * 41),
        ("mode", "fastest"),
        ("mode", True),
        ("count", 6),
        ("count", 1.5),
        ("count", True),
        ("count", "2"),
        ("share", 1.1),
        ("share", float("nan")),
        ("dry", "true"),
        ("dry", 1),
    ],
)
def test_a_value_outside_its_set_is_refused_by_name(name: str, value: Value) -> None:
    """The message names template and parameter, and what would be allowed."""
    with pytest.raises(InvalidInput) as refused:
        render(EVERY_KIND, {**GOOD, name: value}, ["cart"])

    assert refused.value.where == f"template everything@1, {name}"
    assert refused.value.hint


@pytest.mark.parametrize("parameters", [{}, {**GOOD, "more": 1}, {"component": "cart"}])
def test_missing_and_unknown_parameters_are_refused(parameters: dict[str, Value]) -> None:
    """A template takes exactly its parameters."""
    with pytest.raises(InvalidInput, match="missing or unknown"):
        render(EVERY_KIND, parameters, ["cart"])


@given(note=st.text(max_size=60))
def test_no_text_can_become_a_second_argument(note: str) -> None:
    """Whatever is let in stays inside its own argument when a shell reads the rendering."""
    try:
        action = render(EVERY_KIND, {**GOOD, "note": note}, ["cart"])
    except InvalidInput:
        return

    assert shlex.split(action.command)[2] == f"--note={note}"
    assert len(shlex.split(action.command)) == len(EVERY_KIND.command)


@given(component=st.text(max_size=20))
def test_only_components_of_the_incident_can_be_aimed_at(component: str) -> None:
    """A name that fits the pattern is still refused when it is not of this incident."""
    try:
        render(EVERY_KIND, {**GOOD, "component": component}, ["cart"])
    except InvalidInput:
        assert component != "cart"
    else:
        assert component == "cart"


@pytest.mark.parametrize(
    "broken",
    [
        replace(EVERY_KIND, command=()),
        replace(EVERY_KIND, command=("{component}",)),
        replace(EVERY_KIND, command=("do", "{other}")),
        replace(EVERY_KIND, rollback="undo {other}"),
        replace(EVERY_KIND, parameters=(*EVERY_KIND.parameters, EVERY_KIND.parameters[0])),
        *(
            replace(
                EVERY_KIND,
                parameters=tuple(
                    replace(p, pattern=None, choices=(), minimum=None) if p.name == name else p
                    for p in EVERY_KIND.parameters
                ),
            )
            for name in ("component", "note", "mode", "count")
        ),
    ],
)
def test_an_unbounded_template_is_refused(broken: Template) -> None:
    """No template may let anything in unchecked, nor let a value choose the program."""
    with pytest.raises(InvalidInput):
        check(broken)


def test_a_bounded_template_is_accepted() -> None:
    """Every place is filled and every value bounded."""
    check(EVERY_KIND)


def test_risk_can_only_go_up() -> None:
    """A model cannot talk a template's risk down."""
    assert higher_risk(RiskLevel.HIGH, RiskLevel.LOW) is RiskLevel.HIGH
    assert higher_risk(RiskLevel.LOW, RiskLevel.MEDIUM) is RiskLevel.MEDIUM
