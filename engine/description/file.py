"""Descriptions as YAML files: read with line numbers, so that an error names the line."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from engine.description.checks import check
from engine.description.model import System


class DescriptionError(ValueError):
    """An invalid description; each line of the text is `file:line: reason`."""


def parse_system(text: str, name: str = "<text>") -> System:
    """The system that a YAML text describes; `name` is the file's in errors."""
    try:
        document = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DescriptionError(f"{name}:{line}: {error.problem}") from error
    except YAMLError as error:
        raise DescriptionError(f"{name}:1: {error}") from error
    if not isinstance(document, CommentedMap):
        raise DescriptionError(f"{name}:1: a description must be a mapping")
    try:
        system = System.model_validate(document)
    except ValidationError as error:
        findings = [
            (each["loc"], _reason(each["type"], each["input"], each["msg"]))
            for each in error.errors()
        ]
        raise _refusal(name, document, findings) from error
    findings = [*check(system)]
    if findings:
        raise _refusal(name, document, findings)
    return system


def _reason(kind: str, value: object, message: str) -> str:
    """The reason, in terms of a description where the model's own message would be unclear."""
    if kind == "extra_forbidden":
        return "unknown field; engine/schema.json lists the known ones"
    if kind == "missing":
        return "is missing"
    if kind == "string_pattern_mismatch":
        return f"a name is a letter, then up to 63 letters, digits, `_`, `.` or `-`, not {value!r}"
    scalar = isinstance(value, str | int | float | bool)
    return f"{message}, not {value!r}" if scalar else message


def _refusal(
    name: str, document: CommentedMap, findings: Iterable[tuple[tuple[str | int, ...], str]]
) -> DescriptionError:
    lines = []
    for location, reason in findings:
        where = ".".join(str(part) for part in location)
        lines.append(f"{name}:{_line(document, location)}: {where}: {reason}")
    return DescriptionError("\n".join(lines))


def _line(document: CommentedMap, location: tuple[str | int, ...]) -> int:
    """Line, from 1, of the deepest part of `location` that exists in the document."""
    node: object = document
    line = 1
    for part in location:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0] + 1
            node = node[part]
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = node.lc.item(part)[0] + 1
            node = node[part]
        else:
            break
    return line
