"""What executors report, and the strict reading of what the systems behind them answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from labo.domain.entities.masking import mask
from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.executions import Action, ExecutionReport, ExecutionStatus

MOST_DETAIL = 2_000
MOST_BEFORE = 50
"""Entries of a state that a rollback restores."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    status: Literal["done", "failed", "running", "unknown"]
    detail: str = ""
    before: dict[Annotated[str, Field(max_length=200)], Value] = Field(
        default_factory=dict, max_length=MOST_BEFORE
    )


class Unreadable(Exception):
    """An answer that is not what was agreed; its text says what is wrong, and quotes nothing."""


def done(detail: str, before: Mapping[str, Value] | None = None) -> ExecutionReport:
    return _report(ExecutionStatus.DONE, detail, before)


def failed(detail: str) -> ExecutionReport:
    """It had no effect."""
    return _report(ExecutionStatus.FAILED, detail)


def running(detail: str, before: Mapping[str, Value] | None = None) -> ExecutionReport:
    return _report(ExecutionStatus.RUNNING, detail, before)


def unknown(detail: str, before: Mapping[str, Value] | None = None) -> ExecutionReport:
    return _report(ExecutionStatus.UNKNOWN, detail, before)


def handed_over(detail: str) -> ExecutionReport:
    return _report(ExecutionStatus.HANDED_OVER, detail)


def _report(
    status: ExecutionStatus, detail: str, before: Mapping[str, Value] | None = None
) -> ExecutionReport:
    return ExecutionReport(status, mask(detail, MOST_DETAIL), dict(before or {}))


def read_report(body: bytes) -> ExecutionReport:
    """The report in an answer: one JSON object `{status, detail, before}`, and nothing else.

    Raises Unreadable: not JSON, cut off, two answers, a field twice, unknown fields or values.
    """
    try:
        answer = _Answer.model_validate(read_object(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unreadable(f"its field {where} is wrong: {first['msg']}") from error
    return _report(ExecutionStatus(answer.status), answer.detail, answer.before)


def read_object(body: bytes) -> dict[str, object]:
    """One JSON object without repeated fields. Raises Unreadable."""
    try:
        value = json.loads(body, object_pairs_hook=_fields_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is not one JSON value ({len(body)} bytes)") from error
    if not isinstance(value, dict):
        raise Unreadable("it is not a JSON object")
    return value


def _fields_once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise Unreadable("it has a field twice")
    return fields


def _refuse(_constant: str) -> NoReturn:
    raise Unreadable("it has a number that is none")


def as_json(action: Action) -> dict[str, object]:
    """An action as the systems behind executors get it."""
    return {
        "id": action.id,
        "incident": action.incident,
        "template": action.template,
        "target": action.target,
        "parameters": dict(action.parameters),
        "arguments": list(action.arguments),
        "undo": list(action.undo),
    }
