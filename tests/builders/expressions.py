"""Every regular expression of the product, with the ways in which its module uses it."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labo.expressions import Expression

PACKAGES = ("labo", "graph", "api", "workers", "engine")
ROOT = Path(__file__).parents[2]
_FUNCTIONS = {
    "compile",
    "search",
    "match",
    "fullmatch",
    "sub",
    "subn",
    "split",
    "findall",
    "finditer",
}
_ANYWHERE = {"search", "sub", "subn", "split", "findall", "finditer", "occurs_in"}
_DEEPEST = 5
_USES = {"labo.domain.telemetry.logs.formats": {"fullmatch"}}
"""Where the expressions of a module are held for another one: what that one does with them."""


@dataclass(frozen=True)
class Used:
    """`where` is the module with the variable or the line."""

    where: str
    pattern: str
    works: tuple[Callable[[str], object], ...]


def used_expressions() -> list[Used]:
    """Those that modules hold when imported, in whatever container, and those written in calls."""
    found: dict[str, Used] = {}
    for module in _modules():
        path = Path(str(module.__file__))
        text = path.read_text(encoding="utf-8")
        if "re." not in text and "expression" not in text:
            continue
        tree = ast.parse(text)
        methods = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for name, held in vars(module).items():
            if not name.startswith("__"):
                for one in _held(held, 0):
                    ways = _ways_of(tree, name) or methods & (_FUNCTIONS | _ANYWHERE)
                    ways = _USES.get(module.__name__, ways)
                    _add(found, f"{module.__name__}.{name}", one, ways)
        for line, function, pattern in _literals(tree):
            if function == "compile" and pattern in found:
                continue
            _add(found, f"{module.__name__}:{line}", re.compile(pattern), {function})
    return list(found.values())


def _add(
    found: dict[str, Used],
    where: str,
    one: re.Pattern[str] | Expression,
    ways: set[str],
) -> None:
    works: list[Callable[[str], object]] = []
    if not ways or ways & _ANYWHERE or ways == {"compile"}:
        works.append(lambda text: sum(1 for _ in one.finditer(text)))
    if ways & {"match"}:
        works.append(one.match)
    if ways & {"fullmatch"}:
        works.append(one.fullmatch)
    before = found.get(one.pattern)
    names = {work.__name__ for work in before.works} if before else set()
    new = tuple(work for work in works if work.__name__ not in names)
    first = before.where if before else where
    found[one.pattern] = Used(first, one.pattern, (*(before.works if before else ()), *new))


def _modules() -> Iterator[types.ModuleType]:
    for package in PACKAGES:
        for info in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not info.name.endswith("__main__"):
                yield importlib.import_module(info.name)


def _held(value: Any, depth: int) -> Iterator[re.Pattern[str] | Expression]:
    if isinstance(value, Expression) or (
        isinstance(value, re.Pattern) and isinstance(value.pattern, str)
    ):
        yield value
    elif depth < _DEEPEST and isinstance(value, tuple | list | set | frozenset):
        for item in list(value)[:200]:
            yield from _held(item, depth + 1)
    elif depth < _DEEPEST and isinstance(value, dict):
        for item in list(value.values())[:200]:
            yield from _held(item, depth + 1)
    elif depth < _DEEPEST and type(value).__module__.startswith(tuple(f"{p}." for p in PACKAGES)):
        slots = getattr(type(value), "__slots__", ())
        names = [*getattr(value, "__dict__", {}), *([slots] if isinstance(slots, str) else slots)]
        for name in names:
            yield from _held(getattr(value, name, None), depth + 1)


def _ways_of(tree: ast.AST, name: str) -> set[str]:
    """The methods that are called on the variable itself."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
    }


def _literals(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in _FUNCTIONS
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            yield node.lineno, node.func.attr, node.args[0].value


def built_patterns(source: str) -> list[str]:
    """Calls of `re` in functions whose pattern is made when they run, as they are written."""
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_call and ast.unparse(node.func) in {f"re.{one}" for one in _FUNCTIONS}:  # type: ignore[attr-defined]
                first = node.args[0]  # type: ignore[attr-defined]
                if not isinstance(first, ast.Constant):
                    found.append(f"{function.name}: {ast.unparse(first)}")
    return found
