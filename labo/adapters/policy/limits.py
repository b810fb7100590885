"""The numbers and lists that the bundled policy refers to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from labo.errors import InvalidInput

LIMITS_FILE = "limits.json"

Limit = Literal["none", "low", "medium", "high"]
Hour = Annotated[int, Field(ge=0, le=23)]


class Period(BaseModel):
    """From hour `from` until before hour `to` in UTC, over midnight where `to` is the smaller: what
    is above `risk` meets `enforcement`."""

    model_config = ConfigDict(extra="forbid")

    begin: Hour = Field(alias="from")
    end: Hour = Field(alias="to")
    risk: Limit
    enforcement: Literal["audit", "warn", "deny"] = "deny"


class Limits(BaseModel):
    """`allow_list`: names or keys of templates, or `*`. `unattended`: the highest risk that may run
    without a person. `environments`: the highest risk in each; `elsewhere` in all others."""

    model_config = ConfigDict(extra="forbid")

    allow_list: list[str]
    unattended: Literal["none", "low"]
    environments: dict[str, Limit]
    elsewhere: Limit
    hours: list[Period]


def merged_limits(bundled: bytes, own: bytes | None, where: str) -> dict[str, Any]:
    """The bundled limits, each replaced by one's own of that name. Raises InvalidInput naming the
    field."""
    try:
        fields: dict[str, Any] = TypeAdapter(dict[str, Any]).validate_json(bundled)
        if own is not None:
            fields |= TypeAdapter(dict[str, Any]).validate_json(own)
        return checked_limits(fields, where)
    except ValidationError as error:
        raise InvalidInput(error.errors()[0]["msg"], where=where) from error


def checked_limits(fields: Mapping[str, Any], where: str) -> dict[str, Any]:
    """As the policy reads them. Raises InvalidInput naming the field."""
    try:
        return Limits.model_validate(dict(fields)).model_dump(by_alias=True)
    except ValidationError as error:
        first = error.errors()[0]
        prefix = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"{prefix}: {first['msg']}", where=where) from error
