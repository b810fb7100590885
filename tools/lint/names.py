"""What a thing may be called.

`utils` and `Manager` mean nothing, so everything fits in them: they are where modules start to grow
and where two engineers write the same function twice. A name that must be a noun of the product
(`incidents`, `EvidenceWeights`) makes the misplaced line visible in review.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tools.lint.sources import CODE, Source, Violation

EMPTY_NOUNS = {
    "base", "common", "handler", "handlers", "helper", "helpers", "impl", "manager", "managers",
    "misc", "processor", "processors", "util", "utils",
}  # fmt: skip
CYPHER_VERBS = {"get", "find", "count", "upsert", "link", "unlink", "delete", "expire"}
_CAMEL_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


def check_module_name(source: Source) -> Iterator[Violation]:
    """No file or folder is called by an empty noun."""
    if source.folder not in CODE:
        return
    path = PurePosixPath(source.path)
    for part in (*path.parts[:-1], path.stem):
        empty = EMPTY_NOUNS & set(part.lower().split("_"))
        if empty:
            message = f"'{part}': '{empty.pop()}' names nothing; name the topic"
            yield Violation(source.path, 1, message)


def check_class_name(source: Source) -> Iterator[Violation]:
    """No class is a Manager, Handler, Processor, Impl or Base."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef):
            words = {word.lower() for word in _CAMEL_WORD.findall(node.name)}
            empty = EMPTY_NOUNS & words
            if empty:
                message = f"class {node.name}: '{empty.pop()}' names nothing; name what it is"
                yield source.at(node, message)


def check_function_name(source: Source) -> Iterator[Violation]:
    """`get_x` raises NotFound and never returns None; `is_x` and `has_x` return a bool.

    A `get` that may give None moves the check to every caller, and one of them forgets it.
    """
    if not source.is_product:
        return
    foreign = set() if source.path.startswith("labo/ports/") else set(_described(source.tree))
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.returns is None:
            continue
        if node in foreign:
            continue
        returned = ast.unparse(node.returns)
        if node.name.startswith("get_") and re.search(r"\bNone\b|\bOptional\b", returned):
            yield source.at(
                node, f"{node.name} returns {returned}: raise NotFound, or call it find_"
            )
        is_question = node.name.startswith(("is_", "has_"))
        if is_question and not returned.startswith(("bool", "TypeGuard", "TypeIs")):
            yield source.at(node, f"{node.name} returns {returned}: must be a bool")


def _described(tree: ast.Module) -> Iterator[ast.AST]:
    """What a Protocol declares: outside the ports it describes a library's class, names and all."""
    for node in ast.walk(tree):
        parents = node.bases if isinstance(node, ast.ClassDef) else []
        if any(ast.unparse(parent).endswith("Protocol") for parent in parents):
            yield from ast.iter_child_nodes(node)


def check_cypher_name(source: Source) -> Iterator[Violation]:
    """`cypher/<topic>/<verb>_<what>.cypher`, the verb from a closed list.

    With free verbs `load_`, `fetch_`, `read_` and `get_` come to mean four things that nobody
    remembers, and whether a file writes can't be seen from its name.
    """
    path = PurePosixPath(source.path)
    if source.folder != "cypher" or path.suffix != ".cypher":
        return
    if len(path.parts) != 3:
        yield Violation(source.path, 1, "a statement lies in cypher/<topic>/")
    verb = path.stem.partition("_")[0]
    if verb not in CYPHER_VERBS:
        known = ", ".join(sorted(CYPHER_VERBS))
        yield Violation(source.path, 1, f"'{verb}' is not one of the verbs {known}")
