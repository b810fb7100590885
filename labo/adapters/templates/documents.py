"""The documents that are signed, from JSON to the domain's values; and their JSON Schemas."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from labo.domain.escalation.action_templates import Template, check
from labo.domain.governance.agent_templates import AgentTemplate, check_agent
from labo.domain.governance.migrations import TemplateMigration
from labo.domain.governance.templates import TemplateKind
from labo.errors import InvalidInput

T = TypeVar("T")

NAME = re.compile("[a-z][a-z0-9_]{0,63}")
MAX_VERSION = 9999

_ACTION = TypeAdapter(Template)
_AGENT = TypeAdapter(AgentTemplate)
_MIGRATION = TypeAdapter(TemplateMigration)


class TemplateSet(BaseModel):
    """What a folder holds: the digest of each file by its path; the revision grows with each
    change. `revoked_keys` and `revoked_digests` say why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    revision: int = Field(ge=1, le=2**31)
    files: dict[str, str]
    revoked_keys: dict[str, str] = Field(default_factory=dict)
    revoked_digests: dict[str, str] = Field(default_factory=dict)


_SET = TypeAdapter(TemplateSet)


def set_of(content: object, where: str) -> TemplateSet:
    """Raises InvalidInput naming the field."""
    return _validated(_SET, content, where)


def template_of(kind: TemplateKind, content: object, where: str) -> Template | AgentTemplate:
    """A checked template. Raises InvalidInput naming the field."""
    if kind is TemplateKind.AGENT:
        agent = _validated(_AGENT, content, where)
        _check_names(agent.id, agent.version, (), where)
        check_agent(agent)
        return agent
    action = _validated(_ACTION, content, where)
    _check_names(action.id, action.version, [one.name for one in action.parameters], where)
    check(action)
    return action


def migration_of(content: object, where: str) -> TemplateMigration:
    """Raises InvalidInput naming the field. That it fits its templates is checked with them."""
    return _validated(_MIGRATION, content, where)


def _check_names(name: str, version: int, parameters: Any, where: str) -> None:
    if any(not NAME.fullmatch(one) for one in (name, *parameters)):
        raise InvalidInput(
            "names have lower-case letters, digits and _, a letter first, at most 64", where=where
        )
    if not 1 <= version <= MAX_VERSION:
        raise InvalidInput(f"version: 1 to {MAX_VERSION}", where=where)


def _validated(form: TypeAdapter[T], content: object, where: str) -> T:
    try:
        value = form.validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        prefix = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"{prefix}: {first['msg']}", where=where) from error
    if unknown := _unknown(value, content):
        raise InvalidInput(f"unknown field {unknown[:100]!r}", where=where)
    return value


def _unknown(value: object, content: object) -> str:
    """The first key of `content` that the dataclasses in `value` have no field for."""
    if isinstance(value, tuple) and isinstance(content, list):
        found = (_unknown(one, part) for one, part in zip(value, content, strict=True))
        return next((name for name in found if name), "")
    if not dataclasses.is_dataclass(value) or not isinstance(content, Mapping):
        return ""
    fields = {field.name for field in dataclasses.fields(value)}
    for name, part in content.items():
        if name not in fields:
            return str(name)
        if inner := _unknown(getattr(value, name), part):
            return f"{name}.{inner}"
    return ""


class _Closed(GenerateJsonSchema):
    """Schemas that, as the reader does, refuse fields they do not know."""

    def dataclass_schema(self, schema: Any) -> dict[str, Any]:
        return super().dataclass_schema(schema) | {"additionalProperties": False}


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema (2020-12) of each kind of document, by the name of its file."""
    forms: Mapping[str, TypeAdapter[Any]] = {
        TemplateKind.ACTION: _ACTION,
        TemplateKind.AGENT: _AGENT,
        "migration": _MIGRATION,
        "set": cast("TypeAdapter[Any]", _SET),
    }
    return {
        f"{name}.schema.json": {"$schema": GenerateJsonSchema.schema_dialect}
        | form.json_schema(schema_generator=_Closed)
        for name, form in forms.items()
    }
