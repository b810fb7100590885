"""Scenarios as files: one YAML file each, refused with file, line and reason when malformed."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from labo.domain.lab.scenarios import Scenario, check
from labo.errors import InvalidInput

MOST_BYTES = 65_536

_SCENARIO = TypeAdapter(Scenario)


@cache
def bundled_scenarios() -> Mapping[str, Scenario]:
    """Every scenario that comes with the product, by key. Raises InvalidInput."""
    return load_scenarios(files("labo.data").joinpath("scenarios"))


def read_scenario_file(path: Path) -> Scenario:
    """A scenario of one's own. Raises InvalidInput, also for the key of a bundled one."""
    if not path.is_file():
        raise InvalidInput("no such scenario file", where=str(path))
    if path.stat().st_size > MOST_BYTES:
        raise InvalidInput(f"is longer than {MOST_BYTES} bytes", where=str(path))
    try:
        scenario = read_scenario(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise InvalidInput("is not UTF-8 text", where=str(path)) from error
    if scenario.key in bundled_scenarios():
        raise InvalidInput(
            "a bundled scenario has this key", where=str(path), hint="choose another key and name"
        )
    return scenario


def load_scenarios(folder: Traversable) -> dict[str, Scenario]:
    """The scenarios of a folder, by key, which is the file's name. Raises InvalidInput."""
    scenarios = {}
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".yaml"):
            scenario = read_scenario(entry.read_text(encoding="utf-8"), entry.name)
            scenarios[scenario.key] = scenario
    return scenarios


def read_scenario(text: str, name: str) -> Scenario:
    """The scenario that a YAML text describes; `name` stands for the file. Raises InvalidInput."""
    document = _document(text, name)
    _refuse_unknown(document, Scenario, name)
    try:
        scenario = check(_SCENARIO.validate_python(document))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = [str(part) for part in first["loc"]]
        message = f"{'.'.join(path)}: {first['msg']}"
        raise InvalidInput(message, where=f"{name}:{_line(document, path)}") from error
    except InvalidInput as error:
        path = (error.where or "").split(".")
        position = f"{name}:{_line(document, path)}"
        raise InvalidInput(f"{error.where}: {error.message}", where=position) from error
    if name != f"{scenario.key}.yaml":
        raise InvalidInput("the file's name must be <key>.yaml", where=name)
    return scenario


def _document(text: str, name: str) -> CommentedMap:
    if len(text) > MOST_BYTES:
        raise InvalidInput(f"is longer than {MOST_BYTES} characters", where=name)
    try:
        document = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidInput(str(error.problem), where=f"{name}:{line}") from error
    except YAMLError as error:
        raise InvalidInput(str(error), where=name) from error
    if not isinstance(document, CommentedMap):
        raise InvalidInput("a scenario is a mapping", where=f"{name}:1")
    return document


def _refuse_unknown(given: CommentedMap, shape: type, name: str) -> None:
    """A misspelt field must not be taken for one that was left out."""
    hints = typing.get_type_hints(shape)
    known = {field.name for field in dataclasses.fields(shape)}
    for key, value in given.items():
        if key not in known:
            position = f"{name}:{given.lc.key(key)[0] + 1}"
            raise InvalidInput(
                f"unknown field `{key}`", where=position, hint=", ".join(sorted(known))
            )
        inner = _dataclass_in(hints[key])
        for one in value if isinstance(value, list) else [value]:
            if inner is not None and isinstance(one, CommentedMap):
                _refuse_unknown(one, inner, name)


def _dataclass_in(hint: object) -> type | None:
    candidates = (hint, *typing.get_args(hint))
    return next(
        (c for c in candidates if isinstance(c, type) and dataclasses.is_dataclass(c)), None
    )


def _line(document: CommentedMap, path: list[str]) -> int:
    """The line of the deepest field on `path` that is there."""
    line, here = 1, document
    for part in path:
        if not isinstance(here, CommentedMap) or part not in here:
            break
        line = here.lc.key(part)[0] + 1
        here = here[part]
    return int(line)
