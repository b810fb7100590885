"""Parameter sets that were stored for an older version of an action template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from labo.domain.escalation.action_templates import (
    ParameterType,
    Template,
    Value,
    checked_values,
    is_allowed,
)
from labo.domain.governance.migrations import TemplateMigration, chain, check_migration, migrate
from labo.domain.governance.templates import template_key
from labo.errors import InvalidInput, NotFound

_ANY = "\0"
"""Stands for a value that is not known before; no template allows it."""


def migrate_parameters(
    templates: Mapping[str, Template],
    migrations: Sequence[TemplateMigration],
    parameters: Mapping[str, Value],
    *,
    template: str,
    start: int,
    end: int,
) -> dict[str, Value]:
    """`parameters` of version `start` in the form of version `end`, checked by it.

    `templates` are by key. Raises NotFound for a version or a step that is missing, InvalidInput
    for parameters that the old or the new version does not allow.
    """
    old = _template(templates, template_key(template, start))
    new = _template(templates, template_key(template, end))
    migrated = checked_values(old, parameters)
    for migration in chain(migrations, template, start, end):
        migrated = migrate(migration, migrated)
    return checked_values(new, migrated)


def check_fits(migration: TemplateMigration, templates: Mapping[str, Template]) -> None:
    """Raise InvalidInput unless what the old version allows can become what the new one allows:
    no required parameter lost, each default and each choice allowed. `templates` are by key."""
    try:
        old = _template(templates, template_key(migration.template, migration.before))
        new = _template(templates, template_key(migration.template, migration.before + 1))
    except NotFound as error:
        raise InvalidInput(error.message, where=migration.where) from error
    check_migration(
        migration,
        [parameter.name for parameter in old.parameters],
        [parameter.name for parameter in new.parameters],
    )
    allowed = {parameter.name: parameter for parameter in new.parameters}
    for example in _examples(old):
        for name, value in migrate(migration, example).items():
            if value != _ANY and not is_allowed(allowed[name], value):
                raise InvalidInput(
                    f"{name}: {value!r} is not allowed by the new version", where=migration.where
                )


def _examples(template: Template) -> Iterator[dict[str, Value]]:
    """Each value of each choice once, all that is open left open."""
    unknown: dict[str, Value] = {parameter.name: _ANY for parameter in template.parameters}
    yield unknown
    for parameter in template.parameters:
        values: tuple[Value, ...] = parameter.choices
        if parameter.type is ParameterType.BOOLEAN:
            values = (True, False)
        for value in values:
            yield {**unknown, parameter.name: value}


def _template(templates: Mapping[str, Template], key: str) -> Template:
    found = templates.get(key)
    if found is None:
        raise NotFound("no such action template", where=key)
    return found
