"""Cypher files as frozen statements whose header is a contract, checked when imported.

A file in `cypher/<topic>/<verb>_<what>.cypher` begins with a sentence and three lines:

    // Problems that can cause $problem_key, strongest chain first.
    // access: read
    // params: workspace, problem_key
    // returns: key, title

`returns: -` means that nothing is returned.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Generic, Literal, TypeVar, cast

from graph.rows import RowReader

Row = TypeVar("Row")
Access = Literal["read", "write"]

VERBS = frozenset({"get", "find", "count", "upsert", "link", "unlink", "delete", "expire"})
# One pattern, so that an apostrophe in a comment opens no string, nor `//` in a string a comment.
_IGNORED = re.compile(r"//[^\n]*|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_PARAMETER = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_HEADER = re.compile(r"^//\s*(access|params|returns):\s*(.*)$", re.MULTILINE)


class StatementError(Exception):
    """A Cypher file breaks its contract; names file and reason. A defect, never a user's fault."""


@dataclass(frozen=True)
class Statement(Generic[Row]):
    """One Cypher text with its name, access, parameters, columns and row type."""

    name: str
    text: str
    access: Access
    params: frozenset[str]
    returns: tuple[str, ...]
    row: type[Row]

    @cached_property
    def reader(self) -> RowReader:
        return RowReader(self.row, self.returns)


LOADED: dict[str, Statement[object]] = {}
"""Every statement that a module has loaded, by name: for the tests of the files."""


def load(name: str, row: type[Row]) -> Statement[Row]:
    """Read `cypher/<name>.cypher`; raise StatementError when text, header and row differ.

    `row` is a dataclass whose fields are the columns, a scalar type for one column, or NoneType
    for a statement that returns nothing.
    """
    text = files("cypher").joinpath(f"{name}.cypher").read_text(encoding="utf-8")
    statement = parse(name, text, row)
    if name in LOADED:
        raise StatementError(f"{name}: loaded twice; import the constant instead")
    LOADED[name] = cast("Statement[object]", statement)
    return statement


def parse(name: str, text: str, row: type[Row]) -> Statement[Row]:
    """Check one file's text against its header and `row`."""
    header = dict(_HEADER.findall(text))
    for line in ("access", "params", "returns"):
        if line not in header:
            raise StatementError(f"{name}: the header has no `// {line}:` line")
    if header["access"] not in ("read", "write"):
        raise StatementError(f"{name}: access is `read` or `write`, not {header['access']!r}")
    if name.rsplit("/", 1)[-1].split("_", 1)[0] not in VERBS:
        raise StatementError(f"{name}: the verb is not one of {', '.join(sorted(VERBS))}")
    params, returns = _names(header["params"]), _names(header["returns"])
    body = _IGNORED.sub("", text)
    used = frozenset(_PARAMETER.findall(body))
    if used != frozenset(params):
        raise StatementError(f"{name}: params differ: {sorted(used ^ frozenset(params))}")
    if ";" in body:
        raise StatementError(f"{name}: one statement per file, without `;`")
    _check_columns(name, returns, row)
    access = cast("Access", header["access"])
    return Statement(name, text, access, frozenset(params), returns, row)


def _names(line: str) -> tuple[str, ...]:
    return tuple(n.strip() for n in line.split(",") if n.strip() and n.strip() != "-")


def _check_columns(name: str, returns: tuple[str, ...], row: type) -> None:
    if row is type(None):
        if returns:
            raise StatementError(f"{name}: returns columns but no row type is given")
        return
    if not dataclasses.is_dataclass(row):
        if len(returns) != 1:
            raise StatementError(f"{name}: a scalar row needs exactly one column")
        return
    fields = {f.name for f in dataclasses.fields(row)}
    if fields != set(returns):
        different = sorted(fields ^ set(returns))
        raise StatementError(f"{name}: columns differ from {row.__name__}: {different}")
