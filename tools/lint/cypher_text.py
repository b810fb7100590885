"""Cypher lives in `cypher/`, whole; Python never puts a statement together."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tools.lint.constructs import is_built_text
from tools.lint.sources import Source, Violation

CYPHER = re.compile(
    r"\b(?:MATCH|MERGE|CREATE)\s*\(|\bUNWIND\s+[$\[{a-z]|\bDETACH\s+DELETE\b"
    r"|\b(?:CREATE|DROP)\s+(?:\w+\s+){0,2}(?:INDEX|CONSTRAINT)\b|\bCALL\s+db\.\w"
    r"|\b(?:SET|REMOVE)\s+\w+\.\w+\s*=|\bRETURN\s+\w+\.\w+"
)
# path -> why a statement is put together there
BUILDERS: dict[str, str] = {}


def check_built_cypher(source: Source) -> Iterator[Violation]:
    """No Cypher by f-string, `%`, `+` or `.format`, wherever it stands.

    A label taken from an alert and formatted into a MATCH is an injection; a number formatted
    in is a new plan for every call. Parameters do both jobs.
    """
    if source.path in BUILDERS:
        return
    reported: set[int] = set()
    for node in ast.walk(source.tree):
        if id(node) not in reported and is_built_text(node) and CYPHER.search(_constant_part(node)):
            reported.update(id(part) for part in ast.walk(node))
            yield source.at(node, "Cypher put together from parts: pass parameters")


def check_inline_cypher(source: Source) -> Iterator[Violation]:
    """The product holds no Cypher in Python: each statement is a file with a contract.

    What is inline has no declared parameters and columns, is not linted, and its plan is tested
    by nobody.
    """
    if not source.is_product or source.path in BUILDERS:
        return
    docstrings = {id(node) for node in _docstrings(source.tree)}
    for node in ast.walk(source.tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if not isinstance(text, str) or id(node) in docstrings:
            continue
        if CYPHER.search(text):
            yield source.at(node, "Cypher in Python: move it to cypher/<topic>/<verb>.cypher")


def _constant_part(node: ast.AST) -> str:
    """The text that is known before the program runs; a blank stands for each value."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else " "
    if isinstance(node, ast.JoinedStr):
        return "".join(_constant_part(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return "x"
    if isinstance(node, ast.BinOp):
        return _constant_part(node.left) + _constant_part(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _constant_part(node.func.value)
    return "x"


def _docstrings(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            yield body[0].value
