"""Action templates: the only form in which an action can be proposed.

A template is an argument list with typed placeholders, which a proposal fills in. Every value is
checked against its type and allowed set, and becomes one argument (or part of one): no text is
ever parsed by a shell, so a value cannot inject a second command.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from labo.domain.governance.risk import RiskLevel
from labo.errors import InvalidInput

Value = str | int | float | bool
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class ParameterType(StrEnum):
    """`component` is a text that must name a component of the incident."""

    COMPONENT = "component"
    TEXT = "text"
    CHOICE = "choice"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One placeholder. `pattern` (full match) is required for `text` and `component`, `choices`
    for `choice`, both bounds for numbers."""

    name: str
    type: ParameterType
    description: str = ""
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """`command` and `undo` are argument lists, `rollback` a sentence; all name parameters as
    `{name}`. `undo` is empty where the action can't be undone by a command."""

    id: str
    version: int
    title: str
    description: str
    risk_level: RiskLevel
    command: tuple[str, ...]
    rollback: str
    parameters: tuple[Parameter, ...] = ()
    undo: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.id}@{self.version}"


@dataclass(frozen=True, slots=True)
class RenderedAction:
    """`command` is `arguments`, quoted for display; nothing here runs it. `target` is the value of
    the first `component` parameter, empty without one."""

    template: str
    parameters: Mapping[str, Value]
    command: str
    rollback: str
    arguments: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    target: str = ""


def check(template: Template) -> None:
    """Raise InvalidInput when a placeholder has no parameter or a parameter's values no bound."""
    names = [parameter.name for parameter in template.parameters]
    used = {
        name
        for text in (*template.command, *template.undo, template.rollback)
        for name in PLACEHOLDER.findall(text)
    }
    where = f"template {template.key}"
    if not template.command:
        raise InvalidInput("needs a command", where=where)
    if any(PLACEHOLDER.search(first) for first in (*template.command[:1], *template.undo[:1])):
        raise InvalidInput("the first argument must be fixed", where=where)
    if len(set(names)) != len(names) or used - set(names):
        raise InvalidInput("parameters and placeholders differ", where=where)
    for parameter in template.parameters:
        if not _is_bounded(parameter):
            raise InvalidInput(
                "needs a pattern, choices or bounds", where=f"{where}, {parameter.name}"
            )


def render(
    template: Template, parameters: Mapping[str, Value], components: Collection[str]
) -> RenderedAction:
    """The exact action. `components` are the names that a `component` parameter may take.

    Raises as `checked_values`.
    """
    values = checked_values(template, parameters, components)
    arguments = tuple(_filled(argument, values) for argument in template.command)
    targets = [
        str(values[parameter.name])
        for parameter in template.parameters
        if parameter.type is ParameterType.COMPONENT
    ]
    return RenderedAction(
        template=template.id,
        parameters=values,
        command=shlex.join(arguments),
        rollback=_filled(template.rollback, values),
        arguments=arguments,
        undo=tuple(_filled(argument, values) for argument in template.undo),
        target=targets[0] if targets else "",
    )


def checked_values(
    template: Template, parameters: Mapping[str, Value], components: Collection[str] | None = None
) -> dict[str, Value]:
    """`parameters` in the template's order. Without `components` a `component` parameter may name
    any, as in a parameter set that is stored for later incidents.

    Raises InvalidInput naming the parameter that is missing, unknown or not allowed.
    """
    expected = {parameter.name for parameter in template.parameters}
    if parameters.keys() != expected:
        different = ", ".join(sorted(str(name) for name in parameters.keys() ^ expected))
        raise InvalidInput(
            f"missing or unknown parameters: {different[:200]}", where=f"template {template.key}"
        )
    return {
        parameter.name: _checked(template, parameter, parameters[parameter.name], components)
        for parameter in template.parameters
    }


def _filled(text: str, values: Mapping[str, Value]) -> str:
    return PLACEHOLDER.sub(lambda match: _text(values[match[1]]), text)


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_bounded(parameter: Parameter) -> bool:
    match parameter.type:
        case ParameterType.TEXT | ParameterType.COMPONENT:
            return bool(parameter.pattern)
        case ParameterType.CHOICE:
            return bool(parameter.choices)
        case ParameterType.INTEGER | ParameterType.NUMBER:
            return parameter.minimum is not None and parameter.maximum is not None
        case ParameterType.BOOLEAN:
            return True


def _checked(
    template: Template, parameter: Parameter, value: Value, components: Collection[str] | None
) -> Value:
    if is_allowed(parameter, value, components):
        return value
    raise InvalidInput(
        f"{_shown(value)} is not allowed",
        where=f"template {template.key}, {parameter.name}",
        hint=_allowed(parameter),
    )


def _shown(value: Value) -> str:
    return repr(value)[:80]


def is_allowed(
    parameter: Parameter, value: Value, components: Collection[str] | None = None
) -> bool:
    """Whether the parameter may have this value; None: any component."""
    match parameter.type:
        case ParameterType.BOOLEAN:
            return isinstance(value, bool)
        case ParameterType.INTEGER:
            return _is_number(value, int) and _in_bounds(parameter, value)
        case ParameterType.NUMBER:
            return _is_number(value, int, float) and _in_bounds(parameter, value)
        case ParameterType.CHOICE:
            return isinstance(value, str) and value in parameter.choices
    if not isinstance(value, str) or not re.fullmatch(parameter.pattern or "", value):
        return False
    return parameter.type is ParameterType.TEXT or components is None or value in components


def _is_number(value: Value, *types: type) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)


def _in_bounds(parameter: Parameter, value: Value) -> bool:
    low, high = parameter.minimum, parameter.maximum
    return low is not None and high is not None and low <= float(value) <= high


def _allowed(parameter: Parameter) -> str:
    match parameter.type:
        case ParameterType.CHOICE:
            return f"one of {', '.join(parameter.choices)}"
        case ParameterType.INTEGER | ParameterType.NUMBER:
            return f"{parameter.type.value} from {parameter.minimum} to {parameter.maximum}"
        case ParameterType.BOOLEAN:
            return "true or false"
        case ParameterType.COMPONENT:
            return "a component of this incident"
        case ParameterType.TEXT:
            return f"text matching {parameter.pattern}"
