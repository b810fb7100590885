"""Declared migrations: how a stored parameter set of an old template version becomes a newer one's.

A migration is a list of four kinds of steps and holds no code, so what it can do is known before
it runs: it is checked once, when it is read, against the parameters of both versions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from labo.domain.governance.templates import template_key
from labo.errors import InvalidInput, NotFound

Scalar = str | int | float | bool

MOST_STEPS = 50
"""A template has a few parameters; more steps than this are a mistake or an attack."""


class StepKind(StrEnum):
    """`rename`: `parameter` is called `to`. `default`: a new `parameter` gets `value`. `drop`:
    `parameter` goes. `map`: each value of `parameter` that `values` lists is replaced."""

    RENAME = "rename"
    DEFAULT = "default"
    DROP = "drop"
    MAP = "map"


@dataclass(frozen=True, slots=True)
class Step:
    kind: StepKind
    parameter: str
    to: str = ""
    value: Scalar | None = None
    values: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TemplateMigration:
    """From version `before` of `template` to the next one."""

    template: str
    before: int
    steps: tuple[Step, ...]

    @property
    def where(self) -> str:
        return f"migration {template_key(self.template, self.before)} to {self.before + 1}"


def migrate(migration: TemplateMigration, parameters: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """`parameters` in the form of the next version; not yet checked against its values.

    Raises InvalidInput where a step names a parameter that is not there, or makes one that is.
    """
    migrated = dict(parameters)
    for step in migration.steps:
        _apply(step, migrated, migration.where)
    return migrated


def _apply(step: Step, parameters: dict[str, Scalar], where: str) -> None:
    made = {StepKind.RENAME: step.to, StepKind.DEFAULT: step.parameter}.get(step.kind)
    if made is not None and (not made or made in parameters):
        raise InvalidInput(f"{step.kind} can't make {made!r}: it is there, or unnamed", where=where)
    if step.kind is StepKind.DEFAULT:
        if step.value is None:
            raise InvalidInput(f"the default of {step.parameter!r} has no value", where=where)
        parameters[step.parameter] = step.value
        return
    if step.parameter not in parameters:
        raise InvalidInput(f"{step.kind} of {step.parameter!r}, which is not there", where=where)
    value = parameters.pop(step.parameter)
    if step.kind is StepKind.RENAME:
        parameters[step.to] = value
    elif step.kind is StepKind.MAP:
        parameters[step.parameter] = step.values.get(_text(value), value)


def _text(value: Scalar) -> str:
    """As JSON writes a value within quotes: keys of `values` are texts."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_migration(
    migration: TemplateMigration, before: Collection[str], after: Collection[str]
) -> None:
    """Raise InvalidInput unless the names of `before` become exactly those of `after`.

    Every parameter of a template is required, so a migration that leaves one out loses it.
    """
    if migration.before < 1 or not 0 < len(migration.steps) <= MOST_STEPS:
        raise InvalidInput(f"needs 1 to {MOST_STEPS} steps", where=migration.where)
    names = migrate(migration, dict.fromkeys(before, "")).keys()
    if lost := sorted(set(after) - names):
        raise InvalidInput(
            f"loses the required parameters {', '.join(lost)}",
            where=migration.where,
            hint="give them a default, or rename a former one",
        )
    if unknown := sorted(names - set(after)):
        raise InvalidInput(
            f"leaves parameters that the new version has not: {', '.join(unknown)}",
            where=migration.where,
            hint="drop or rename them",
        )


def chain(
    migrations: Sequence[TemplateMigration], template: str, start: int, end: int
) -> tuple[TemplateMigration, ...]:
    """The migrations from version `start` to `end`, in order.

    Raises InvalidInput for a way back, NotFound naming the step that is missing.
    """
    if end < start:
        raise InvalidInput(
            "parameters are migrated forwards only", where=template_key(template, start)
        )
    by_version = {one.before: one for one in migrations if one.template == template}
    for version in range(start, end):
        if version not in by_version:
            raise NotFound(f"no migration from version {version} to {version + 1}", where=template)
    return tuple(by_version[version] for version in range(start, end))
