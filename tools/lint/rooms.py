"""Each room states its rule before anything else.

A folder whose `__init__.py` is empty collects what fits nowhere else: the domain once held 65
modules side by side, and nobody could say where a new one belongs. A rule of one sentence is what a
reviewer holds the next module against, and what `python -m tools.house` draws the house with.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from tools.lint.sources import CODE, Source, Violation

RULE_LENGTH = 100
_ROOMS = {*CODE, "policies", "templates"} - {"tests"}


def rule_of(tree: ast.Module) -> str:
    """The first line of a package's docstring, or nothing."""
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def check_room_rule(source: Source) -> Iterator[Violation]:
    """A package's docstring begins with one sentence of at most 100 characters: its rule."""
    if source.folder not in _ROOMS or PurePosixPath(source.path).name != "__init__.py":
        return
    rule = rule_of(source.tree)
    if not rule:
        yield Violation(source.path, 1, "a room without a rule: state its content in one sentence")
    elif len(rule) > RULE_LENGTH:
        message = f"the rule has {len(rule)} characters; at most {RULE_LENGTH}"
        yield Violation(source.path, 1, message)
    elif not rule.endswith(".") or ". " in rule:
        yield Violation(source.path, 1, "the rule is one sentence on one line, with its full stop")
