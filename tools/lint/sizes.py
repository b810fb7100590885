"""How long a thing may be.

In nearly every large operations project the file everyone fears is the one that grew for years
because no single commit was the one that made it too long: a 5,995-line database module, a task
with a 550-line body. A limit that a build refuses is argued about once, at line 299; the way out
is to split by topic noun, never into `utils`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.lint.sources import CODE, Source, Violation

MODULE_LINES = 300
FUNCTION_LINES = 40
TASK_LINES = 10
CYPHER_LINES = 60


def check_module_size(source: Source) -> Iterator[Violation]:
    """A module has fewer than 300 lines, a Cypher file fewer than 60."""
    limit = CYPHER_LINES if source.path.endswith(".cypher") else MODULE_LINES
    measured = source.is_python or source.path.endswith((".cypher", ".mjs"))
    if measured and source.folder in CODE and source.line_count >= limit:
        message = f"{source.line_count} lines; must be under {limit}: split it by topic noun"
        yield Violation(source.path, source.line_count, message)


def check_function_size(source: Source) -> Iterator[Violation]:
    """A function has fewer than 40 lines from `def` to its end, a Celery task fewer than 10.

    A task that holds logic can be tested through a broker only, and runs twice when the broker
    redelivers it: it must be one call of a service.
    """
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if is_task(node) and lines >= TASK_LINES:
            message = f"task {node.name} has {lines} lines; must be under {TASK_LINES}"
            yield source.at(node, f"{message}: call one service method")
        elif lines >= FUNCTION_LINES:
            yield source.at(
                node, f"function {node.name} has {lines} lines; must be under {FUNCTION_LINES}"
            )


def is_task(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Decorated with `@app.task(...)`, `@app.task` or `@shared_task`."""
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
        if name in {"task", "shared_task"}:
            return True
    return False
