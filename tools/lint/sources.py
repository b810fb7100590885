"""The files of the project, read and parsed once, and a rule's violations."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PRODUCT = ("api", "engine", "graph", "workers", "labo")
CODE = (*PRODUCT, "cypher", "migrations", "benchmarks", "tools", "tests")


@dataclass(frozen=True, slots=True)
class Violation:
    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Source:
    """One text file. `path` is relative to the project's root, with forward slashes.

    A Python file that can't be parsed has an empty tree and the reason in `syntax_error`.
    """

    path: str
    text: str
    tree: ast.Module = field(default_factory=lambda: ast.Module([], []))
    syntax_error: str = ""

    @property
    def folder(self) -> str:
        return self.path.partition("/")[0]

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @property
    def is_product(self) -> bool:
        return self.folder in PRODUCT

    @property
    def line_count(self) -> int:
        return len(self.text.splitlines())

    def at(self, node: ast.AST, message: str) -> Violation:
        return Violation(self.path, getattr(node, "lineno", 1), message)


def parse(path: str, text: str) -> Source:
    """`path` decides whether the text is Python."""
    if not path.endswith(".py"):
        return Source(path, text)
    try:
        return Source(path, text, ast.parse(text, filename=path))
    except SyntaxError as error:
        return Source(path, text, syntax_error=f"line {error.lineno}: {error.msg}")


def check_syntax(source: Source) -> Iterator[Violation]:
    """A file that can't be parsed can't be checked: it must not pass for clean."""
    if source.syntax_error:
        yield Violation(source.path, 1, source.syntax_error)


def project_sources(root: Path) -> Iterator[Source]:
    """Every text file that is, or would be, committed."""
    for name in _listed(root):
        path = root / name
        if not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        yield parse(name, text)


def _listed(root: Path) -> list[str]:
    """Git's list where there is one (an unpacked archive has none), else everything visible."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root,
        capture_output=True,
        check=False,
        text=True,
    )
    if listing.returncode == 0:
        return sorted({name for name in listing.stdout.split("\0") if name})
    return sorted(_visible(root))


def _visible(root: Path) -> Iterator[str]:
    for path in root.rglob("*"):
        parts = path.relative_to(root).parts
        hidden = any(part.startswith(".") and part != ".ci" for part in parts[:-1])
        if path.is_file() and not hidden and not {"node_modules", "build"} & set(parts):
            yield "/".join(parts)
