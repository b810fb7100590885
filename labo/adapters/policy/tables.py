"""Tests of policies: tables of inputs with the rules that must apply, in `*.test.json` files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from labo.adapters.policy.rego import RegoPolicy, request_of
from labo.domain.governance.policy import Enforcement
from labo.errors import InvalidInput

SUFFIX = ".test.json"


class Case(BaseModel):
    """`input` and `limits` replace fields of the table's; `rules` are all that must apply."""

    model_config = ConfigDict(extra="forbid")

    name: str
    rules: dict[str, Enforcement]
    input: dict[str, Any] = Field(default_factory=dict)
    limits: dict[str, Any] | None = None


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid")

    input: dict[str, Any]
    cases: list[Case] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """`expected` and `found` are rules with their enforcement."""

    name: str
    expected: dict[str, str]
    found: dict[str, str]

    @property
    def passed(self) -> bool:
        return self.expected == self.found


def read_tables(folder: Traversable | None) -> Iterator[tuple[str, Table]]:
    """Those of `folder`, else the bundled ones, by file name. Raises InvalidInput."""
    for entry in sorted((folder or files("policies")).iterdir(), key=lambda one: one.name):
        if entry.name.endswith(SUFFIX):
            try:
                yield entry.name, Table.model_validate_json(entry.read_bytes())
            except ValidationError as error:
                first = error.errors()[0]
                prefix = ".".join(str(part) for part in first["loc"])
                raise InvalidInput(f"{prefix}: {first['msg']}", where=entry.name) from error


def run_tables(folder: Traversable | None = None) -> list[CaseResult]:
    """Every case of every table against the policy with the files of `folder`. Raises
    InvalidInput."""
    default = RegoPolicy.open(folder)
    results = []
    for file, table in read_tables(folder):
        for case in table.cases:
            where = f"{file}: {case.name}"
            policy = default if case.limits is None else RegoPolicy.open(folder, case.limits)
            answer = policy.check(request_of({**table.input, **case.input}, where))
            results.append(
                CaseResult(
                    where,
                    {rule: level.value for rule, level in case.rules.items()},
                    {hit.rule: hit.enforcement.value for hit in answer.rules},
                )
            )
    return results
