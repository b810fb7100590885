"""Composition belongs to `labo.bootstrap`: a service gets what it needs, and makes none of it."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from enum import Enum
from types import ModuleType

import labo.services

ELSEWHERE = ("labo.services.", "labo.adapters.", "graph.")


def service_modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(labo.services.__path__, "labo.services."):
        yield importlib.import_module(found.name)


def is_part(value: object) -> bool:
    """A class that does work over what it holds: no value, no enum, no failure."""
    return (
        inspect.isclass(value)
        and value.__module__.startswith(ELSEWHERE)
        and not dataclasses.is_dataclass(value)
        and not issubclass(value, Enum | Exception | tuple)
    )


def made_in(module: ModuleType) -> set[str]:
    calls = (n for n in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(n, ast.Call))
    names = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
    return {name for name in names if is_part(getattr(module, name, None))}


def test_no_service_builds_a_service_a_repository_or_an_adapter() -> None:
    """One that is built aside has a cache, a lease or a client of its own that nobody knows of."""
    made = {module.__name__: made_in(module) for module in service_modules()}

    assert len(made) > 30
    assert {name: parts for name, parts in made.items() if parts} == {}
