"""Constructs that have hurt: text that becomes code, swallowed errors, hidden inputs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.lint.sources import Source, Violation

LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log", "msg"}
EVERYTHING = {"Exception", "BaseException"}
ENVIRONMENT = {"os.environ", "os.getenv"}
IMPURE_CALLS = {
    "datetime.now", "datetime.utcnow", "date.today", "time.time", "time.monotonic", "open",
    "random.random", "random.choice", "uuid.uuid4", "uuid4",
}  # fmt: skip
ENVIRONMENT_READERS = (
    "labo/settings.py", "labo/cli/", "labo/stack/", "tests/", "tools/", "benchmarks/",
)  # fmt: skip


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of names and attributes, an empty text for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return ""


def is_built_text(node: ast.AST) -> bool:
    """An f-string with a value in it, or `%`, `+` or `.format` on a text."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        return any(_is_text(side) for side in (node.left, node.right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in {"format", "format_map"} and _is_text(node.func.value)
    return False


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    return isinstance(node, ast.JoinedStr) or is_built_text(node)


def check_code_from_text(source: Source) -> Iterator[Violation]:
    """No eval, exec, os.system or shell=True: telemetry is an attacker's input.

    An alert's label is written by whoever can name a container. Once one reached a shell as part
    of a "helpful" command line; since then no text that came from outside meets an interpreter.
    """
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func)
        if name in {"eval", "exec", "os.system", "os.popen", "builtins.eval", "builtins.exec"}:
            yield source.at(node, f"{name}() turns text into code; write the code")
        for keyword in node.keywords:
            off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            if keyword.arg == "shell" and not off:
                yield source.at(node, "shell=True: pass a list of arguments")


def check_swallowed_error(source: Source) -> Iterator[Violation]:
    """No handler of everything that does nothing.

    A worker with `except Exception: pass` acknowledged jobs it had not done; the queue was empty
    and the graph too.
    """
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and _catches_all(node) and _does_nothing(node):
            yield source.at(node, "swallows every error: name the error, and state why it is fine")
        if (
            isinstance(node, ast.Call)
            and dotted(node.func).endswith("suppress")
            and any(dotted(each) in EVERYTHING for each in node.args)
        ):
            yield source.at(node, "suppresses every error: name the error")


def _catches_all(node: ast.ExceptHandler) -> bool:
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(each is None or dotted(each) in EVERYTHING for each in caught)


def _does_nothing(node: ast.ExceptHandler) -> bool:
    return all(
        isinstance(each, ast.Pass | ast.Continue)
        or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in node.body
    )


def check_log_call(source: Source) -> Iterator[Violation]:
    """A log call has a constant event name; what varies goes in as fields.

    A sentence with values inside can't be counted, grouped or alerted on, and carries past the
    masking, which goes by field names.
    """
    for node in ast.walk(source.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        owner = dotted(node.func.value).rpartition(".")[2].lower()
        is_logger = owner in {"log", "logger", "logging"} or owner.endswith(("_log", "_logger"))
        if is_logger and node.func.attr in LOG_METHODS and is_built_text(node.args[0]):
            yield source.at(node, "event name built at run time: make it constant, add fields")


def check_hidden_input(source: Source) -> Iterator[Violation]:
    """Settings enter at the edge: the environment is read in a few named modules only.

    A module that reads its own variable can't be tested twice in one process, and nobody finds
    the variable when the deployment is wrong.
    """
    if source.path.startswith(ENVIRONMENT_READERS):
        return
    for node in ast.walk(source.tree):
        names = {dotted(node)} if isinstance(node, ast.Attribute) else set()
        if isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{each.name}" for each in node.names}
        if names & ENVIRONMENT:
            yield source.at(node, "reads the environment: take a plain value from bootstrap")


def check_pure_domain(source: Source) -> Iterator[Violation]:
    """The domain reads no clock, file or random source; it is given the value.

    Only so can a diagnosis be replayed from what was stored and come out the same.
    """
    if not source.path.startswith("labo/domain/"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and dotted(node.func) in IMPURE_CALLS:
            yield source.at(node, f"{dotted(node.func)}() in the domain: take the value")


def check_event_loop(source: Source) -> Iterator[Violation]:
    """Workers never call asyncio.run: the driver belongs to the process's one loop.

    With a loop per task the second task finds a pool of connections whose loop is closed.
    """
    if source.folder != "workers" or source.path == "workers/stream/__main__.py":
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "asyncio.run":
            yield source.at(node, "asyncio.run in a worker: use the process's runner")
